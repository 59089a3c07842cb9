"""Lines about a spec at the end of a run: its notes, counted, and its package."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.batch import Changes
from naftiko_gen.codes import Severity
from naftiko_gen.package_versions import UNKNOWN
from naftiko_gen.pipeline import Failed
from naftiko_gen.quoting import line_start, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.batch import Finished


def assumptions(result: Finished) -> Iterator[str]:
    """Yield a line that counts the notes of a spec, if it has any."""
    count = _count(result, Severity.NOTE)
    them = "it" if count == 1 else "them"
    match result.outcome:
        case Changes():
            advice = f"naftiko-gen fix writes {them} into the spec; -v lists {them}"
        case Failed():  # of which `fix` does nothing
            advice = f"-v lists {them}"
        case _:
            assert_never(result.outcome)
    if count:
        yield f"{_spec(result)}: {_counted(count, 'assumption')} ({advice})"


def sentence(result: Finished, *, dry: bool, verbose: bool) -> str:
    """Return a line about the package of a spec.

    If nothing was to be done, it says with `verbose` how that is known.
    """
    spec = _spec(result)
    match result.outcome:
        case Changes(root=root, compiled=compiled) as changes if not changes:
            way = ", compiled anew" if compiled else ", as the cache knows"
            return f"{spec}: {safe(str(root))} is up to date{way if verbose else ''}"
        case Changes(root=root, written=files, removed=removed, version=version):
            verb = "would write" if dry else "wrote"
            written = f"{verb} {_counted(len(files), 'file')} to {safe(str(root))}"
            gone = f", removed {len(removed)}" if removed else ""
            return f"{spec}: {written}{gone}{_unversioned(version)}"
        case Failed():
            errors = _count(result, Severity.ERROR)
            return f"{spec}: {_counted(errors, 'error')}, nothing written"
        case _:
            assert_never(result.outcome)


def _unversioned(version: str) -> str:
    """Return how to set a version, if nothing in the spec gives the package one."""
    if version != UNKNOWN:
        return ""
    return f"; it has version {version}: write 'version: 1.0.0' into 'info' to set it"


def _spec(result: Finished) -> str:
    return line_start(str(result.spec))


def _count(result: Finished, severity: Severity) -> int:
    return sum(one.severity is severity for one in result.diagnostics)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
