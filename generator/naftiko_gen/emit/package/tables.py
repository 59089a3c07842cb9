"""The JSON files of modules: values that are too long to be read as code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from naftiko_gen.emit.files import File
from naftiko_gen.emit.literals import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import DataclassInstance

    from naftiko_gen.diagnostics.span import Plain

_LONGEST = 640
"""The most characters, as JSON, of a value that stands in a module: eight lines."""


def is_long(value: Plain) -> bool:
    """Return whether a value stands in the JSON file of its module."""
    return len(json.dumps(value)) > _LONGEST


@dataclass(frozen=True)
class TableView:
    """The variables of a module's template; `table` is its JSON file, if not empty."""

    table: dict[str, Plain] = field(default_factory=dict, kw_only=True)


def json_file(path: str, document: Plain) -> File:
    """Return a JSON file."""
    return File(path, f"{json_text(document)}\n".encode())


def table_files(
    modules: Iterable[tuple[str, str, DataclassInstance]], directory: str
) -> Iterator[File]:
    """Yield the JSON files of modules that have one."""
    for name, _, view in modules:
        if isinstance(view, TableView) and view.table:
            yield json_file(f"{directory}{name.removesuffix('.py')}.json", view.table)
