"""The model of a configuration: its keys, the types of their values, and its paths.

It uses pydantic's core. Importing pydantic and building a class of it takes 60 ms more,
and each run in a repository with a configuration would wait for that.
"""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    SchemaValidator,
    ValidationError,
    core_schema,
)

from naftiko_gen.configuration.document import ConfigurationError, Document, is_inside
from naftiko_gen.configuration.options import (
    EVERY_ADAPTER,
    LARGEST_RESULT,
    LEAST_RESULT,
    LONGEST,
    OUTPUT,
    SHORTEST,
    Delivery,
    Layout,
    Options,
    Settings,
    Surface,
)
from naftiko_gen.configuration.places import Place, Places, Steps
from naftiko_gen.diagnostics import Code, Plain, Report, Severity, nearest, quote
from naftiko_gen.syntax import globs
from naftiko_gen.syntax.files import kind, question

SILENT = "silent"
MOST_SPECS = 1_000
"""The limit of entries in `specs`: each may be a glob, which walks directories."""
MOST_FAULTS = 20
"""The limit of faults that are reported at once."""


def _table(schemas: Mapping[str, CoreSchema]) -> CoreSchema:
    fields = {
        name: core_schema.typed_dict_field(schema, required=False)
        for name, schema in schemas.items()
    }
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid")


_PATH = core_schema.str_schema(min_length=1, pattern=r"^[^\x00]*$")
_SWITCH = core_schema.bool_schema(strict=True)
_COUNT = core_schema.int_schema(strict=True, ge=1)
_LENGTH = core_schema.int_schema(strict=True, ge=SHORTEST, le=LONGEST)
_BYTES = core_schema.int_schema(strict=True, ge=LEAST_RESULT, le=LARGEST_RESULT)
_SEVERITY = core_schema.literal_schema([*(level.value for level in Severity), SILENT])
_FIXED = core_schema.literal_schema([Severity.ERROR.value])
_CODES = {
    code.slug: _FIXED if code.severity is Severity.ERROR else _SEVERITY for code in Code
}
_SURFACE = core_schema.enum_schema(Surface, list(Surface))
_SETTINGS = {
    "specs": core_schema.list_schema(_PATH, max_length=MOST_SPECS, fail_fast=True),
    "output": _PATH,
    "layout": core_schema.enum_schema(Layout, list(Layout)),
    "runtime": core_schema.enum_schema(Delivery, list(Delivery)),
    "api-docs": _SWITCH,
    "strict": _SWITCH,
    "skip-unresolved": _SWITCH,
    "import-root": _PATH,
    "jobs": _COUNT,
    "max-tools": _COUNT,
    "max-tool-tokens": _COUNT,
    "surface": core_schema.dict_schema(core_schema.str_schema(), _SURFACE),
    "max-description": _LENGTH,
    "max-result": _BYTES,
    "codes": _table(_CODES),
}
_VALIDATOR = SchemaValidator(_table(_SETTINGS))

_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a table",
}
_CONFINED = "name one in it; with `--config FILE` a configuration may name others"


def read(
    document: Document, *, wants_specs: bool, overrides: Collection[str] = ()
) -> Settings:
    """Return the settings of a configuration; its paths start at its directory.

    They stay in it, with links followed, unless the user has named the configuration.
    With `wants_specs`, it has to name at least one. `overrides` are the settings that
    the command line overrides; their paths may be anywhere.

    Raises:
        ConfigurationError: The configuration has errors.
    """
    reader = _Reader(document, overrides, Report(str(document.file)))
    settings = reader.read(wants_specs=wants_specs)
    if reader.report.has_errors:
        raise reader.error()
    return settings


