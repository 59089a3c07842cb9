"""Header fields that a spec may set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models

# RFC 9110: names of fields, and values that can be sent unescaped.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

# These fields decide the target and the end of a message, and the use of a connection:
# whoever chooses them can smuggle requests.
_FRAMING = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_LENGTH = "content-length"
_CODING = "content-encoding"
_CREDENTIALS = frozenset({"authorization", "cookie"})
_OVERRIDING = frozenset(
    {
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-uri",
        "x-original-url",
        "x-override-url",
        "x-rewrite-url",
    }
)


def check_key(name: str, span: Span, report: Report) -> None:
    """Report an invalid name for a credential's header."""
    if not is_token(name) or is_framing(name):
        message = f"{quote(name)} can't be the header of a credential"
        report.add(Code.UNUSABLE_HEADER, message, span)


def check_input(name: str, span: Span, report: Report) -> None:
    """Report a header that can't be an input."""
    problem = _name_problem(name) or client_problem(name)
    if problem is None and name.lower() in _CREDENTIALS:
        problem = "clients' credentials aren't passed on"
    if problem:
        message = f"{quote(name)} can't be an input: {problem}"
        report.add(Code.UNUSABLE_HEADER, message, span)


def check_trusted(name: str, span: Span, report: Report) -> None:
    """Report a header of clients that can't be passed on, or is no plain header."""
    problem = _name_problem(name)
    if problem is None and name.lower() in _CREDENTIALS:
        problem = "clients' credentials aren't passed on"
    if problem:
        message = f"{quote(name)} can't be a trusted header: {problem}"
        report.add(Code.UNUSABLE_HEADER, message, span)
    if name.lower() in _OVERRIDING:
        message = f"{quote(name)} of clients may override the method or the path"
        report.add(Code.OVERRIDING_HEADER, message, span)


def _is_header_sent(
    model: models.ConsumedInput, credential: ir.Credential | None, report: Report
) -> bool:
    is_set = is_set_by(credential, model.name)
    problem = "'authentication' sets it" if is_set else _problem(model)
    if problem is None:
        return True
    span = model.node.value_span("name")
    if _is_dispensable(model, is_set=is_set):
        warn_of_redundant(model.name, problem, span, report)
    else:
        message = f"{quote(model.name)} can't be a parameter: {problem}"
        report.add(Code.UNUSABLE_HEADER, message, span)
    return False


def warn_of_redundant(name: str, problem: str, span: Span, report: Report) -> None:
    """Report a header that is left out."""
    message = f"{quote(name)} is ignored: {problem}"
    report.add(Code.REDUNDANT_HEADER, message, span)


def _is_dispensable(model: models.ConsumedInput, *, is_set: bool) -> bool:
    """Return whether the request is the same without a header that can't be sent."""
    if model.value is not None:
        # No value but one is right, and the client writes that one.
        return model.name.lower() == _LENGTH
    is_written = is_set or client_problem(model.name) is not None
    return is_written or (is_token(model.name) and not model.required)


def is_set_by(credential: ir.Credential | None, name: str) -> bool:
    """Return whether a header is a part of the credential."""
    return credential is not None and name.lower() in credential.headers


def is_free(name: str, credential: ir.Credential | None) -> bool:
    """Return whether a parameter without a declaration can be a header of that name."""
    is_content_type = name.lower() == "content-type"
    is_secret = name.lower() in _CREDENTIALS or is_set_by(credential, name)
    return _name_problem(name) is None and not is_secret and not is_content_type


def _problem(model: models.ConsumedInput) -> str | None:
    problem = _name_problem(model.name)
    if problem is not None:
        return problem
    if model.value is None:
        is_secret = model.name.lower() in _CREDENTIALS
        secret_problem = "clients can't set credentials" if is_secret else None
        return secret_problem or client_problem(model.name)
    is_sendable = is_value(ir.as_text(model.value))
    return None if is_sendable else "its value holds characters that no header can have"


def is_token(name: str) -> bool:
    """Return whether a text is a valid name of a header or cookie."""
    return _TOKEN.fullmatch(name) is not None


def is_value(text: str) -> bool:
    """Return whether a header's value can hold the text."""
    return _VALUE.fullmatch(text) is not None


def _name_problem(name: str) -> str | None:
    if not is_token(name):
        return "it isn't a valid header name"
    return client_problem(name) if is_framing(name) else None


def client_problem(name: str) -> str | None:
    """Return why only the HTTP client sets a header, None if others may."""
    if name.lower() == _CODING:
        return "the HTTP client doesn't encode bodies"
    return "only the HTTP client sets it" if is_framing(name) else None


def is_framing(name: str) -> bool:
    """Return whether only the HTTP client sets a header of that name."""
    return name.lower() in _FRAMING or name.lower().startswith("proxy-")
