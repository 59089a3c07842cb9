"""Derive a package's version from the version of a spec or an API."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNKNOWN = "0"
"""The version of a package if its spec declares none."""
LONGEST = 64
"""Longer texts aren't versions, and Python can't parse numbers of 4,300 digits."""

_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?!\d)", re.ASCII)
_RELEASE = re.compile(r"v?\d+(?:\.\d+)*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class PackageVersion:
    """A version that pip can compare.

    Attributes:
        text: The version in its normal form.
        is_whole: Whether it includes all of the text that it was derived from.
    """

    text: str
    is_whole: bool


def package_version(text: str) -> PackageVersion | None:
    """Return the version in a text, or None.

    `v2` gives 2, `2024-01-01` gives 2024.1.1, `1.0.0-beta.1` gives 1.0.0b1, and
    `1.0.0-SNAPSHOT` gives 1.0.0, leaving the rest out.
    """
    if len(text) > LONGEST:
        return None
    dotted_text = _DATE.sub(_join_with_dots, text.strip(), count=1)
    if version := _parse(dotted_text):
        return PackageVersion(version, is_whole=True)
    release = _RELEASE.match(dotted_text)
    start = _parse(release[0]) if release else None
    return PackageVersion(start, is_whole=False) if start else None


def _join_with_dots(date: re.Match[str]) -> str:
    # pip reads `2024-01` as the first post-release of 2024.
    return ".".join(number for number in date.groups() if number)


def _parse(text: str) -> str | None:
    """Return the normal form, without the build part, which package indexes reject."""
    # Imported late, so that runs that compile nothing start faster.
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text).public
    except InvalidVersion:
        return None
