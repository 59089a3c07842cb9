"""The question whether a package is up to date, answered without compiling its spec.

Every run asks it, so this module imports none of the stages, nor any slow library.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from naftiko_gen.cache import fingerprint, store
from naftiko_gen.configuration.options import Options, has_errors, judge
from naftiko_gen.diagnostics import Diagnostic
from naftiko_gen.emit.files import File, module_directory, package_root
from naftiko_gen.emit.runtime.source import LIBRARY_PACKAGE
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.delivery import distribution_digest, kept_distribution
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.foreign_modules import foreign_modules
from naftiko_gen.publish.outcome import Changes, Result
from naftiko_gen.publish.plan import intact_files
from naftiko_gen.publish.provenance import recorded_origin
from naftiko_gen.publish.refusal import check_output
from naftiko_gen.syntax import files as spec_file


@dataclass(frozen=True)
class RuntimeCheck:
    """A check of the runtime beside packages with these options, made once."""

    options: Options

    @cached_property
    def is_up_to_date(self) -> bool:
        """Return whether it was up to date, or not needed, when first asked for."""
        root = kept_distribution(self.options)
        if root is None:
            return True
        return _genuine_files(root, LIBRARY_PACKAGE, distribution_digest()) is not None


def up_to_date(
    spec: Path, options: Options, check: RuntimeCheck | None = None
) -> Result | None:
    """Return the result of compiling a spec if its package is known to be up to date.

    It is up to date if the cache has the digest of the manifest that compiling would
    emit, and the disk has that manifest and its files. The same holds for the
    runtime beside it; a run over many specs looks at that once, by `check`.
    """
    root = package_root(spec, options)
    sources = _read(spec, root, options) if options.cached else None
    entry = store.get(sources.key(options)) if sources else None
    if sources is None or entry is None:
        return None
    check = check or RuntimeCheck(options)
    package = _up_to_date_package(spec, root, check, entry.manifest)
    if package is None:
        return None
    diagnostics = judge(entry.diagnostics, options)
    return Result(
        spec,
        diagnostics,
        None if has_errors(diagnostics) else package,
        sources.contents(entry.quotable),
        sources.digests,
    )


def put(
    sources: SourceFiles,
    findings: tuple[Diagnostic, ...],
    shown_names: Container[str],
    manifest: File,
    options: Options,
) -> None:
    """Add an entry to the cache: the findings, and the manifest that was emitted.

    `shown_names` are the names of files whose lines may be shown. None of it depends
    on the state of the disk.
    """
    # Templates that changed during the run aren't those that the key is made of.
    if options.cached and fingerprint.is_generator_unchanged():
        quotable = sources.imports_named(shown_names)
        entry = store.Entry(disk.digest(manifest.content), findings, quotable)
        store.put(sources.key(options), entry)


@dataclass(frozen=True)
class SourceFiles:
    """The files that a package depends on.

    `imports` has the content of each import, by its path from the spec's directory.
    """

    spec: Path
    content: bytes
    imports: Mapping[str, bytes]

    def key(self, options: Options) -> str:
        """Return the cache's key for these files, the generator and the options."""
        return fingerprint.package_key(
            fingerprint.generator_key(),
            str(self.spec),
            self.content,
            self._imports,
            [
                options.layout.value,
                options.runtime.value,
                str(options.skip_unresolved),
                str(options.api_docs),
                f"{options.max_tools} {options.max_tool_tokens}",
                str(sorted((k, v.value) for k, v in options.surfaces.items())),
                str(sorted(options.required_adapters)),
                f"{options.max_description} {options.max_result}",
                recorded_origin(self.spec, options) or "",
            ],
        )

    @property
    def _imports(self) -> dict[str, str]:
        return {name: disk.digest(content) for name, content in self.imports.items()}

    @property
    def digests(self) -> dict[Path, str]:
        """Return the SHA-256 of each file."""
        directory = self.spec.parent
        imports = {directory / name: digest for name, digest in self._imports.items()}
        return {self.spec: disk.digest(self.content), **imports}

    def contents(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the spec and the named imports, by their names in diagnostics."""
        imports = {self._shown_name(name): self.imports[name] for name in names}
        return {str(self.spec): self.content, **imports}

    def imports_named(self, shown_names: Container[str]) -> tuple[str, ...]:
        """Return the imports that have one of these names in diagnostics."""
        return tuple(
            name for name in self.imports if self._shown_name(name) in shown_names
        )

    def _shown_name(self, name: str) -> str:
        return str(self.spec.parent / name)


def _read(spec: Path, root: Path, options: Options) -> SourceFiles | None:
    """Read the spec, and the imports that the manifest of its package names.

    A run would read the same files, unless one of them has changed.
    """
    roots = spec_file.ImportRoots.of(spec, options.import_root)
    try:
        names = manifest.imports(root)
        imports = {name: spec_file.content(roots.find_document(name)) for name in names}
        return SourceFiles(spec, spec_file.content(spec), imports)
    except (OSError, ValueError, spec_file.OutsideError):
        # The stages report why a file can't be read.
        return None


def _up_to_date_package(
    spec: Path, root: Path, check: RuntimeCheck, digest: str
) -> Changes | None:
    """Return the package if it, and its runtime, are as the manifests' digests say."""
    options = check.options
    try:
        check_output(options.output, root, spec)
    except PublicationError:
        return None
    modules = module_directory(spec, options.layout)
    files = _genuine_files(root, modules, digest)
    if files is None or not check.is_up_to_date:
        return None
    requirements = manifest.dependencies(root)
    return Changes(root, (), files, dependencies=requirements, compiled=False)


def _genuine_files(root: Path, modules: str, digest: str) -> tuple[str, ...] | None:
    """Return our files if they are as the digest says, and no other can be imported."""
    files = intact_files(root, digest)
    if files is None or _has_foreign(root, modules, files):
        return None
    return files


def _has_foreign(root: Path, modules: str, files: Collection[str]) -> bool:
    try:
        return bool(foreign_modules(root, modules, files))
    except OSError:
        return True
