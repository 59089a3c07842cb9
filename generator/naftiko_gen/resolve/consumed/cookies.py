"""Cookies that a spec may set (RFC 6265)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.consumed.headers import is_token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models

_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


def is_cookie_value(text: str) -> bool:
    """Return whether the value of a cookie can hold a text."""
    return _COOKIE_VALUE.fullmatch(text) is not None


def check_cookie(name: str, span: Span, report: Report) -> None:
    """Report a name that no cookie can have."""
    if not is_token(name):
        message = f"{quote(name)} can't be the name of a cookie"
        report.add(Code.UNUSABLE_COOKIE, message, span)


def _is_cookie_sent(
    model: models.ConsumedInput, credential: ir.Credential | None, report: Report
) -> bool:
    span = model.node.value_span("name")
    slots = credential.slots if credential else ()
    if ir.Slot(ir.SlotPlace.COOKIE, model.name) in slots:
        message = f"{quote(model.name)} is ignored: 'authentication' sets it"
        report.add(Code.REDUNDANT_PARAMETER, message, span)
        return False
    check_cookie(model.name, span, report)
    text = None if model.value is None else ir.as_text(model.value)
    is_fixed = text is not None and "{{" not in text
    if is_fixed and text is not None and not is_cookie_value(text):
        message = f"the value of {quote(model.name)} can't be that of a cookie"
        report.add(Code.UNUSABLE_COOKIE, message, model.node.value_span("value"))
    return True


def check_cookie_header(inputs: Iterable[models.ConsumedInput], report: Report) -> None:
    """Report a header with cookies beside parameters that are cookies."""
    all_inputs = tuple(inputs)
    if not any(model.place == "cookie" for model in all_inputs):
        return
    for model in all_inputs:
        if model.place == "header" and model.name.lower() == "cookie":
            message = "the header 'Cookie' stands beside parameters that are cookies"
            span = model.node.value_span("name")
            report.add(Code.UNUSABLE_COOKIE, message, span)
