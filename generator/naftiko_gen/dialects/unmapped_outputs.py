"""The rule for outputs with a name and without a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.output_parts import rewrite_parts
from naftiko_gen.dialects.rewriting import EXPOSED_ANSWERS, rewrite_all
from naftiko_gen.language.expressions import json_path_of
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.report import Report

_SOURCES = ("mapping", "value", "const")
"""Keys that define where an output comes from."""


def unmapped_output(tree: Mapping, report: Report) -> Mapping:
    """Read an output without a mapping as the member of its name."""

    def change(unit: Mapping) -> Mapping:
        items = unit.get("outputParameters")
        # Outputs of mocks have no source; those of mappings are types of members.
        has_source = "call" in unit or "steps" in unit
        if not has_source or not isinstance(items, Sequence):
            return unit
        outputs = _Outputs(None if "mappings" in unit else report)
        new_items = items.with_items(map(outputs.add_mapping, items.items))
        return unit if new_items is items else unit.put("outputParameters", new_items)

    return rewrite_all(tree, EXPOSED_ANSWERS, change)


@dataclass(frozen=True)
class _Outputs:
    """Writer of missing mappings."""

    report: Report | None
    """None for outputs that mappings feed."""

    def add_mapping(self, output: Node) -> Node:
        """Return an output of a unit; one with a name gets its mapping."""
        name = output.text("name") if isinstance(output, Mapping) else None
        return self._inside(output) if name is None else self._member(name, output)

    def _member(self, name: str, output: Node) -> Node:
        inside = self._inside(output)
        if not isinstance(output, Mapping) or not isinstance(inside, Mapping):
            return inside
        if not _is_unmapped(output):
            return inside
        path = json_path_of([name])
        if self.report is not None:
            message = f"this output has no mapping: it is read as {quote(path)}"
            self.report.add(Code.UNMAPPED_OUTPUT, message, inside.span)
        return inside.put("mapping", Scalar(path, inside.span))

    def _inside(self, output: Node) -> Node:
        """Return an output with mappings for its properties and items."""
        if not isinstance(output, Mapping):
            return output
        return rewrite_parts(output, self._member, self._inside)


def _is_unmapped(output: Mapping) -> bool:
    """Return whether an output needs the member of its name.

    An object doesn't if a property has a mapping, which starts where the enclosing
    object does, or if all properties are constants.
    """
    keys = [_source(part) for part in _parts(output)]
    return None in keys and "mapping" not in keys


def _parts(output: Node) -> Iterator[Mapping]:
    """Yield an output itself or, of an object, the properties at any depth."""
    if not isinstance(output, Mapping):
        return
    properties = output.get("properties")
    if _source(output) is not None or not isinstance(properties, Mapping):
        yield output
    else:
        for entry in properties.entries:
            yield from _parts(entry.value)


def _source(output: Mapping) -> str | None:
    """Return the key that defines where an output comes from, None without one."""
    return next((key for key in _SOURCES if key in output), None)