@dataclass(frozen=True)
class _Reader:
    """Reads a configuration, and reports each fault at its place."""

    document: Document
    overrides: Collection[str]
    report: Report

    def read(self, *, wants_specs: bool) -> Settings:
        """Return the settings, and report unusable ones."""
        values = self._validate()
        jobs, patterns = values.pop("jobs", None), values.pop("specs", ())
        values["import_root"] = self._import_root(values.get("import_root"))
        values["output"] = self._output(values.get("output", OUTPUT))
        specs = self._specs(patterns) if wants_specs else ()
        # Another fault may be the reason that no file matches.
        if wants_specs and not specs and not self.report.has_errors:
            self._report_missing(patterns)
        return Settings(self.document.file, specs, Options(**values), jobs)

    def error(self) -> ConfigurationError:
        """Return the error that carries all faults."""
        sources = {str(self.document.file): self.document.text.encode()}
        return ConfigurationError(tuple(self.report.diagnostics), sources)

    # --- keys and types -----------------------------------------------------------

    def _validate(self) -> dict[str, Any]:
        """Return the settings by the names of options; refuse invalid ones."""
        try:
            valid = _VALIDATOR.validate_python(_spelt_out(self.document.settings))
        except ValidationError as invalid:
            for error in invalid.errors(include_url=False)[:MOST_FAULTS]:
                self._report_invalid(error)
            raise self.error() from None
        severities = {
            slug: None if name == SILENT else Severity(name)
            for slug, name in valid.pop("codes", {}).items()
        }
        surfaces = valid.pop("surface", {})
        options = {name.replace("-", "_"): value for name, value in valid.items()}
        return {**options, "severities": severities, "surfaces": surfaces}

    def _report_invalid(self, error: ErrorDetails) -> None:
        match error:
            case {"type": "extra_forbidden", "loc": (str(key),)}:
                self._report_key(key, _SETTINGS)
            case {"type": "extra_forbidden", "loc": (str(table), str(key))}:
                self._report_key(key, _CODES, table)
            case {"loc": ("codes", str(slug))} if _CODES[slug] is _FIXED:
                message = f"{quote(slug)} is an error, and can't be changed"
                self._add(message, *error["loc"], code=Code.FIXED_SEVERITY)
            case _:
                message = f"{_name(error['loc'])} {_clause(error)}"
                self._add(message, *error["loc"], hint=_remedy(error))

    def _report_key(self, key: str, names: Collection[str], *table: str) -> None:
        """Report an unknown setting, or in a table an unknown code."""
        near = nearest(key.replace("_", "-").lower(), names)
        hint = f"did you mean {quote(near)}?" if near else None
        code = Code.UNKNOWN_CODE if table else Code.UNKNOWN_SETTING
        noun = "diagnostic code" if table else "setting"
        span = self._place(*table, key).key
        self.report.add(code, f"{quote(key)} isn't a {noun}", span, hint)

    # --- paths --------------------------------------------------------------------

    def _output(self, path: str | Path) -> Path:
        """Return the output directory; no link of a repository may lead to it."""
        output = self._base / path
        if not self._is_confined or "output" in self.overrides:
            return output
        if self._stays_inside(output, str(path), "output"):
            for link in filter(_is_link, _steps(self._base, output)):
                message = f"{quote(str(link))} is a link, and no output goes through it"
                self._add(message, "output", hint=_CONFINED)
                break
        return output

    def _import_root(self, path: str | None) -> Path | None:
        """Return the directory that imports stay in, if there is one."""
        if path is None:
            return None
        root = self._base / path
        if kind(root) != stat.S_IFDIR:
            self._add(f"{quote(str(root))} isn't a directory", "import-root")
        if "import_root" not in self.overrides:
            self._stays_inside(root, path, "import-root")
        return root

    def _specs(self, patterns: Sequence[str]) -> tuple[Path, ...]:
        """Return the files that the patterns match, each once."""
        matches = (
            spec
            for index, pattern in enumerate(patterns)
            for spec in self._matches(index, pattern)
        )
        return tuple(dict.fromkeys(matches))

    def _report_missing(self, patterns: Sequence[str]) -> None:
        """Report that no file matches; a hint suggests another path."""
        names = ", ".join(map(quote, patterns))
        message = f"no file matches {names}" if names else "no specs are named"
        hint = next((question(self._base / pattern) for pattern in patterns), None)
        self._add(message, "specs", code=Code.NO_SPECS, hint=hint)

    def _matches(self, index: int, pattern: str) -> Iterator[Path]:
        start = self._base / globs.fixed_part(pattern)
        if self._stays_inside(start, pattern, "specs", index):
            for spec in self._match(index, pattern):
                if self._stays_inside(spec, str(spec), "specs", index):
                    yield spec

    def _match(self, index: int, pattern: str) -> Sequence[Path]:
        limit = self._base.resolve() if self._is_confined else None
        try:
            return globs.matching(self._base, pattern, limit)
        except globs.TooManyFilesError:
            message = f"{quote(pattern)} covers more than {globs.LIMIT:,} files"
        except OSError as failure:
            message = f"{quote(pattern)} can't be searched for: {failure.strerror}"
        except ValueError:
            message = f"{quote(pattern)} isn't a valid glob"
        self._add(message, "specs", index)
        return []

    def _stays_inside(self, place: Path, path: str, *steps: str | int) -> bool:
        """Return whether a path may be used; report one that leads out."""
        if not self._is_confined or is_inside(self._base, place):
            return True
        message = f"{quote(path)} leads out of the configuration's directory"
        self._add(message, *steps, hint=_CONFINED)
        return False

    @property
    def _base(self) -> Path:
        return self.document.file.parent

    @property
    def _is_confined(self) -> bool:
        return not self.document.is_named

    # --- places -------------------------------------------------------------------

    def _add(
        self,
        message: str,
        *steps: str | int,
        code: Code = Code.WRONG_SETTING,
        hint: str | None = None,
    ) -> None:
        """Add a fault of the value at the end of these steps into the settings."""
        self.report.add(code, message, self._place(*steps).value, hint)

    def _place(self, *steps: str | int) -> Place:
        return self._places.closest((*self.document.table, *steps))

    @cached_property
    def _places(self) -> Places:
        return Places(self.document.text)


