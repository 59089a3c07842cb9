"""Constants that no request can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.consumed.cookies import is_cookie_value
from naftiko_gen.resolve.consumed.headers import is_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_constants(
    template: ir.Template, parameter: ir.Parameter, span: Span, report: Report
) -> None:
    """Report a constant argument that makes every call fail."""
    match parameter.place:
        case ir.Place.HEADER if not all(map(is_value, _texts(template))):
            name = quote(parameter.name)
            message = f"the value of {name} holds characters that no header can have"
            report.add(Code.UNUSABLE_HEADER, message, span)
        case ir.Place.COOKIE if not all(map(is_cookie_value, _texts(template))):
            message = f"the value of {quote(parameter.name)} can't be that of a cookie"
            report.add(Code.UNUSABLE_COOKIE, message, span)
        case ir.Place.PATH if not all(map(_is_segment, _whole(template))):
            message = (
                f"the value of {quote(parameter.name)} can't be a segment of a path"
            )
            report.add(Code.UNUSABLE_PATH, message, span)
        case _:
            pass


def _texts(template: ir.Template) -> Iterator[str]:
    match template:
        case ir.Joined(parts=parts):
            yield from (part for part in parts if isinstance(part, str))
        case _:
            yield from _whole(template)


def _whole(template: ir.Template) -> Iterator[str]:
    if isinstance(template, ir.Constant):
        yield ir.as_text(template.value)


def _is_segment(text: str) -> bool:
    """Return whether a text stays one path segment, also once it is decoded."""
    decoded_text = unquote(text)
    pieces = re.split(r"[/\\]", decoded_text)
    is_relative = any(piece.partition(";")[0] in {".", ".."} for piece in pieces)
    return bool(text) and not is_relative and not _CONTROL.search(text + decoded_text)
