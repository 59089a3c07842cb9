"""Rules for the outputs of routes, tools and steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    EXPOSED_ANSWERS,
    at,
    mappings,
    name_of,
    rewrite_all,
    rewrite_parts,
)
from naftiko_gen.language.expressions import json_path, json_path_of
from naftiko_gen.syntax.tree import Entry, Mapping, Node, Scalar, Sequence

_STRUCTURES = ("object", "array")
_KNOWN = frozenset({"properties", "items", "value", "const"})
"""Keys that define the content of an output."""


def opaque_output(tree: Mapping, report: Report) -> Mapping:
    """Drop outputs that are the whole response, which is the default.

    They stay beside other formats than JSON, whose responses they convert.
    """
    formats = (
        node.text("outputRawFormat") for node in mappings(tree, CONSUMED_OPERATIONS)
    )
    if any(name is not None and name.lower() != "json" for name in formats):
        return tree
    change = partial(_without_identity, report)
    return rewrite_all(tree, EXPOSED_ANSWERS, change)


def _without_identity(report: Report, unit: Mapping) -> Mapping:
    match unit.items("outputParameters"):
        case (Mapping() as output,) if _is_identity(output):
            message = "untyped output: the upstream response is returned unchanged"
            report.add(Code.OPAQUE_OUTPUT, message, output.span)
            return unit.drop("outputParameters")
        case _:
            return unit


@at(*EXPOSED_ANSWERS)
def passed_on(unit: Mapping, report: Report) -> Mapping:
    """Report objects and arrays in outputs that declare no parts."""
    for output in unit.items("outputParameters"):
        _note_opaque(output, report)
    return unit


def _note_opaque(output: Node, report: Report) -> None:
    """Report an object or array without parts, at any depth."""
    if not isinstance(output, Mapping):
        return
    if _KNOWN.isdisjoint(entry.key for entry in output.entries):
        if output.text("type") in _STRUCTURES:
            message = f"untyped {output.text('type')}: it is returned unchanged"
            report.add(Code.OPAQUE_OUTPUT, message, output.span)
        return
    parts = [entry.value for entry in output.members("properties")]
    for part in (*parts, output.get("items")):
        if part is not None:
            _note_opaque(part, report)


@at(*EXPOSED_ANSWERS)
def named_outputs(unit: Mapping, report: Report) -> Mapping:
    """Report outputs with names, which are read as the members of one object."""
    outputs = unit.items("outputParameters")
    has_source = "mappings" not in unit and ("call" in unit or "steps" in unit)
    if outputs and has_source and None not in map(name_of, outputs):
        message = "outputs with names are read as the members of one object"
        report.add(Code.NAMED_OUTPUTS, message, outputs[0].span)
    return unit


def _is_identity(output: Mapping) -> bool:
    kind, path = output.get("type"), output.get("mapping")
    return (
        {entry.key for entry in output.entries} == {"type", "mapping"}
        and kind is not None
        and kind.plain() in _STRUCTURES
        and isinstance(path, Scalar)
        and json_path(str(path.value)) == ()
    )


_FUNCTIONS = ("capability", "aggregates", "functions")


@at(*EXPOSED_ANSWERS, _FUNCTIONS)
def listed_items(unit: Mapping, _: Report) -> Mapping:
    """Read a list of named `items` as the properties of an object."""
    outputs = unit.get("outputParameters")
    if "steps" not in unit or not isinstance(outputs, Sequence):
        return unit
    return unit.put("outputParameters", _with_properties(outputs))


def _with_properties(node: Node) -> Node:
    def of_items(items: Node) -> Node:
        item = _item(items) if isinstance(items, Sequence) else items
        return _with_properties(item)

    match node:
        case Sequence():
            return node.with_items(map(_with_properties, node.items))
        case Mapping():
            return rewrite_parts(node, lambda _, part: _with_properties(part), of_items)
        case Scalar():
            return node


def _item(items: Sequence) -> Node:
    """Return the item that a list describes: an object, or a single type."""
    match items.items:
        case (Mapping() as only,) if "name" not in only:
            return only
        case _:
            members = Mapping(tuple(_members(items)), items.span)
            kind = Entry("type", items.span, Scalar("object", items.span))
            properties = Entry("properties", items.span, members)
            return Mapping((kind, properties), items.span)


def _members(items: Sequence) -> Iterator[Entry]:
    for item in items.items:
        name = item.entry("name") if isinstance(item, Mapping) else None
        if name is not None:
            yield Entry(str(name.value.plain()), name.span, item)


_SOURCES = ("mapping", "value", "const")
"""Keys that define where an output comes from."""


@at(*EXPOSED_ANSWERS)
def unmapped_output(unit: Mapping, report: Report) -> Mapping:
    """Read an output without a mapping as the member of its name."""
    items = unit.get("outputParameters")
    # Outputs of mocks have no source; those of mappings are types of members.
    has_source = "call" in unit or "steps" in unit
    if not has_source or not isinstance(items, Sequence):
        return unit
    outputs = _Outputs(None if "mappings" in unit else report)
    new_items = items.with_items(map(outputs.add_mapping, items.items))
    return unit if new_items is items else unit.put("outputParameters", new_items)


@dataclass(frozen=True)
class _Outputs:
    """Writer of missing mappings."""

    report: Report | None
    """None for outputs that mappings feed."""

    def add_mapping(self, output: Node) -> Node:
        """Return an output of a unit; one with a name gets its mapping."""
        name = name_of(output)
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


RULES = (listed_items, opaque_output, unmapped_output, passed_on, named_outputs)
