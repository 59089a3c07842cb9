"""The released versions of the runtime, and the flaws that later versions mend."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from naftiko_gen.emit.runtime.source import distribution_root, source_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")
_HEADING = re.compile(r"^## +(\S+).*\n((?:(?!## ).*\n?)*)", re.MULTILINE)
_SECURITY = re.compile(r"^### +Security\s*$", re.MULTILINE)

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """A released version: the digest of its source, and that of each module."""

    digest: str
    modules: Mapping[str, str]


def releases_root() -> Path:
    """Return the directory with a file for each release."""
    return distribution_root() / "releases"


def version_of(text: str) -> Version | None:
    """Parse a version; return None if the text isn't one."""
    numbers = _VERSION.fullmatch(text)
    if numbers is None:
        return None
    return int(numbers[1]), int(numbers[2]), int(numbers[3])


def release(version: str) -> Release | None:
    """Return a released version; None if this naftiko-gen doesn't know it."""
    if version_of(version) is None:
        return None
    try:
        content = (releases_root() / f"{version}.json").read_bytes()
    except FileNotFoundError:
        return None
    document = json.loads(content)
    return Release(document["digest"], document["modules"])


def describe(modules: Mapping[str, bytes]) -> Release:
    """Return the release with these modules, by their paths."""
    digests = {path: sha256(modules[path]).hexdigest() for path in sorted(modules)}
    return Release(source_digest(modules), digests)


def encode(release: Release) -> bytes:
    """Return the content of a release's file."""
    document = {"digest": release.digest, "modules": dict(release.modules)}
    return f"{json.dumps(document, indent=2)}\n".encode("ascii")


def security_fixes(after: str, until: str) -> tuple[str, ...]:
    """Return the versions of the changelog that mend flaws of the version `after`."""
    text = (distribution_root() / "CHANGELOG.md").read_text("utf-8")
    first, last = version_of(after), version_of(until)
    return tuple(
        name
        for name, notes in _sections(text)
        if _SECURITY.search(notes) and _is_between(first, version_of(name), last)
    )


def _is_between(
    first: Version | None, version: Version | None, last: Version | None
) -> bool:
    if first is None or version is None or last is None:
        return False
    return first < version <= last


def _sections(changelog: str) -> Iterator[tuple[str, str]]:
    for section in _HEADING.finditer(changelog):
        yield section[1], section[2]