def _is_link(path: Path) -> bool:
    return kind(path, follows=False) == stat.S_IFLNK


def _steps(base: Path, path: Path) -> Iterator[Path]:
    """Yield the directories on the way from one to a path, as they are typed."""
    step = base
    for name in path.parts[len(base.parts) :]:
        step /= name
        yield step


def _spelt_out(settings: Plain) -> Plain:
    """Return settings in which a surface without a table is that of all adapters."""
    if not isinstance(settings, dict) or isinstance(settings.get("surface", {}), dict):
        return settings
    return {**settings, "surface": {EVERY_ADAPTER: settings["surface"]}}


def _name(loc: Steps) -> str:
    """Return the name of a value; an item has the name of its list."""
    loc = tuple(step for step in loc if step != EVERY_ADAPTER)
    names = [step for step in loc if isinstance(step, str)]
    name = quote(names[-1]) if names else "the configuration"
    return name if loc == tuple(names) else f"each of {name}"


def _clause(error: ErrorDetails) -> str:
    if error["type"] == "too_long":
        return f"has more than {error['ctx']['max_length']:,} entries"
    if expectation := _EXPECTED.get(error["type"]):
        return f"must be {expectation}"
    match error["input"]:
        case dict():
            return "can't be a table"
        case list():
            return "can't be a list"
        case value:
            return f"can't be {quote(value)}"


def _remedy(error: ErrorDetails) -> str | None:
    match error:
        case {"type": "list_type", "input": str(text)}:
            return (
                f"write [{text!r}]" if text.isprintable() and len(text) < 60 else None
            )
        case {"type": "too_long"}:
            return "write globs, such as 'specs/*.yaml'"
        case {"ctx": {"expected": values}}:
            return f"allowed: {values}"
        case {"type": "less_than_equal", "ctx": {"le": most}}:
            return f"allowed: {most} or less"
        case {"ctx": {"ge": least}}:
            return f"allowed: {least} or more"
        case _:
            return None
