"""The version of a package, from the version that a document or an API has."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNKNOWN = "0"
"""The version of a package where nothing says one."""
LONGEST = 64
"""Nobody means more characters, and Python reads no number of thousands of digits."""

_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?!\d)", re.ASCII)
_RELEASE = re.compile(r"v?\d+(?:\.\d+)*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class PackageVersion:
    """A version that pip can compare.

    Attributes:
        text: The version in its normal form.
        is_whole: Whether nothing of the text was left out.
    """

    text: str
    is_whole: bool


def package_version(text: str) -> PackageVersion | None:
    """Return the version that a text means; None if it means none.

    `v2` is 2, `2024-01-01` is 2024.1.1, `1.0.0-beta.1` is 1.0.0b1, `1.0.0-SNAPSHOT` is
    1.0.0 with the rest left out.
    """
    if len(text) > LONGEST:
        return None
    dotted = _DATE.sub(_with_dots, text.strip(), count=1)
    if whole := _parsed(dotted):
        return PackageVersion(whole, is_whole=True)
    release = _RELEASE.match(dotted)
    start = _parsed(release[0]) if release else None
    return PackageVersion(start, is_whole=False) if start else None


def _with_dots(date: re.Match[str]) -> str:
    # pip takes `2024-01` for the first correction of 2024.
    return ".".join(number for number in date.groups() if number)


def _parsed(text: str) -> str | None:
    """Return the normal form, without the build, which no index accepts."""
    # Runs that compile nothing do without it.
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text).public
    except InvalidVersion:
        return None
