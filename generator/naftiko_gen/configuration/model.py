"""The keys of a configuration, and their validation.

It uses pydantic's core alone. Models take several times as long to import and to build,
and each run in a repository with a configuration would wait for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from naftiko_gen.configuration.options import (
    MAX_TOOL_TOKENS,
    MAX_TOOLS,
    Delivery,
    Layout,
)
from naftiko_gen.diagnostics.codes import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.span import Plain

SILENT = "silent"
MOST_SPECS = 1_000
"""The limit of entries in `specs`: each may be a glob, which walks directories."""


@dataclass(frozen=True)
class Configuration:
    """The keys of a configuration, with their defaults."""

    specs: Sequence[str] = ()
    output: str = "generated"
    layout: str = Layout.PROJECT.value
    runtime: str = Delivery.VENDORED.value
    api_docs: bool = False
    strict: bool = False
    skip_unresolved: bool = False
    import_root: str | None = None
    jobs: int | None = None
    max_tools: int = MAX_TOOLS
    max_tool_tokens: int = MAX_TOOL_TOKENS
    codes: Mapping[str, str] = field(default_factory=dict)


def configuration(table: Plain) -> Configuration:
    """Return the configuration that a table holds.

    Raises:
        ValidationError: The table isn't a valid configuration.
    """
    valid = _VALIDATOR.validate_python(table, strict=True)
    return Configuration(**{name.replace("-", "_"): valid[name] for name in valid})


def _possible(path: str) -> str:
    if not path or "\0" in path:
        raise PydanticCustomError("path", "the path isn't valid")
    return path


_PATH = core_schema.no_info_after_validator_function(
    _possible, core_schema.str_schema()
)
_LAYOUT = core_schema.literal_schema([layout.value for layout in Layout])
_RUNTIME = core_schema.literal_schema([delivery.value for delivery in Delivery])
_SEVERITY = core_schema.literal_schema(
    [*(severity.value for severity in Severity), SILENT]
)
_SCHEMAS = {
    "specs": core_schema.list_schema(_PATH, max_length=MOST_SPECS, fail_fast=True),
    "output": _PATH,
    "layout": _LAYOUT,
    "runtime": _RUNTIME,
    "api-docs": core_schema.bool_schema(),
    "strict": core_schema.bool_schema(),
    "skip-unresolved": core_schema.bool_schema(),
    "import-root": _PATH,
    "jobs": core_schema.int_schema(ge=1),
    "max-tools": core_schema.int_schema(ge=1),
    "max-tool-tokens": core_schema.int_schema(ge=1),
    "codes": core_schema.dict_schema(core_schema.str_schema(), _SEVERITY),
}
SETTINGS = tuple(_SCHEMAS)

_VALIDATOR = SchemaValidator(
    core_schema.typed_dict_schema(
        {
            name: core_schema.typed_dict_field(schema, required=False)
            for name, schema in _SCHEMAS.items()
        },
        extra_behavior="forbid",
    )
)
