"""The last lines of a run: notes and package of each spec, and the next command."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

from naftiko_gen.configuration.options import Delivery, Layout, Options
from naftiko_gen.diagnostics import NEVER_FIXED, Code, Severity, count, line_start, safe
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.runtime.source import DISTRIBUTION
from naftiko_gen.language.names import UNKNOWN_VERSION, spec_slug
from naftiko_gen.openapi.prose import in_words
from naftiko_gen.publish import disk
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.publish.outcome import Changes, Result

_NAMED = 20
"""The most specs that the line of failures names."""


def notes_lines(result: Result) -> Iterator[str]:
    """Yield a line that counts the notes of a spec; none if it has no notes."""
    notes = [item for item in result.diagnostics if item.severity is Severity.NOTE]
    if not notes:
        return
    # `fix` leaves specs with errors alone.
    fixable = sum(note.code not in NEVER_FIXED for note in notes if result.changes)
    them = "it" if len(notes) == 1 else "them"
    some = them if fixable == len(notes) else f"{fixable} of {them}"
    fix = f"naftiko-gen fix writes {some} into the spec; " if fixable else ""
    yield f"{_spec(result)}: {count(len(notes), 'assumption')} ({fix}-v lists {them})"


def package_line(result: Result, options: Options, *, verbose: bool) -> str:
    """Return a line about the package of a spec.

    With `verbose`, it says whether an up-to-date package was compiled or found in the
    cache; in a strict run, how many errors are assumptions.
    """
    spec, changes = _spec(result), result.changes
    if changes is None:
        severities = [item.severity for item in result.diagnostics]
        errors = count(severities.count(Severity.ERROR), "error")
        reason = _strictness(result) if options.strict else ""
        return f"{spec}: {errors}, nothing written{reason}"
    root = safe(str(changes.root))
    if not changes.are_any:
        way = ", compiled anew" if changes.compiled else ", found in the cache"
        return f"{spec}: {root} is up to date{way if verbose else ''}"
    verb = "would write" if options.dry else "wrote"
    outcome = f"{verb} {count(len(changes.written), 'file')} to {root}"
    removals = f", removed {len(changes.removed)}" if changes.removed else ""
    return f"{spec}: {outcome}{removals}{_advise_version(result)}"


def tools_lines(result: Result) -> Iterator[str]:
    """Yield a line about the tools of each MCP server, if the package has changed."""
    if not (result.changes and result.changes.are_any):
        return
    for item in result.tool_lists:
        server = f" of {safe(item.namespace)}" if len(result.tool_lists) > 1 else ""
        tools = f"{count(len(item.tools), 'tool')}, {in_words(item.tokens)}"
        yield f"{_spec(result)}: tools/list{server}: {tools}"


def failures_line(results: Sequence[Result]) -> str:
    """Return a line that names the specs with errors among several, or nothing."""
    names = [_spec(result) for result in results if result.changes is None]
    if not names or len(results) == 1:
        return ""
    more = len(names) - _NAMED
    rest = f" and {more} more" if more > 0 else ""
    first = ", ".join(names[:_NAMED])
    return f"naftiko-gen: {count(len(names), 'spec')} failed: {first}{rest}\n"


def _strictness(result: Result) -> str:
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
    reason = f"--strict makes {errors} of {count(len(assumptions), 'assumption')}"
    has_others = len(assumptions) < len(result.diagnostics)
    is_fixable = any(diagnostic.code not in NEVER_FIXED for diagnostic in assumptions)
    fix = "; naftiko-gen fix writes assumptions into the spec"
    return f": {reason}{fix if is_fixable and not has_others else ''}"


def _advise_version(result: Result) -> str:
    """Return how to set a version; the note that says so is listed only with `-v`."""
    for diagnostic in result.diagnostics:
        if diagnostic.code is Code.MISSING_VERSION:
            return f"; it has version {UNKNOWN_VERSION}: {diagnostic.hint}"
    return ""


def _spec(result: Result) -> str:
    return line_start(str(result.spec))


def next_step(results: Sequence[Result], options: Options) -> Iterator[str]:
    """Yield a line with the command for the first package that was written.

    Yield none if its path holds control characters: it couldn't be typed.
    """
    for result in results:
        if result.changes and result.changes.written:
            line = _line(result.spec, result.changes, options)
            if safe(line) == line:
                yield line
            return


def _line(spec: Path, changes: Changes, options: Options) -> str:
    root, name = changes.root, spec_slug(spec)
    match options.layout:
        case Layout.PROJECT:
            needs = [_path(root)]
            command = str(naming.distribution_name(name))
        case Layout.PACKAGE:
            needs = [shlex.quote(library) for library in changes.dependencies]
            module = naming.module_name(name)
            command = f"PYTHONPATH={_path(root.parent)} python -P -m {module}"
        case _:
            assert_never(options.layout)
    if options.runtime is Delivery.LIBRARY:
        # The runtime is on no package index, where anybody could register its name.
        needs = [_path(root.parent / DISTRIBUTION), *needs]
    return f"next: pip install {' '.join(needs)} && {command} {_arguments(root)}"


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
            # It calls no upstream.
            return "serve"
        case {"ports": dict(ports)} if ports:
            return "serve --mock"
        case {"tools": dict(tools)} if tools:
            return "mcp-config --client claude-desktop"
        case _:
            return "--help"
