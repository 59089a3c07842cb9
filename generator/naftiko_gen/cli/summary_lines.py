"""The lines about a spec at the end of a run: how many notes, and its package."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.building.batch import Changes
from naftiko_gen.diagnostics.codes import NEVER_FIXED, Code, Severity
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.language.package_versions import UNKNOWN
from naftiko_gen.language.tokens import in_words
from naftiko_gen.publish.outcome import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.building.batch import SpecResult
    from naftiko_gen.diagnostics.report import Diagnostic


def notes_lines(result: SpecResult) -> Iterator[str]:
    """Yield a line that counts the notes of a spec; none if it has no notes."""
    notes = [
        diagnostic
        for diagnostic in result.diagnostics
        if diagnostic.severity is Severity.NOTE
    ]
    count, fixable = len(notes), _fixable(result, notes)
    them = "it" if count == 1 else "them"
    some = them if fixable == count else f"{fixable} of {them}"
    fix = f"naftiko-gen fix writes {some} into the spec; " if fixable else ""
    if count:
        assumptions = _pluralise(count, "assumption")
        yield f"{_spec(result)}: {assumptions} ({fix}-v lists {them})"


def _fixable(result: SpecResult, notes: Sequence[Diagnostic]) -> int:
    """Return how many of the notes `fix` writes into the spec."""
    match result.outcome:
        case Changes():
            return sum(diagnostic.code not in NEVER_FIXED for diagnostic in notes)
        case Failed():  # `fix` leaves specs with errors alone
            return 0
        case _:
            assert_never(result.outcome)


def package_line(result: SpecResult, *, dry: bool, verbose: bool, strict: bool) -> str:
    """Return a line about the package of a spec.

    With `verbose`, it says whether an up-to-date package was compiled or found in the
    cache; with `strict`, how many errors are assumptions.
    """
    spec = _spec(result)
    match result.outcome:
        case Changes(root=root, compiled=is_compiled) as changes if not changes:
            way = ", compiled anew" if is_compiled else ", found in the cache"
            return f"{spec}: {safe(str(root))} is up to date{way if verbose else ''}"
        case Changes(root=root, written=files, removed=removed_files):
            verb = "would write" if dry else "wrote"
            outcome = f"{verb} {_pluralise(len(files), 'file')} to {safe(str(root))}"
            removals = f", removed {len(removed_files)}" if removed_files else ""
            return f"{spec}: {outcome}{removals}{_advise_version(result)}"
        case Failed():
            errors = _pluralise(_count(result, Severity.ERROR), "error")
            reason = _strictness(result) if strict else ""
            return f"{spec}: {errors}, nothing written{reason}"
        case _:
            assert_never(result.outcome)


def tools_lines(result: SpecResult) -> Iterator[str]:
    """Yield a line about the tools of each MCP server, if the package has changed."""
    if not isinstance(result.outcome, Changes) or not result.outcome:
        return
    for tool_list in result.tool_lists:
        server = (
            f" of {safe(tool_list.namespace)}" if len(result.tool_lists) > 1 else ""
        )
        count = _pluralise(len(tool_list.tools), "tool")
        tokens = in_words(tool_list.tokens)
        yield f"{_spec(result)}: tools/list{server}: {count}, {tokens}"


def _strictness(result: SpecResult) -> str:
    """Return how many errors are assumptions, and that `fix` can write them down.

    It can't while the spec has other errors.
    """
    assumptions = [
        diagnostic
        for diagnostic in result.diagnostics
        if diagnostic.code.severity is not Severity.ERROR
    ]
    if not assumptions:
        return ""
    errors = "an error" if len(assumptions) == 1 else "errors"
    reason = f"--strict makes {errors} of {_pluralise(len(assumptions), 'assumption')}"
    has_others = len(assumptions) < len(result.diagnostics)
    is_fixable = any(diagnostic.code not in NEVER_FIXED for diagnostic in assumptions)
    fix = "; naftiko-gen fix writes assumptions into the spec"
    return f": {reason}{fix if is_fixable and not has_others else ''}"


def _advise_version(result: SpecResult) -> str:
    """Return how to set a version; the note that says so is listed with `-v` alone."""
    hints = [
        diagnostic.hint
        for diagnostic in result.diagnostics
        if diagnostic.code is Code.MISSING_VERSION
    ]
    return f"; it has version {UNKNOWN}: {hints[0]}" if hints else ""


def _spec(result: SpecResult) -> str:
    return line_start(str(result.spec))


def _count(result: SpecResult, severity: Severity) -> int:
    return sum(diagnostic.severity is severity for diagnostic in result.diagnostics)


def _pluralise(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
