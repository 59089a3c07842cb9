"""Addresses of requests, checked as the package checks them when it starts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%?#]*")


def stand_in(*, is_first: bool) -> str:
    """Return a value for a variable: a valid scheme, else a valid host and port."""
    return "x" if is_first else "1"


def problem(text: str, *, starts_open: bool) -> str | None:
    """Return the fault of an address with filled variables, or None.

    If it starts with a variable, that holds its scheme and host.
    """
    if not _CHARACTERS.fullmatch(text):
        return "holds characters that no URL can have"
    if starts_open and not text.startswith("x:"):
        return "has a query or a fragment" if re.search("[?#]", text) else None
    return _split_problem(text)


def _split_problem(text: str) -> str | None:
    try:
        url = urlsplit(text)
        known_port = url.port is None or url.port > 0
    except ValueError:
        return "isn't a URL"
    if url.scheme not in {"http", "https", "x"} or not url.hostname:
        return "doesn't start with http:// or https:// and a host"
    if "@" in url.netloc:
        return "holds a user name: write it into 'authentication'"
    if "?" in text or "#" in text:
        return "has a query or a fragment"
    if not _is_host(url.hostname):
        return "has no valid host"
    return None if known_port else "has no valid port"


def _is_host(name: str) -> bool:
    """Return whether the labels of a name have lengths that DNS allows."""
    try:
        return name.encode("idna") != b""
    except UnicodeError:
        return False
