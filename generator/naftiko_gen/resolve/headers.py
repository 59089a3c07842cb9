"""Which header fields a document may set."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

# They say where a message goes, where it ends or how a connection is used; a client
# that lets its caller choose them can be made to smuggle requests.
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


def is_token(name: str) -> bool:
    """Say whether RFC 9110 allows a field of that name."""
    return _TOKEN.fullmatch(name) is not None


def is_value(text: str) -> bool:
    """Say whether a field's value can be that text: visible ASCII, space, tab."""
    return _VALUE.fullmatch(text) is not None


def is_framing(name: str) -> bool:
    """Say whether only the HTTP client may set the field."""
    return name.lower() in _FRAMING or name.lower().startswith("proxy-")


def is_credential(name: str) -> bool:
    """Say whether the field carries a credential wherever it is used."""
    return name.lower() in {"authorization", "cookie"}
