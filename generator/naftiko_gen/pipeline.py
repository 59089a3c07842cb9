"""The stages of the compiler in their order: load to publish."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import fingerprint, naming, spec_file
from naftiko_gen.codes import Code, Severity
from naftiko_gen.diagnostics import Diagnostic, Report
from naftiko_gen.layout import Layout
from naftiko_gen.output.manifest import Provenance
from naftiko_gen.output.refusal import Refusal, unusable_output

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.ir import Capability
    from naftiko_gen.output.plan import Plan
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
        dry: Whether nothing is written.
        explain: Whether the diagnostics are wanted even if nothing needs doing.
    """

    output: Path
    layout: Layout = Layout.PROJECT
    strict: bool = False
    force: bool = False
    dry: bool = False
    explain: bool = False


@dataclass(frozen=True)
class UpToDate:
    """Nothing needed doing; `files` is how many files were looked at."""

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


def compile_spec(spec: Path, options: Options) -> Result:
    """Compile a spec into its package; what is wrong with it is in the result.

    It prints nothing. Raises an exception only for a mistake of the compiler itself.
    """
    fresh = _up_to_date(spec, options)
    if fresh is not None:
        return Result(spec, b"", (), fresh)
    return _Compilation(spec, options).run()


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


def _up_to_date(spec: Path, options: Options) -> UpToDate | None:
    """Look whether the package is what a run would write, without the run.

    Errors and warnings are never passed over: a spec that has them is compiled.
    """
    if options.explain:
        return None
    root = options.output / package_directory(spec, options.layout)
    try:
        content = spec_file.content(spec)
    except (OSError, ValueError):
        # Why it can't be read is for the first stage to say.
        return None
    fresh = fingerprint.is_up_to_date(root, _key(spec, content, options))
    if fresh is None or (options.strict and fresh.notes):
        return None
    return UpToDate(root, fresh.files, fresh.notes)


def _key(spec: Path, content: bytes, options: Options) -> str:
    generator = fingerprint.generator_key()
    return fingerprint.package_key(
        generator, spec.name, content, {}, [options.layout.value]
    )


class _Compilation:
    """One spec on its way through the stages.

    The stages are imported when they are reached: a run that finds its package up to
    date needs none of them, and they take longer to import than it takes.
    """

    def __init__(self, spec: Path, options: Options) -> None:
        self._spec = spec
        self._options = options
        self._report = Report(str(spec))
        self._content = b""

    def run(self) -> Result:
        """Run the stages; each reports all that it finds before the next may begin."""
        capability = self._capability()
        if self._options.strict:
            self._report.refuse_assumptions()
        outcome: Outcome = Failed()
        if capability is not None and not self._report.has_errors:
            outcome = self._publish(capability)
        found = tuple(self._report.diagnostics)
        return Result(self._spec, self._content, found, outcome)

    def _capability(self) -> Capability | None:
        """Load, normalise, validate and resolve."""
        from naftiko_gen.dialects import normalise
        from naftiko_gen.resolve import resolve
        from naftiko_gen.source import load, read
        from naftiko_gen.validation import validate

        content = read(self._spec, self._report)
        if content is None:
            return None
        self._content = content
        document = load(content, self._report)
        name = slug(self._spec)
        canonical = normalise(document, self._report, name) if document else None
        spec = validate(canonical, self._report) if canonical else None
        if spec is None:
            return None
        return resolve(spec, self._report, slug=name, source=self._spec.name)

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
        return Compiled(published.plan)

    def _provenance(self, package: Package) -> Provenance:
        from naftiko_gen.targets.facts import facts

        return Provenance(
            spec=package.shown_source,
            digest=sha256(self._content).hexdigest(),
            key=_key(self._spec, self._content, self._options),
            warnings=self._report.count(Severity.WARNING),
            notes=self._report.count(Severity.NOTE),
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
