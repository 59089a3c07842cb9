"""The front end: from a spec to its meaning, or to the diagnostics of its errors.

Its stages in their order: load, import, normalise, validate, resolve. They read files,
but print and write nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import has_errors, judge
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects import normalise
from naftiko_gen.dialects.detection import typed_words, version_entry
from naftiko_gen.imports import CompleteSpec, complete
from naftiko_gen.ir import (
    ControlAdapter,
    McpAdapter,
    RestAdapter,
    SkillAdapter,
    SkillServer,
)
from naftiko_gen.language.names import spec_slug
from naftiko_gen.language.validation import validate
from naftiko_gen.resolve import SpecFiles, SpecNames, resolve
from naftiko_gen.resolve.capability import check_version
from naftiko_gen.resolve.scripts import ScriptFiles
from naftiko_gen.resolve.served_files import ServedFiles
from naftiko_gen.syntax import pragmas, reader
from naftiko_gen.syntax.files import ImportRoots
from naftiko_gen.syntax.reader.syntax import is_capability

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.ir import Adapter, Capability
    from naftiko_gen.language.models import Spec
    from naftiko_gen.resolve.exposed.exposure import Origins
    from naftiko_gen.syntax import tree

_NOTHING: Mapping[Path, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Meaning:
    """The meaning of a spec, and the document that it comes from.

    Attributes:
        tree: The document as typed, with its imports.
        document: The document as models.
        capability: The capability that it describes.
        origins: The declaration that each part of the capability comes from.
        imported_names: The names in imported files of APIs that the spec renames, by
            the place of the new name.
    """

    tree: tree.Mapping
    document: Spec
    capability: Capability
    origins: Origins
    imported_names: Mapping[Span, str]


@dataclass(frozen=True)
class Reading:
    """The result of reading a spec.

    Attributes:
        spec: The spec.
        content: Its bytes; empty if it can't be read.
        document: Its syntax tree; None if it has none.
        findings: The diagnostics with the severities of their codes.
        package_findings: Further ones, about the package that would be emitted.
        diagnostics: The findings with the severities that the options assign.
        sources: The files whose lines may be shown, by the name in diagnostics.
        imports: The content of each import, of each file of a script, and of each file
            that an adapter serves, by its path from the spec's directory.
        serves_directories: Whether it serves directories, to which files may be added.
        meaning: The meaning; None if there is an error among the diagnostics.
    """

    spec: Path
    content: bytes
    document: tree.Mapping | None
    findings: tuple[Diagnostic, ...]
    package_findings: tuple[Diagnostic, ...]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]
    imports: Mapping[str, bytes]
    serves_directories: bool
    meaning: Meaning | None

    @cached_property
    def imported_files(self) -> frozenset[Path]:
        """Return the real paths of the imports."""
        names = self.imports
        return frozenset((self.spec.parent / name).resolve() for name in names)


def read(
    spec: Path,
    options: Options,
    content: bytes | None = None,
    replacements: Mapping[Path, bytes] = _NOTHING,
    tolerated_codes: frozenset[Code] = frozenset(),
) -> Reading:
    """Return the meaning of a spec, or the errors that leave it without one.

    Args:
        spec: The path of the spec.
        options: Those that matter here are `import_root`, `skip_unresolved`,
            `max_description`, `strict` and `severities`.
        content: Read this instead of the file's content.
        replacements: Read this instead of the content of imports, by their real paths.
        tolerated_codes: Codes of errors that leave the spec its meaning.
    """
    report = Report(str(spec), tolerated=tolerated_codes)
    file = _load(spec, content, report)
    complete_spec = _import(spec, file.tree, options, report, replacements)
    roots = ImportRoots.of(spec, options.import_root)
    read_files = SpecFiles(
        ServedFiles(roots, report, replacements),
        ScriptFiles(spec.parent, report, replacements),
    )
    meaning = _resolve(spec, complete_spec, options, read_files, report)
    report.acknowledge()
    findings = tuple(report.diagnostics)
    diagnostics = judge(findings, options)
    return Reading(
        spec,
        file.content,
        file.tree,
        findings,
        _check_package(spec, meaning) if meaning else (),
        diagnostics,
        {**file.sources, **complete_spec.sources},
        {**complete_spec.files, **read_files.contents},
        read_files.served.has_directories,
        None if has_errors(diagnostics) else meaning,
    )


@dataclass(frozen=True)
class _LoadedSpec:
    """A file; `tree` is None after reporting why it has none."""

    content: bytes = b""
    tree: tree.Mapping | None = None
    sources: Mapping[str, bytes] = field(default_factory=dict)


def _load(spec: Path, content: bytes | None, report: Report) -> _LoadedSpec:
    """Read a file, and the extensions that its comments acknowledge."""
    if content is None:
        content = reader.read(spec, report)
    if content is None:
        return _LoadedSpec()
    document = reader.load(content, report)
    if document is not None:
        pragmas.apply_pragmas(document, content, report)
    if is_capability(content, document):
        return _LoadedSpec(content, document, {str(spec): content})
    # It may be a file of secrets.
    report.withhold()
    return _LoadedSpec(content, document)


def _import(
    spec: Path,
    document: tree.Mapping | None,
    options: Options,
    report: Report,
    replacements: Mapping[Path, bytes],
) -> CompleteSpec:
    """Replace imports by the declarations of the files that they name."""
    if document is None:
        return CompleteSpec(None, {}, {})
    return complete(document, spec, report, options.import_root, replacements)


def _resolve(
    spec: Path,
    complete_spec: CompleteSpec,
    options: Options,
    files: SpecFiles,
    report: Report,
) -> Meaning | None:
    """Normalise, validate and resolve a document."""
    slug = spec_slug(spec)
    if complete_spec.tree is None:
        return None
    canonical = normalise(complete_spec.tree, report, slug)
    words = typed_words(complete_spec.tree)
    document = validate(canonical, report, words) if canonical else None
    if document is None:
        return None
    names = SpecNames(slug, spec.name, _version(complete_spec.tree))
    resolution = resolve(document, names, files, report, options)
    if resolution is None:
        return None
    _check_adapters(document, resolution.capability, options, report)
    capability = _with_surfaces(resolution.capability, options)
    origins = resolution.origins
    return Meaning(
        complete_spec.tree, document, capability, origins, complete_spec.names
    )


def _check_adapters(
    document: Spec, capability: Capability, options: Options, report: Report
) -> None:
    """Report namespaces for which a surface is chosen, but that no adapter has."""
    namespaces = [adapter.namespace for adapter in capability.mcp]
    list_of_names = ", ".join(map(quote, namespaces))
    hint = f"the spec has {list_of_names}" if namespaces else None
    for name in sorted(options.required_adapters - set(namespaces)):
        message = f"no MCP adapter has the namespace {quote(name)} of a chosen surface"
        span = document.capability.node.key_span("exposes")
        report.add(Code.UNKNOWN_NAMESPACE, message, span, hint)


def _with_surfaces(capability: Capability, options: Options) -> Capability:
    """Return a capability whose servers list their tools as the options say."""
    adapters = (_with_surface(adapter, options) for adapter in capability.adapters)
    return replace(capability, adapters=tuple(adapters))


def _with_surface(adapter: Adapter, options: Options) -> Adapter:
    match adapter:
        case McpAdapter():
            surface = options.surface(adapter.namespace) or adapter.surface
            limit = options.max_tool_tokens
            return replace(
                adapter,
                surface=surface,
                token_limit=limit,
                result_limit=options.max_result,
            )
        case RestAdapter() | ControlAdapter() | SkillServer() | SkillAdapter():
            return adapter
        case _:
            assert_never(adapter)


def _version(document: tree.Mapping) -> str:
    """Return the version of the language that a document states as a text, or ""."""
    entry = version_entry(document)
    version = entry.value.plain() if entry else None
    return version if isinstance(version, str) else ""


def _check_package(spec: Path, meaning: Meaning) -> tuple[Diagnostic, ...]:
    """Return the note that nothing says a version, if that is so."""
    report = Report(str(spec))
    check_version(meaning.document, report)
    return tuple(report.diagnostics)
