"""Tools whose own name, or that of an argument, MCP clients refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.resolve.exposed.aliases import LONGEST_ARGUMENT, aliases
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.tree import Mapping, Sequence, walk_scalars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingABC

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.resolve.units import Unit
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading


def client_names(reading: Reading, span: Span) -> Proposal | None:
    """Call a tool and its arguments as clients do, and say what that stands for."""
    place = reading.places.scalars.get(point(span))
    typed = place.mapping if place else None
    found = reading.meaning.origins.exposed_at(typed.span) if typed else None
    if typed is None or found is None or not isinstance(found[1], ir.Tool):
        return None
    unit, tool = found
    fed_by = ir.called_parameters(tool.implementation)
    parameters = [parameter.name for parameter in fed_by]
    declared = [each.name for each in unit.inputs]
    every = aliases(dict.fromkeys((*declared, *parameters)), LONGEST_ARGUMENT)
    names = {name: alias for name, alias in every.items() if name in declared}
    fed = {name: alias for name, alias in names.items() if name in parameters}
    described = typed.entry("description")
    parts = [
        reading.with_text(typed, described, tool.description) if described else None,
        *_called(reading, typed, unit, tool.name),
        *_inputs(reading, typed, names),
        *_references(reading, typed, unit, names),
        *_arguments(reading, typed, unit, fed),
    ]
    edits = tuple(edit for part in parts if part for edit in part)
    return edits if all(parts) else None


_HOLE = re.compile(r"\{\{([^{}]*)\}\}")


# --- the tool --------------------------------------------------------------------


def _called(
    reading: Reading, typed: Mapping, unit: Unit, name: str
) -> Iterator[Proposal | None]:
    """Yield the tool's name, wherever it stands, if it has to change."""
    own = typed.value_span("name")
    if typed.text("name") == name:
        return
    yield reading.respelt(own, name)
    for place in reading.places.mappings.values():
        source = place.node
        if isinstance(source, Mapping) and _names(source, unit):
            yield reading.respelt(source.value_span("action"), name)


def _names(source: Mapping, unit: Unit) -> bool:
    """Say whether a skill refers to a tool there."""
    is_in_adapter = source.text("sourceNamespace") == unit.namespace
    return is_in_adapter and source.text("action") == unit.model.name


# --- its arguments ---------------------------------------------------------------


def _inputs(
    reading: Reading, typed: Mapping, names: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield the names of declared inputs."""
    held = typed.get("inputParameters")
    for each in held.items if isinstance(held, Sequence) else ():
        name = each.text("name") if isinstance(each, Mapping) else None
        if isinstance(each, Mapping) and name is not None and name in names:
            yield reading.respelt(each.value_span("name"), names[name])


def _references(
    reading: Reading, typed: Mapping, unit: Unit, names: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield the texts that refer to them, or that are templates of them."""
    arguments = typed.get("with")
    for scalar in walk_scalars(arguments) if arguments else ():
        text = scalar.value
        if not isinstance(text, str):
            continue
        spelling = _spelt(text, unit, names)
        if spelling != text:
            yield reading.respelt(scalar.span, spelling)


def _spelt(text: str, unit: Unit, names: MappingABC[str, str]) -> str:
    name = unit.reference(text)
    if name is not None:
        return text.removesuffix(name) + names.get(name, name)

    def filled(hole: re.Match[str]) -> str:
        inner = hole[1].strip()
        name = next((n for n in names if f".{inner}".endswith(f".{n}")), None)
        if name is None:
            return hole[0]
        return f"{{{{{inner.removesuffix(name)}{names[name]}}}}}"

    return _HOLE.sub(filled, text)


def _arguments(
    reading: Reading, typed: Mapping, unit: Unit, fed: MappingABC[str, str]
) -> Iterator[Proposal | None]:
    """Yield what feeds the parameters that inputs of their own name have fed so far."""
    fields: Fields = {
        name: f"{unit.namespace}.{alias}"
        for name, alias in fed.items()
        if unit.given(name) is None
    }
    if fields:
        yield reading.with_arguments(typed, fields)
