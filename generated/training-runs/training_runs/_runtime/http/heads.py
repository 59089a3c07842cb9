"""Checks the heads of requests for the HTTP/1.1 rules that the parser doesn't check."""

from collections.abc import Sequence

from .refusals import ENCODED, LONG_HEAD, LONG_TARGET, Header, Refusal, malformed

HEAD_BYTES = 64 * 1024
HEADERS = 100
TARGET_BYTES = 16 * 1024
SCHEME = b"http://"
CODINGS = frozenset((b"transfer-encoding", b"content-encoding"))
CHECKED = "naftiko.heads_checked"
"""A key of ASGI scopes: the server has checked the head by the rules below."""
STREAMED = "naftiko.body_is_streamed"
"""A key of ASGI scopes: the application keeps no bytes of the request's body."""
VERSION = malformed("the request is neither HTTP/1.1 nor HTTP/1.0")
HOST = malformed("send one Host header")
CODING = malformed("chunked is the only transfer coding, and needs HTTP/1.1")
FRAMING = malformed("send either Content-Length or Transfer-Encoding")
TARGET = malformed("the target must be a path, or a URL whose host is that of Host")


def refusal_of(
    version: str, target: bytes, headers: Sequence[Header]
) -> Refusal | None:
    """Return the refusal of an invalid head, or None if the head is valid."""
    if version not in ("1.1", "1.0"):
        return VERSION
    if len(target) > TARGET_BYTES:
        return LONG_TARGET
    if len(headers) > HEADERS:
        return LONG_HEAD
    fields = dict(headers)
    if b"host" in fields and len(fields) == len(headers) and CODINGS.isdisjoint(fields):
        return None  # most requests: no repeated header and no coding
    return _refusal_of_fields(version, headers)


def _refusal_of_fields(version: str, headers: Sequence[Header]) -> Refusal | None:
    names = [name for name, _ in headers]
    if version == "1.1" and b"host" not in names:
        return HOST
    if b"transfer-encoding" in names and _has_other_framing(version, headers, names):
        return FRAMING if b"content-length" in names else CODING
    return refusal_for_any_server(headers, names)


def refusal_for_any_server(
    headers: Sequence[Header], names: Sequence[bytes]
) -> Refusal | None:
    """Return the refusal by the rules that other ASGI servers may leave unchecked."""
    if names.count(b"host") > 1:
        return HOST
    if b"content-encoding" in names and _is_encoded(headers):
        return ENCODED
    return None


def path_of(target: bytes, headers: Sequence[Header]) -> bytes | None:
    """Return the path and query of a target, or None if it names another host."""
    if target.startswith(b"/") or target == b"*":
        return target
    if target[: len(SCHEME)].lower() != SCHEME:
        return None
    rest = target[len(SCHEME) :]
    end = min((place for mark in b"/?#" if (place := rest.find(mark)) >= 0), default=-1)
    host, path = (rest, b"/") if end < 0 else (rest[:end], rest[end:])
    if host.lower() != _host(headers):
        return None
    return path if path.startswith(b"/") else b"/" + path


def has_body(headers: Sequence[Header]) -> bool:
    """Return whether a body follows the head."""
    fields = dict(headers)
    # The parser has refused values other than digits.
    length = int(fields.get(b"content-length", b"0"))
    return length > 0 or b"transfer-encoding" in fields


def head_without_upgrade(
    method: bytes, target: bytes, version: str, headers: Sequence[Header]
) -> bytes:
    """Return the head without its Upgrade header, which a server may ignore."""
    line = b"%s %s HTTP/%s" % (method, target, version.encode())
    kept = [b"%s: %s" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join((line, *kept, b"", b""))


def size_of(target: bytes, headers: Sequence[Header]) -> int:
    """Return the size of a head in bytes, without its method and white space."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)


def _is_encoded(headers: Sequence[Header]) -> bool:
    """Return whether a request has a body in a content coding, such as gzip."""
    return has_body(headers) and any(
        name == b"content-encoding" and value.strip().lower() not in (b"identity", b"")
        for name, value in headers
    )


def _has_other_framing(
    version: str, headers: Sequence[Header], names: Sequence[bytes]
) -> bool:
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    chunked = len(codings) == 1 and codings[0].strip().lower() == b"chunked"
    return not chunked or version == "1.0" or b"content-length" in names


def _host(headers: Sequence[Header]) -> bytes | None:
    for name, value in headers:
        if name == b"host":
            return value.strip(b" \t").lower()
    return None
