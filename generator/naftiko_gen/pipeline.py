"""The stages of the compiler in their order: load to publish."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import cache
from naftiko_gen.cache import fingerprint
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.report import Diagnostic, Report
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.language import names
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.foreign import foreign_modules
from naftiko_gen.publish.origin import origin
from naftiko_gen.publish.refusal import Refusal, unusable_output
from naftiko_gen.publish.up_to_date import standing
from naftiko_gen.syntax import files as spec_file

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Severities
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.emit.files import File
    from naftiko_gen.emit.package.package import Package
    from naftiko_gen.ir import Capability
    from naftiko_gen.language.models import Spec
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.resolve.origins import Origins
    from naftiko_gen.syntax import tree

NAMELESS = "api"
"""The slug of a spec whose file name has no character that a slug can have."""


@dataclass(frozen=True)
class Options:
    """How a spec is compiled.

    Attributes:
        output: The directory that the package's own is in.
        layout: Whether a whole project is written, or the package alone.
        api_docs: Whether REST adapters serve an API reference at `/docs`.
        strict: Whether every assumption is an error.
        force: Whether edited files are overwritten.
        skip_unresolved: Whether units whose calls name no operation are left out.
        dry: Whether nothing is written.
        import_root: A directory besides the spec's own whose files it may import.
        severities: How bad findings are where their codes say otherwise; None silences.
        cached: Whether what earlier runs found out is asked for, and kept for later.
        notes_origin: Whether the manifest says where the spec is. That is of no use in
            what is built and thrown away.
    """

    output: Path
    layout: Layout = Layout.PROJECT
    api_docs: bool = False
    strict: bool = False
    force: bool = False
    skip_unresolved: bool = False
    dry: bool = False
    import_root: Path | None = None
    severities: Severities = field(default_factory=dict)
    cached: bool = True
    notes_origin: bool = True

    def root(self, spec: Path) -> Path:
        """Return the directory of a spec's package."""
        return self.output / package_directory(spec, self.layout)

    def origin(self, spec: Path) -> str | None:
        """Return the path from a package to its spec, if the manifest says it."""
        return origin(spec, self.root(spec)) if self.notes_origin else None


@dataclass(frozen=True)
class UpToDate:
    """Nothing needed doing, and the spec wasn't compiled; `files` are those of ours."""

    root: Path
    files: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """The spec was compiled and, unless the run was dry, published."""

    plan: Plan


@dataclass(frozen=True)
class Failed:
    """The spec has errors; its package is as it was."""


Outcome = UpToDate | Compiled | Failed


@dataclass(frozen=True)
class Result:
    """What became of a spec."""

    spec: Path
    content: bytes
    diagnostics: tuple[Diagnostic, ...]
    outcome: Outcome
    sources: Mapping[str, bytes] = field(default_factory=dict)
    """The content of the files whose lines may be shown, by the name that is shown."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """The digests of all of those, by their paths from the spec's directory."""

    @property
    def digests(self) -> dict[Path, str]:
        """Return the digest of each file that was read."""
        imports = {self.spec.parent / name: was for name, was in self.imports.items()}
        return {self.spec: disk.digest(self.content), **imports}


@dataclass(frozen=True)
class Meaning:
    """What a spec means, and the document that says so: as typed, and as models.

    `origins` says which declaration each part of the capability comes from,
    `imported_names` what files call the APIs that an import calls differently.
    """

    tree: tree.Mapping
    document: Spec
    capability: Capability
    origins: Origins
    imported_names: Mapping[Span, str]


@dataclass(frozen=True)
class Understood:
    """What reading a spec found: its meaning, or errors among the diagnostics.

    `sources` are the files whose lines may be shown, `imports` the real paths of the
    files that were read besides the spec.
    """

    spec: Path
    content: bytes
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]
    meaning: Meaning | None
    imports: frozenset[Path] = frozenset()


def understand(
    spec: Path,
    options: Options,
    content: bytes | None = None,
    held: Mapping[Path, bytes] = MappingProxyType({}),
) -> Understood:
    """Return what a spec means; nothing is emitted or written.

    With `content`, it is what the spec would mean if the file held that; `held` is what
    files that it imports would hold, by their real paths.
    """
    return _Compilation(spec, options, content, held).understood()


def missing_version(found: Understood) -> tuple[Diagnostic, ...]:
    """Return the note that nothing says a version, which compiling a spec adds."""
    from naftiko_gen.resolve.capability import check_version

    report = Report(str(found.spec))
    if found.meaning is not None:
        check_version(found.meaning.document, report)
    return tuple(report.diagnostics)


def compile_spec(spec: Path, options: Options) -> Result:
    """Compile a spec into its package; what is wrong with it is in the result.

    It prints nothing. Raises an exception only for a mistake of the compiler itself.
    """
    return up_to_date(spec, options) or _Compilation(spec, options).run()


def slug(spec: Path) -> str:
    """Return the name of a spec's package."""
    return names.slug(spec.stem) or NAMELESS


