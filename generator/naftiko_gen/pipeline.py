"""The stages of the compiler in their order: load to publish."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import fingerprint, naming, spec_file
from naftiko_gen.codes import Code, Severity
from naftiko_gen.diagnostics import Diagnostic, Report
from naftiko_gen.layout import Layout
from naftiko_gen.output import disk
from naftiko_gen.output.manifest import Provenance
from naftiko_gen.output.refusal import Refusal, unusable_output

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from naftiko_gen import tree
    from naftiko_gen.diagnostics import Severities
    from naftiko_gen.ir import Capability
    from naftiko_gen.output.plan import Plan
    from naftiko_gen.resolve.origins import Origins
    from naftiko_gen.spec import Spec
    from naftiko_gen.targets.package import Package

NAMELESS = "api"
"""The slug of a spec whose file name has no character that a slug can have."""


@dataclass(frozen=True)
class Options:
    """How a spec is compiled.

    Attributes:
        output: The directory that the package's own is in.
        layout: Whether a whole project is written, or the package alone.
        strict: Whether every assumption is an error.
        force: Whether edited files are overwritten.
        skip_unresolved: Whether units whose calls name no operation are left out.
        dry: Whether nothing is written.
        explain: Whether the diagnostics are wanted even if nothing needs doing.
        import_root: A directory besides the spec's own whose files it may import.
        severities: How bad findings are where their codes say otherwise; None silences.
    """

    output: Path
    layout: Layout = Layout.PROJECT
    strict: bool = False
    force: bool = False
    skip_unresolved: bool = False
    dry: bool = False
    explain: bool = False
    import_root: Path | None = None
    severities: Severities = field(default_factory=dict)

    @property
    def changed_notes(self) -> tuple[Severity | None, ...]:
        """Return what becomes of the notes that don't stay notes."""
        notes = (code for code in self.severities if code.severity is Severity.NOTE)
        wanted = (self.severities[code] for code in notes)
        return tuple(one for one in wanted if one is not Severity.NOTE)


@dataclass(frozen=True)
class UpToDate:
    """Nothing needed doing; `files` is how many files were looked at.

    `notes` is how many there are to be shown; 0 if that isn't known.
    """

    root: Path
    files: int
    notes: int


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
    imported: Mapping[str, bytes] = field(default_factory=dict)
    """The content of the files that it imports, by the name that is shown."""
    imports: tuple[str, ...] = ()
    """The paths of all of those from the spec's directory."""


@dataclass(frozen=True)
class Meaning:
    """What a spec means, and the document that says so: as typed, and as models.

    `origins` says which declaration each part of the capability comes from.
    """

    tree: tree.Mapping
    document: Spec
    capability: Capability
    origins: Origins


@dataclass(frozen=True)
class Understood:
    """What reading a spec found: its meaning, or errors among the diagnostics."""

    spec: Path
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, bytes]
    meaning: Meaning | None


def understand(
    spec: Path, options: Options, content: bytes | None = None
) -> Understood:
    """Return what a spec means; nothing is emitted or written.

    With `content`, it is what the spec would mean if the file held that.
    """
    return _Compilation(spec, options, content).understood()


def compile_spec(spec: Path, options: Options) -> Result:
    """Compile a spec into its package; what is wrong with it is in the result.

    It prints nothing. Raises an exception only for a mistake of the compiler itself.
    """
    return _up_to_date(spec, options) or _Compilation(spec, options).run()


def slug(spec: Path) -> str:
    """Return the name of a spec's package."""
    return naming.slug(spec.stem) or NAMELESS


def package_directory(spec: Path, layout: Layout) -> str:
    """Return the name of the directory that a spec's package is in."""
    match layout:
        case Layout.PROJECT:
            return slug(spec)
        case Layout.PACKAGE:
            return str(naming.module_name(slug(spec)))
        case _:
            assert_never(layout)


def _up_to_date(spec: Path, options: Options) -> Result | None:
    """Look whether the package is what a run would write, without the run.

    Errors and warnings are never passed over: a spec that has them is compiled.
    """
    if options.explain:
        return None
    root = options.output / package_directory(spec, options.layout)
    try:
        content = spec_file.content(spec)
        imports = _imports(spec, root, options)
    except (OSError, ValueError, spec_file.OutsideError):
        # Why it can't be read is for a stage to say.
        return None
    fresh = fingerprint.is_up_to_date(root, _key(spec, content, imports, options))
    if fresh is None or (fresh.notes and _raises_notes(options)):
        return None
    notes = 0 if options.changed_notes else fresh.notes
    outcome = UpToDate(root, fresh.files, notes)
    return Result(spec, b"", (), outcome, imports=tuple(imports))


def _raises_notes(options: Options) -> bool:
    return options.strict or any(options.changed_notes)


def _imports(spec: Path, root: Path, options: Options) -> dict[str, str]:
    """Return what the last run imported, as it is now.

    A run would import the same, unless the spec or one of those files has changed.
    """
    roots = spec_file.ImportRoots.of(spec, options.import_root)
    return {
        name: disk.digest(spec_file.content(roots.find(name)))
        for name in fingerprint.recorded_imports(root)
    }


def _key(
    spec: Path, content: bytes, imports: Mapping[str, str], options: Options
) -> str:
    generator = fingerprint.generator_key()
    return fingerprint.package_key(
        generator, spec.name, content, imports, [options.layout.value]
    )


