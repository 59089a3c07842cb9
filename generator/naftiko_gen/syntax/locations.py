"""Locations of imports as paths relative to the importing file."""

from __future__ import annotations

import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_RELATIVE_FILE = re.compile(r"file:(?:///?)?(?=\.{1,2}/)|file:(?!/)")


class UnusableLocationError(Exception):
    """A location isn't a relative path; the message is the end of a sentence."""


def relative(location: str) -> str:
    """Return the relative path of a location.

    Raises:
        UnusableLocationError: The location is an absolute path, a URL or no path.
    """
    path = _RELATIVE_FILE.sub("", location, count=1)
    if path.startswith(("/", "file:///", "file:/")):
        raise UnusableLocationError("is an absolute path")
    if _URL.match(path):
        raise UnusableLocationError("is a URL, and nothing is fetched")
    if "\\" in path or not path:
        raise UnusableLocationError("isn't a path with forward slashes")
    return path
