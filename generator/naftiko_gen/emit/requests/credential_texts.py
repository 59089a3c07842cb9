"""Texts of credentials as expressions of the client."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, fstring
from naftiko_gen.ir import texts_and_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from naftiko_gen.ir import Text, Variable


@dataclass(frozen=True)
class CredentialTexts:
    """Writes texts of credentials; `variable` returns the expression of a variable."""

    variable: Callable[[Variable], Code]

    def expression(self, *parts: str | Text) -> Code:
        """Return the expression of the texts, one after the other."""
        pieces = [*chain.from_iterable(map(self.pieces, parts))]
        match pieces:
            case [Code() as only]:
                return only
            case _:
                return fstring(pieces)

    def pieces(self, text: str | Text) -> Sequence[str | Code]:
        """Return the literal texts and the expressions of a text."""
        if isinstance(text, str):
            return [text]
        return [
            piece if isinstance(piece, str) else self.variable(piece)
            for piece in texts_and_variables(text)
        ]
