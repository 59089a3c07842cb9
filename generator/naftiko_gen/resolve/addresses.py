"""Addresses that requests are sent to: the same that packages take at their start."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%?#]*")


def stand_in(*, is_first: bool) -> str:
    """Return what may stand in a scheme, or else in a host, a port and a path."""
    return "x" if is_first else "1"


def problem(text: str, *, starts_open: bool) -> str | None:
    """Say what is wrong with an address whose variables are filled; None if nothing.

    One that starts with a variable has its scheme and host in there.
    """
    if not _CHARACTERS.fullmatch(text):
        return "holds characters that no URL has"
    if starts_open and not text.startswith("x:"):
        return "has a query or a fragment" if re.search("[?#]", text) else None
    return _split_problem(text)


def _split_problem(text: str) -> str | None:
    try:
        split = urlsplit(text)
        known_port = split.port is None or split.port > 0
    except ValueError:
        return "is no URL"
    if split.scheme not in {"http", "https", "x"} or not split.hostname:
        return "doesn't start with http:// or https:// and a host"
    if "@" in split.netloc:
        return "holds a user name, which belongs into 'authentication'"
    if "?" in text or "#" in text:
        return "has a query or a fragment"
    if not _is_host(split.hostname):
        return "has no host that can be looked up"
    return None if known_port else "has no port that can be used"


def _is_host(name: str) -> bool:
    """Say whether a name has labels of the lengths that DNS allows."""
    try:
        return name.encode("idna") != b""
    except UnicodeError:
        return False