class _Compilation:
    """One spec on its way through the stages.

    The stages are imported when they are reached: a run that finds its package up to
    date needs none of them, and they take longer to import than it takes.
    """

    def __init__(
        self, spec: Path, options: Options, content: bytes | None = None
    ) -> None:
        self._spec = spec
        self._options = options
        self._given = content
        self._report = Report(str(spec))
        self._content = b""
        self._imports: dict[str, str] = {}
        self._imported: Mapping[str, bytes] = {}
        self._assumptions = Counter[Severity]()
        """How many there are of each severity, whatever the user makes of them."""

    def run(self) -> Result:
        """Run the stages; each reports all that it finds before the next may begin."""
        meaning = self._meaning()
        outcome: Outcome = Failed()
        if meaning is not None:
            outcome = self._publish(meaning.capability)
        found = tuple(self._report.diagnostics)
        return Result(
            self._spec,
            self._content,
            found,
            outcome,
            self._imported,
            imports=tuple(self._imports),
        )

    def understood(self) -> Understood:
        """Run the stages that find out what the spec means."""
        meaning = self._meaning()
        found = tuple(self._report.diagnostics)
        sources = {str(self._spec): self._content, **self._imported}
        return Understood(self._spec, found, sources, meaning)

    def _meaning(self) -> Meaning | None:
        """Return what the spec means, or None if there are errors."""
        meaning = self._resolved()
        self._assumptions = Counter(one.severity for one in self._report.diagnostics)
        self._report.assign(self._options.severities)
        if self._options.strict:
            self._report.refuse_assumptions()
        return None if self._report.has_errors else meaning

    def _resolved(self) -> Meaning | None:
        """Load, import, normalise, validate and resolve."""
        from naftiko_gen.dialects import normalise
        from naftiko_gen.resolve import resolve
        from naftiko_gen.source import load, read
        from naftiko_gen.validation import validate

        content = self._given
        if content is None:
            content = read(self._spec, self._report)
        if content is None:
            return None
        self._content = content
        document = load(content, self._report)
        whole = self._with_imports(document) if document else None
        name = slug(self._spec)
        canonical = normalise(whole, self._report, name) if whole else None
        spec = validate(canonical, self._report) if canonical else None
        if whole is None or spec is None:
            return None
        found = resolve(
            spec,
            self._report,
            slug=name,
            source=self._spec.name,
            skip_unresolved=self._options.skip_unresolved,
        )
        if found is None:
            return None
        return Meaning(whole, spec, found.capability, found.origins)

    def _with_imports(self, document: tree.Mapping) -> tree.Mapping | None:
        """Put in what other files declare, and remember those."""
        from naftiko_gen.importing import complete

        root = self._options.import_root
        whole = complete(document, self._spec, self._report, root)
        self._imported = whole.sources
        self._imports = {n: disk.digest(c) for n, c in whole.files.items()}
        return whole.tree

    def _publish(self, capability: Capability) -> Outcome:
        """Emit the package, and write what differs from the disk."""
        from naftiko_gen.output.disk import PublicationError
        from naftiko_gen.targets.package import Package

        package = Package(capability, self._options.layout)
        root = self._options.output / package_directory(
            self._spec, self._options.layout
        )
        refusal = unusable_output(self._options.output, root, self._spec)
        if refusal is not None:
            return self._refused(refusal)
        try:
            return self._write(package, root)
        except PublicationError as error:
            self._report.add(Code.UNUSABLE_OUTPUT, str(error))
            return Failed()

    def _write(self, package: Package, root: Path) -> Outcome:
        """Plan what changes on the disk, and carry it out unless the run is dry."""
        from naftiko_gen.output.plan import plan
        from naftiko_gen.output.publication import Method, publish, recover

        if not self._options.dry:
            recover(root)
        provenance = self._provenance(package)
        planned = plan(root, package.tree(), provenance, force=self._options.force)
        if isinstance(planned, Refusal):
            return self._refused(planned)
        if planned.edited:
            return self._edited(planned)
        if self._options.dry:
            return Compiled(planned)
        published = publish(planned)
        if published.method is Method.REPLACEMENT:
            self._report.add(
                Code.FILES_REPLACED_ONE_BY_ONE, f"'{root}' was replaced file by file"
            )
            self._report.assign(self._options.severities)
        return Compiled(published.plan)

    def _provenance(self, package: Package) -> Provenance:
        from naftiko_gen.targets.facts import facts

        return Provenance(
            spec=package.shown_source,
            digest=sha256(self._content).hexdigest(),
            key=_key(self._spec, self._content, self._imports, self._options),
            imports=self._imports,
            warnings=self._assumptions[Severity.WARNING],
            notes=self._assumptions[Severity.NOTE],
            facts=facts(package.capability),
        )

    def _refused(self, refusal: Refusal) -> Outcome:
        code = Code.of(refusal.reason.value)
        self._report.add(code or Code.UNUSABLE_OUTPUT, refusal.message)
        return Failed()

    def _edited(self, planned: Plan) -> Outcome:
        for path in planned.edited:
            self._report.add(
                Code.EDITED_GENERATED_FILE,
                f"'{planned.root / path}' is not as it was generated",
                hint="move the edit elsewhere, or overwrite it with --force",
            )
        return Failed()
