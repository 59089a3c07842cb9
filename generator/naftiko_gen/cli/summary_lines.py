"""The last lines of a run: notes and package of each spec, and the next command."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.building.batch import Changes
from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.diagnostics.codes import NEVER_FIXED, Code, Severity
from naftiko_gen.diagnostics.quoting import line_start, safe
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.runtime.source import DISTRIBUTION
from naftiko_gen.language.names import UNKNOWN_VERSION, spec_slug
from naftiko_gen.openapi.prose import in_words
from naftiko_gen.publish import disk
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.publish.outcome import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from naftiko_gen.building.batch import SpecResult
    from naftiko_gen.diagnostics.report import Diagnostic


_NAMED = 20
"""The most specs that the line of failures names."""


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
        case Failed():  # `fix` leaves specs only with errors
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


def failures_line(results: Sequence[SpecResult]) -> str:
    """Return a line that names the specs with errors among several, or nothing."""
    names = [_spec(result) for result in results if isinstance(result.outcome, Failed)]
    if not names or len(results) == 1:
        return ""
    more = len(names) - _NAMED
    rest = f" and {more} more" if more > 0 else ""
    first = ", ".join(names[:_NAMED])
    return f"naftiko-gen: {_pluralise(len(names), 'spec')} failed: {first}{rest}\n"


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
    """Return how to set a version; the note that says so is listed only with `-v`."""
    hints = [
        diagnostic.hint
        for diagnostic in result.diagnostics
        if diagnostic.code is Code.MISSING_VERSION
    ]
    return f"; it has version {UNKNOWN_VERSION}: {hints[0]}" if hints else ""


def _spec(result: SpecResult) -> str:
    return line_start(str(result.spec))


def _count(result: SpecResult, severity: Severity) -> int:
    return sum(diagnostic.severity is severity for diagnostic in result.diagnostics)


def _pluralise(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_SERVE = "serve --mock"
_SERVE_ALONE = "serve"
"""For packages that call no upstream."""
_CONFIGURE = "mcp-config --client claude-desktop"


def next_step(
    results: Sequence[SpecResult], layout: Layout, runtime: Delivery
) -> Iterator[str]:
    """Yield a line with the command for the first package that was written.

    Yield none if its path holds control characters: it couldn't be typed.
    """
    for result in results:
        match result.outcome:
            case Changes(written=files) as changes if files:
                line = _line(result.spec, changes, layout, runtime)
                if safe(line) == line:
                    yield line
                return
            case _:
                continue


def _line(spec: Path, changes: Changes, layout: Layout, runtime: Delivery) -> str:
    root = changes.root
    name, arguments = spec_slug(spec), _arguments(root)
    match layout:
        case Layout.PROJECT:
            command = naming.distribution_name(name)
            install = _installation(root, (_path(root),), runtime)
            return f"next: {install} && {command} {arguments}"
        case Layout.PACKAGE:
            module = naming.module_name(name)
            start = f"PYTHONPATH={_path(root.parent)} python -P -m {module} {arguments}"
            libraries = map(shlex.quote, changes.dependencies)
            install = _installation(root, tuple(libraries), runtime)
            return f"next: {install} && {start}"
        case _:
            assert_never(layout)


def _installation(root: Path, needs: tuple[str, ...], runtime: Delivery) -> str:
    """Return the command that installs a package or its needs, and its runtime.

    The runtime is on no package index, where anybody could register its name.
    """
    match runtime:
        case Delivery.VENDORED:
            runtimes = []
        case Delivery.LIBRARY:
            runtimes = [_path(root.parent / DISTRIBUTION)]
        case _:
            assert_never(runtime)
    return f"pip install {' '.join((*runtimes, *needs))}"


def _path(path: Path) -> str:
    """Return a path for a shell, which pip can't take for a package on an index."""
    text = str(path)
    is_name = os.sep not in text
    return shlex.quote(f".{os.sep}{text}" if is_name or text.startswith("-") else text)


def _arguments(root: Path) -> str:
    """Return the arguments that fit: a package without ports can't be served."""
    content = disk.read(root / MANIFEST_NAME) or b"{}"
    match json.loads(content):
        case {"ports": dict(ports), "hosts": []} if ports:
            return _SERVE_ALONE
        case {"ports": dict(ports)} if ports:
            return _SERVE
        case {"tools": dict(tools)} if tools:
            return _CONFIGURE
        case _:
            return "--help"
