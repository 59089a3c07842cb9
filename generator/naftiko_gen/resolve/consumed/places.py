"""Places in a request: possible headers and cookies, and those of the credential."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.resolve.catalogue import DeclaredOperation

# RFC 9110: names of fields, and values that can be sent unescaped.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

# These fields decide the target and the end of a message, and the use of a connection:
# whoever chooses them can smuggle requests.
_FRAMING = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    }
)
_LENGTH = "content-length"
_CODING = "content-encoding"
_CREDENTIALS = frozenset({"authorization", "cookie"})
_OVERRIDING = frozenset(
    {
        *("x-http-method", "x-http-method-override", "x-method-override"),
        *("x-original-uri", "x-original-url", "x-override-url", "x-rewrite-url"),
    }
)


def check_key(name: str, span: Span, report: Report) -> None:
    """Report an invalid name for a credential's header."""
    if not is_token(name) or is_framing(name):
        message = f"{quote(name)} can't be the header of a credential"
        report.add(Code.UNUSABLE_HEADER, message, span)


def check_input(name: str, span: Span, report: Report) -> None:
    """Report a header that can't be an input."""
    problem = client_problem(name) if name.lower() != _CODING else None
    _check_passed(name, "an input", problem, span, report)


def _check_passed(
    name: str, role: str, problem: str | None, span: Span, report: Report
) -> None:
    is_secret = name.lower() in _CREDENTIALS
    secret_problem = "clients' credentials aren't passed on" if is_secret else None
    if problem := _name_problem(name) or problem or secret_problem:
        message = f"{quote(name)} can't be {role}: {problem}"
        report.add(Code.UNUSABLE_HEADER, message, span)


def check_trusted(name: str, span: Span, report: Report) -> None:
    """Report a header of clients that can't be passed on, or is no plain header."""
    _check_passed(name, "a trusted header", None, span, report)
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
    span = model.at("name")
    if _is_dispensable(model, is_set=is_set):
        warn_of_redundant(model.name, problem, span, report)
    else:
        message = f"{quote(model.name)} can't be a parameter: {problem}"
        report.add(Code.UNUSABLE_HEADER, message, span)
    return False


def warn_of_redundant(name: str, problem: str, span: Span, report: Report) -> None:
    """Report a header that is left out."""
    report.add(Code.REDUNDANT_HEADER, f"{quote(name)} is ignored: {problem}", span)


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
    if problem is None and model.value is None:
        is_secret = model.name.lower() in _CREDENTIALS
        secret_problem = "clients can't set credentials" if is_secret else None
        return secret_problem or client_problem(model.name)
    if problem is None and not is_value(ir.as_text(model.value)):
        return "its value holds characters that no header can have"
    return problem


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


_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


def _is_cookie_value(text: str) -> bool:
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
    slots = credential.slots if credential else ()
    if ir.Slot(ir.SlotPlace.COOKIE, model.name) in slots:
        _report_redundant(model, report)
        return False
    check_cookie(model.name, model.at("name"), report)
    text = "" if model.value is None else ir.as_text(model.value)
    if "{{" not in text and not _is_cookie_value(text):
        message = f"the value of {quote(model.name)} can't be that of a cookie"
        report.add(Code.UNUSABLE_COOKIE, message, model.at("value"))
    return True


def check_cookie_header(inputs: Sequence[models.ConsumedInput], report: Report) -> None:
    """Report a header with cookies beside parameters that are cookies."""
    has_cookies = any(model.place == "cookie" for model in inputs)
    for model in inputs if has_cookies else ():
        if model.place == "header" and model.name.lower() == "cookie":
            message = "the header 'Cookie' stands beside parameters that are cookies"
            report.add(Code.UNUSABLE_COOKIE, message, model.at("name"))


_RESERVED = frozenset({ir.SlotPlace.QUERY, ir.SlotPlace.BODY, ir.SlotPlace.PATH})
_NAMELESS = frozenset({ir.SlotPlace.COOKIE, ir.SlotPlace.CONNECTION})


def is_sent(
    model: models.ConsumedInput,
    credential: ir.Credential | None,
    report: Report,
    *,
    has_body: bool,
) -> bool:
    """Return whether a parameter is sent; report one that isn't, or that can't be.

    Without a body of the spec, `Content-Encoding` is a plain header, such as the coding
    of an object that later requests upload.
    """
    if model.place == "cookie":
        return _is_cookie_sent(model, credential, report)
    if model.place == "header":
        if model.name.lower() == _CODING and not has_body:
            return True
        return _is_header_sent(model, credential, report)
    if (model.place, model.name) not in reserved_slots(credential):
        return True
    _report_redundant(model, report)
    return False


def _report_redundant(model: models.ConsumedInput, report: Report) -> None:
    message = f"{quote(model.name)} is ignored: 'authentication' sets it"
    report.add(Code.REDUNDANT_PARAMETER, message, model.at("name"))


def reserved_slots(credential: ir.Credential | None) -> frozenset[tuple[str, str]]:
    """Return the slots, as place and name, that only the credential may fill."""
    slots = credential.slots if credential else ()
    return frozenset((s.place.value, s.name) for s in slots if s.place in _RESERVED)


def slot_names(credential: ir.Credential | None) -> frozenset[str]:
    """Return the names of a credential's headers and parameters, in its spelling."""
    slots = credential.slots if credential else ()
    return frozenset(slot.name for slot in slots if slot.place not in _NAMELESS)


def check_variable(declaration: DeclaredOperation, name: str, report: Report) -> None:
    """Report a path key whose variable is missing in the path."""
    credential = declaration.consumes.authentication
    if credential is not None:
        address = f"neither 'baseUri' nor the path {quote(declaration.resource.path)}"
        message = f"{address} has the variable {quote('{' + name + '}')}"
        report.add(Code.UNUSABLE_CREDENTIAL, message, credential.at("key"))


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_constants(
    template: ir.Template, parameter: ir.Parameter, span: Span, report: Report
) -> None:
    """Report a constant argument that makes every call fail."""
    name = quote(parameter.name)
    match parameter.place:
        case ir.Place.HEADER if not all(map(is_value, _texts(template))):
            message = f"the value of {name} holds characters that no header can have"
            report.add(Code.UNUSABLE_HEADER, message, span)
        case ir.Place.COOKIE if not all(map(_is_cookie_value, _texts(template))):
            message = f"the value of {name} can't be that of a cookie"
            report.add(Code.UNUSABLE_COOKIE, message, span)
        case ir.Place.PATH if not all(map(_is_segment, _whole(template))):
            message = f"the value of {name} can't be a segment of a path"
            report.add(Code.UNUSABLE_PATH, message, span)
        case _:
            pass


def _texts(template: ir.Template) -> Iterator[str]:
    parts = template.parts if isinstance(template, ir.Joined) else _whole(template)
    yield from (part for part in parts if isinstance(part, str))


def _whole(template: ir.Template) -> Iterator[str]:
    if isinstance(template, ir.Constant):
        yield ir.as_text(template.value)


def _is_segment(text: str) -> bool:
    """Return whether a text stays one path segment, also once it is decoded."""
    decoded_text = unquote(text)
    pieces = re.split(r"[/\\]", decoded_text)
    is_relative = any(piece.partition(";")[0] in {".", ".."} for piece in pieces)
    return bool(text) and not is_relative and not _CONTROL.search(text + decoded_text)