def package_directory(spec: Path, layout: Layout) -> str:
    """Return the name of the directory that a spec's package is in."""
    match layout:
        case Layout.PROJECT:
            return slug(spec)
        case Layout.PACKAGE:
            return str(naming.module_name(slug(spec)))
        case _:
            assert_never(layout)


def module_directory(spec: Path, layout: Layout) -> str:
    """Return where a package has its modules, from the package's directory."""
    match layout:
        case Layout.PROJECT:
            return str(naming.module_name(slug(spec)))
        case Layout.PACKAGE:
            return ""
        case _:
            assert_never(layout)


def up_to_date(spec: Path, options: Options) -> Result | None:
    """Return what compiling comes to if nothing needs doing, None if that isn't known.

    It is if an earlier run has compiled the same, and all that it emitted stands there.
    """
    root = options.root(spec)
    given = _given(spec, root, options) if options.cached else None
    known = cache.recall(given.key(options)) if given else None
    if given is None or known is None:
        return None
    if unusable_output(options.output, root, spec):
        return None
    files = standing(root, known.manifest)
    modules = module_directory(spec, options.layout)
    if files is None or _has_foreign(root, modules, files):
        return None
    report = Report(str(spec), list(known.diagnostics))
    _judge(report, options)
    outcome = Failed() if report.has_errors else UpToDate(root, files)
    found, quotable = tuple(report.diagnostics), given.shown(known.quotable)
    return Result(spec, given.content, found, outcome, quotable, given.digests)


def _has_foreign(root: Path, modules: str, ours: Collection[str]) -> bool:
    try:
        return bool(foreign_modules(root, modules, ours))
    except OSError:
        return True


def _judge(report: Report, options: Options) -> None:
    """Make of what was found what the user wants it to be."""
    report.assign(options.severities)
    if options.strict:
        report.refuse_assumptions()


@dataclass(frozen=True)
class _Given:
    """What a package depends on: a spec and its imports, by their path from there."""

    spec: Path
    content: bytes
    imports: Mapping[str, bytes]

    def key(self, options: Options) -> str:
        """Return what all of it, the generator and the options come to."""
        return fingerprint.package_key(
            fingerprint.generator_key(),
            str(self.spec),
            self.content,
            self.digests,
            [
                options.layout.value,
                str(options.skip_unresolved),
                str(options.api_docs),
                options.origin(self.spec) or "",
            ],
        )

    @property
    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each import."""
        return {name: disk.digest(found) for name, found in self.imports.items()}

    def shown(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the spec, and imports, by what they are called in diagnostics."""
        imports = {self._shown(name): self.imports[name] for name in names}
        return {str(self.spec): self.content, **imports}

    def named(self, shown: Container[str]) -> tuple[str, ...]:
        """Return the imports that are called so in diagnostics."""
        return tuple(name for name in self.imports if self._shown(name) in shown)

    def _shown(self, name: str) -> str:
        return str(self.spec.parent / name)


def _given(spec: Path, root: Path, options: Options) -> _Given | None:
    """Return the spec and what the last run imported, as they are now.

    A run would import the same, unless the spec or one of those files has changed.
    """
    roots = spec_file.ImportRoots.of(spec, options.import_root)
    try:
        names = manifest.imports(root)
        imports = {name: spec_file.content(roots.find(name)) for name in names}
        return _Given(spec, spec_file.content(spec), imports)
    except (OSError, ValueError, spec_file.OutsideError):
        # Why it can't be read is for a stage to say.
        return None


