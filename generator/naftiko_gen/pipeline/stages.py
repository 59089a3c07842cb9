"""The compiler's stages in their order: read, emit, publish."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.cache import reuse
from naftiko_gen.configuration.options import has_errors, judge
from naftiko_gen.emit.package.facts import facts
from naftiko_gen.emit.package_files import Package
from naftiko_gen.emit.tools.lists import large_lists, tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.publish import disk
from naftiko_gen.publish.delivery import deliver
from naftiko_gen.publish.outcome import Result
from naftiko_gen.publish.provenance import provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics import Diagnostic
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.frontend import Reading
    from naftiko_gen.ir import Capability
    from naftiko_gen.publish.outcome import Changes

    Findings = tuple[Diagnostic, ...]


def compile_anew(spec: Path, options: Options, tell: Callable[[str], None]) -> Result:
    """Compile a spec into its package.

    A stage reports everything that it finds before the next one may begin. `tell` is
    called with "reading", then with the name of each module before it is emitted.
    """
    tell("reading")
    reading = read(spec, options)
    lists, large = _tool_lists(reading, options)
    findings = (*reading.findings, *reading.package_findings, *large)
    diagnostics = judge(findings, options)
    if reading.meaning is None or has_errors(diagnostics):
        return _result(reading, diagnostics)
    package = _package(reading.meaning.capability, reading.content, options, tell)
    tree = package.tree()
    origin = provenance(reading, findings, package, facts(package.capability))
    delivery = deliver(spec, tree, origin, options)
    _remember(reading, findings, delivery.changes, options)
    all_diagnostics = (*diagnostics, *delivery.diagnostics)
    result = _result(reading, all_diagnostics)
    return replace(result, changes=delivery.changes, tool_lists=lists)


def _tool_lists(
    reading: Reading, options: Options
) -> tuple[tuple[ToolList, ...], Findings]:
    """Return the lists of tools, and warnings about large ones."""
    if reading.meaning is None:
        return (), ()
    capability, spec = reading.meaning.capability, str(reading.spec)
    lists = tool_lists(capability)
    return lists, tuple(large_lists(capability, lists, spec, options))


def _package(
    capability: Capability,
    content: bytes,
    options: Options,
    tell: Callable[[str], None],
) -> Package:
    return Package(
        capability,
        options.layout,
        options.api_docs,
        options.runtime,
        tell,
        disk.digest(content),
    )


def _remember(
    reading: Reading, findings: Findings, changes: Changes | None, options: Options
) -> None:
    """Store the result, so that a later run with the same files does nothing."""
    # A file may be added to a directory, which no digest would tell.
    if changes is not None and changes.plan and not reading.serves_directories:
        files, manifest = _source_files(reading), changes.plan.emitted[-1]
        reuse.put(files, findings, reading.sources, manifest, options)


def _result(reading: Reading, diagnostics: Findings) -> Result:
    digests = _source_files(reading).digests
    sources = reading.sources
    return Result(reading.spec, diagnostics, sources=sources, digests=digests)


def _source_files(reading: Reading) -> reuse.SourceFiles:
    return reuse.SourceFiles(reading.spec, reading.content, reading.imports)
