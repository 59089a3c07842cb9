"""The error that ends reading: the rest of the text has no meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Code

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span


class RefusedError(Exception):
    """An error in a text, which `load` reports; it never leaves the package."""

    def __init__(
        self, code: Code, message: str, span: Span, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint


def several_documents(span: Span) -> RefusedError:
    """Return the error about a second document."""
    return RefusedError(
        Code.SEVERAL_DOCUMENTS,
        "a second document starts here",
        span,
        "put each document into a file of its own",
    )