class _Compilation:
    """One spec on its way through the stages.

    The stages are imported when they are reached: a run that finds its package up to
    date needs none of them, and they take longer to import than it takes.
    """

    def __init__(
        self,
        spec: Path,
        options: Options,
        content: bytes | None = None,
        held: Mapping[Path, bytes] = MappingProxyType({}),
    ) -> None:
        self._spec = spec
        self._options = options
        self._given = content
        self._held = held
        self._report = Report(str(spec))
        self._content = b""
        self._imports: Mapping[str, bytes] = {}
        self._quotable: Mapping[str, bytes] = {}
        self._imported_names: Mapping[Span, str] = {}
        self._found: tuple[Diagnostic, ...] = ()
        """What the stages found, whatever the user makes of it."""

    def run(self) -> Result:
        """Run the stages; each reports all that it finds before the next may begin."""
        meaning = self._judged(self._with_version())
        outcome: Outcome = Failed()
        if meaning is not None:
            outcome = self._publish(meaning.capability)
        found = tuple(self._report.diagnostics)
        return Result(
            self._spec,
            self._content,
            found,
            outcome,
            self._quotable,
            imports=self._read.digests,
        )

    def understood(self) -> Understood:
        """Run the stages that find out what the spec means."""
        meaning = self._judged(self._resolved())
        found = tuple(self._report.diagnostics)
        names = self._imports
        imports = frozenset((self._spec.parent / name).resolve() for name in names)
        return Understood(
            self._spec, self._content, found, self._quotable, meaning, imports
        )

    def _with_version(self) -> Meaning | None:
        """Resolve, and report that nothing says a version of the package."""
        from naftiko_gen.resolve.capability import check_version

        meaning = self._resolved()
        if meaning is not None:
            check_version(meaning.document, self._report)
        return meaning

    def _judged(self, meaning: Meaning | None) -> Meaning | None:
        """Return what the spec means, or None if there are errors."""
        self._report.acknowledge()
        self._found = tuple(self._report.diagnostics)
        _judge(self._report, self._options)
        return None if self._report.has_errors else meaning

    def _resolved(self) -> Meaning | None:
        """Load, import, normalise, validate and resolve."""
        from naftiko_gen.dialects import normalise
        from naftiko_gen.language.validation import validate
        from naftiko_gen.resolve import resolve
        from naftiko_gen.resolve.exposed.skill_files import check_links

        document = self._loaded()
        whole = self._with_imports(document) if document else None
        name = slug(self._spec)
        canonical = normalise(whole, self._report, name) if whole else None
        spec = validate(canonical, self._report) if canonical else None
        if whole is None or spec is None:
            return None
        check_links(spec.capability, self._spec.parent, self._report)
        found = resolve(
            spec,
            self._report,
            slug=name,
            source=self._spec.name,
            skip_unresolved=self._options.skip_unresolved,
        )
        if found is None:
            return None
        return Meaning(
            whole, spec, found.capability, found.origins, self._imported_names
        )

    def _loaded(self) -> tree.Mapping | None:
        """Read the document, and what it says of its extensions."""
        from naftiko_gen.syntax import pragmas
        from naftiko_gen.syntax.reader import load, read
        from naftiko_gen.syntax.reader.recognition import is_capability

        content = self._given
        if content is None:
            content = read(self._spec, self._report)
        if content is None:
            return None
        self._content = content
        document = load(content, self._report)
        if document is not None:
            pragmas.apply_pragmas(document, content, self._report)
        if is_capability(content, document):
            self._quotable = {str(self._spec): content}
        else:
            self._report.withhold()
        return document

    def _with_imports(self, document: tree.Mapping) -> tree.Mapping | None:
        """Put in what other files declare, and remember those."""
        from naftiko_gen.imports import complete

        root = self._options.import_root
        whole = complete(document, self._spec, self._report, root, self._held)
        self._quotable = {**self._quotable, **whole.sources}
        self._imported_names = whole.names
        self._imports = whole.files
        return whole.tree

    def _publish(self, capability: Capability) -> Outcome:
        """Emit the package, and write what differs from the disk."""
        from naftiko_gen.emit.package.package import Package
        from naftiko_gen.publish import complaints
        from naftiko_gen.publish.disk import PublicationError

        package = Package(
            capability, self._options.layout, has_api_docs=self._options.api_docs
        )
        root = self._options.root(self._spec)
        refusal = unusable_output(self._options.output, root, self._spec)
        if refusal is not None:
            complaints.report_refusal(refusal, self._report)
            return Failed()
        try:
            return self._write(package, root)
        except PublicationError as error:
            self._report.add(Code.UNUSABLE_OUTPUT, str(error))
            return Failed()

    def _write(self, package: Package, root: Path) -> Outcome:
        """Plan what changes on the disk, and carry it out unless the run is dry."""
        from naftiko_gen.publish import complaints
        from naftiko_gen.publish.plan import plan
        from naftiko_gen.publish.publication import Method, publish, recover

        if not self._options.dry:
            recover(root)
        complaints.report_unknown(root, self._report)
        files, provenance = package.tree(), self._provenance(package)
        if self._options.cached:
            self._remember(manifest.render(provenance, files))
        planned = plan(root, files, provenance, force=self._options.force)
        if isinstance(planned, Refusal):
            complaints.report_refusal(planned, self._report)
            return Failed()
        modules = module_directory(self._spec, self._options.layout)
        complaints.report_edited(planned, self._report)
        complaints.report_foreign(planned, modules, self._report)
        self._report.assign(self._options.severities)
        if self._report.has_errors:
            return Failed()
        if self._options.dry:
            return Compiled(planned)
        published = publish(planned)
        if published.method is Method.REPLACEMENT:
            self._report.add(
                Code.FILES_REPLACED_ONE_BY_ONE, f"'{root}' was replaced file by file"
            )
            self._report.assign(self._options.severities)
        return Compiled(published.plan)

    def _remember(self, emitted: File) -> None:
        """Keep what was found out, which doesn't depend on what is on the disk."""
        if not fingerprint.is_generator_unchanged():
            return
        quotable = self._read.named(self._quotable)
        known = cache.Entry(disk.digest(emitted.content), self._found, quotable)
        cache.remember(self._read.key(self._options), known)

    @property
    def _read(self) -> _Given:
        return _Given(self._spec, self._content, self._imports)

    def _provenance(self, package: Package) -> manifest.Provenance:
        from naftiko_gen.emit.package.facts import facts

        counts = Counter(one.severity for one in self._found if not one.acknowledged)
        return manifest.Provenance(
            spec=package.shown_source,
            digest=disk.digest(self._content),
            imports=self._read.digests,
            warnings=counts[Severity.WARNING],
            notes=counts[Severity.NOTE],
            facts=facts(package.capability),
            origin=self._options.origin(self._spec),
        )
