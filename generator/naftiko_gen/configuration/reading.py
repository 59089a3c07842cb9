"""Reading a configuration: from its document to settings, or to its errors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pydantic_core import ValidationError

from naftiko_gen.configuration import bounds, spec_paths
from naftiko_gen.configuration.model import (
    SETTINGS,
    SILENT,
    Configuration,
    configuration,
)
from naftiko_gen.configuration.options import Options
from naftiko_gen.configuration.places import Places
from naftiko_gen.configuration.refusal import ConfigurationError
from naftiko_gen.configuration.settings import Settings
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.quoting import nearest, shown
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.runtime.delivery import Delivery
from naftiko_gen.syntax import globs
from naftiko_gen.syntax.misspelt_paths import question

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from naftiko_gen.configuration.discovery import Source
    from naftiko_gen.configuration.places import Steps
    from naftiko_gen.diagnostics.span import Plain


def read(
    source: Source, *, wants_specs: bool, overridden: Collection[str] = ()
) -> Settings:
    """Return the settings of a configuration; its paths start at its directory.

    They stay in it, with links followed, unless the user has named the configuration.
    With `wants_specs`, it has to name at least one. A path that the command line has
    `overridden` may be anywhere.

    Raises:
        ConfigurationError: The configuration has errors.
    """
    return _Reading(source, overridden).settings(wants_specs=wants_specs)


MOST_MISTAKES = 20
"""The limit of errors that are reported at once."""


class _Reading:
    """A configuration on its way from text to settings."""

    def __init__(self, source: Source, overridden: Collection[str]) -> None:
        self._file = source.document.file
        self._base = self._file.parent
        self._is_confined = not source.is_named
        self._overridden = overridden
        self._text = source.document.text
        self._steps = source.table
        self._table: Plain = source.document.content
        for step in source.table:
            self._table = self._table[step] if isinstance(self._table, dict) else None
        self._report = Report(str(self._file))

    def settings(self, *, wants_specs: bool) -> Settings:
        """Return the settings, or raise an error with all diagnostics."""
        configured = self._validate()
        severities = self._severities()
        root = self._import_root(configured) if configured else None
        output = self._output(configured) if configured else None
        specs = self._specs(configured) if configured and wants_specs else ()
        if configured is None or output is None or self._report.has_errors:
            sources = {str(self._file): self._text.encode()}
            raise ConfigurationError(tuple(self._report.diagnostics), sources)
        options = Options(
            output=output,
            layout=Layout(configured.layout),
            runtime=Delivery(configured.runtime),
            api_docs=configured.api_docs,
            strict=configured.strict,
            skip_unresolved=configured.skip_unresolved,
            import_root=root,
            severities=severities,
        )
        return Settings(self._file, specs, options, configured.jobs)

    def _output(self, configured: Configuration) -> Path:
        """Return the output directory; no link of a repository may lead to it."""
        output = self._base / configured.output
        if not self._is_confined or "output" in self._overridden:
            return output
        if self._stays_inside(output, configured.output, "output"):
            link = bounds.first_link(self._base, configured.output)
            if link is not None:
                message = f"{shown(str(link))} is a link, and no output goes through it"
                self._add(Code.WRONG_SETTING, message, "output", hint=bounds.HINT)
        return output

    def _import_root(self, configured: Configuration) -> Path | None:
        if configured.import_root is None:
            return None
        root = self._base / configured.import_root
        if not root.is_dir():
            message = f"{shown(str(root))} isn't a directory"
            self._add(Code.WRONG_SETTING, message, "import-root")
        if "import_root" not in self._overridden:
            self._stays_inside(root, configured.import_root, "import-root")
        return root

    def _specs(self, configured: Configuration) -> tuple[Path, ...]:
        """Return the files that the patterns match, each once."""
        patterns = enumerate(configured.specs)
        matches = (
            spec
            for index, pattern in patterns
            for spec in self._matches(index, pattern)
        )
        specs = tuple(dict.fromkeys(matches))
        if not specs and not self._report.has_errors:
            listed = ", ".join(map(shown, configured.specs))
            message = f"no file matches {listed}" if listed else "no specs are named"
            self._add(
                Code.NO_SPECS, message, "specs", hint=self._question(configured.specs)
            )
        return specs

    def _question(self, patterns: Sequence[str]) -> str | None:
        """Return a question that suggests another path for the first pattern."""
        return next((question(self._base / pattern) for pattern in patterns), None)

    def _matches(self, index: int, pattern: str) -> list[Path]:
        start = self._base / globs.fixed_part(pattern)
        if not self._stays_inside(start, pattern, "specs", index):
            return []
        return [
            spec
            for spec in self._match(index, pattern)
            if self._stays_inside(spec, str(spec), "specs", index)
        ]

    def _match(self, index: int, pattern: str) -> list[Path]:
        limit = self._base.resolve() if self._is_confined else None
        try:
            return spec_paths.matching(self._base, pattern, limit)
        except globs.TooManyFilesError:
            message = f"{shown(pattern)} covers more than {globs.LIMIT:,} files"
        except OSError as failure:
            message = f"{shown(pattern)} can't be searched for: {failure.strerror}"
        except ValueError:
            message = f"{shown(pattern)} isn't a valid glob"
        self._add(Code.WRONG_SETTING, message, "specs", index)
        return []

    def _stays_inside(self, place: Path, path: str, *steps: str | int) -> bool:
        """Return whether a path may be used; report one that leads out."""
        if not self._is_confined or bounds.is_inside(self._base, place):
            return True
        message = f"{shown(path)} leads out of the configuration's directory"
        self._add(Code.WRONG_SETTING, message, *steps, hint=bounds.HINT)
        return False

    # --- types and keys -----------------------------------------------------------

    def _validate(self) -> Configuration | None:
        try:
            return configuration(self._table)
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False)[:MOST_MISTAKES]:
                self._refuse(error)
        return None

    def _refuse(self, error: ErrorDetails) -> None:
        if error["type"] == "extra_forbidden":
            self._refuse_key(str(error["loc"][-1]))
        else:
            name = _name(error["loc"])
            message, hint = f"{name} {_clause(error)}", _remedy(error)
            self._add(Code.WRONG_SETTING, message, *error["loc"], hint=hint)

    def _refuse_key(self, key: str) -> None:
        near = nearest(key.replace("_", "-").lower(), SETTINGS)
        hint = f"did you mean {shown(near)}?" if near else None
        self._add_at_key(
            Code.UNKNOWN_SETTING, f"{shown(key)} isn't a setting", key, hint=hint
        )

    # --- codes --------------------------------------------------------------------

    def _severities(self) -> dict[str, Severity | None]:
        """Return the severities of the table of codes, without its invalid entries."""
        codes = self._table.get("codes") if isinstance(self._table, dict) else None
        severities: dict[str, Severity | None] = {}
        for slug, severity_name in codes.items() if isinstance(codes, dict) else ():
            if len(self._report.diagnostics) >= MOST_MISTAKES:
                break
            code = self._code(slug)
            if code is not None and severity_name in (SILENT, *Severity):
                severity = (
                    None if severity_name == SILENT else Severity(str(severity_name))
                )
                severities[code.slug] = severity
                self._refuse_fixed(code, severity)
        return severities

    def _code(self, slug: str) -> Code | None:
        code = Code.of(slug)
        if code is None:
            near = nearest(slug, (known.slug for known in Code))
            hint = f"did you mean {shown(near)}?" if near else None
            message = f"{shown(slug)} isn't a diagnostic code"
            self._add_at_key(Code.UNKNOWN_CODE, message, "codes", slug, hint=hint)
        return code

    def _refuse_fixed(self, code: Code, severity: Severity | None) -> None:
        if code.severity is Severity.ERROR and severity is not Severity.ERROR:
            message = f"{shown(code.slug)} is an error, and can't be changed"
            self._add(Code.FIXED_SEVERITY, message, "codes", code.slug)

    # --- places -------------------------------------------------------------------

    @cached_property
    def _places(self) -> Places:
        return Places.of(self._text)

    def _add(
        self, code: Code, message: str, *steps: str | int, hint: str | None = None
    ) -> None:
        span = self._places.closest(self._below(steps)).value
        self._report.add(code, message, span, hint)

    def _add_at_key(
        self, code: Code, message: str, *steps: str | int, hint: str | None = None
    ) -> None:
        span = self._places.closest(self._below(steps)).key
        self._report.add(code, message, span, hint)

    def _below(self, steps: Steps) -> Steps:
        return (*self._steps, *steps)


_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a table",
}


def _name(loc: Steps) -> str:
    """Return the name of a value; an item has the name of its list."""
    names = [step for step in loc if isinstance(step, str)]
    whole = shown(names[-1]) if names else "the configuration"
    return whole if loc == tuple(names) else f"each of {whole}"


def _clause(error: ErrorDetails) -> str:
    if error["type"] == "too_long":
        return f"has more than {error['ctx']['max_length']:,} entries"
    expected = _EXPECTED.get(error["type"])
    return f"must be {expected}" if expected else f"can't be {shown(error['input'])}"


def _remedy(error: ErrorDetails) -> str | None:
    match error:
        case {"type": "list_type", "input": str(text)}:
            return (
                f"write [{text!r}]" if text.isprintable() and len(text) < 60 else None
            )
        case {"type": "too_long"}:
            return "write globs, such as 'specs/*.yaml'"
        case {"ctx": {"expected": expected}}:
            return f"allowed: {expected}"
        case {"ctx": {"ge": least}}:
            return f"allowed: {least} or more"
        case _:
            return None
