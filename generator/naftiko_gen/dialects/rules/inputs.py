"""Rules for the inputs of routes and tools."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.forms import TEXT, Extra
from naftiko_gen.dialects.rewriting import (
    CONSUMES,
    EXPOSES,
    UNITS,
    at,
    mappings,
    rewrite,
    rewrite_all,
)
from naftiko_gen.dialects.rules.parameters import WITHOUT_BODY, write_places
from naftiko_gen.dialects.rules.paths import variables
from naftiko_gen.language.expressions import name_path
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

_PLACES = {
    "body": "body",
    "header": "header",
    "headerParameters": "header",
    "headers": "header",
    "path": "path",
    "pathParameters": "path",
    "query": "query",
    "queryParameters": "query",
}
EXTRAS = (
    Extra(("RestInput",), "mapping", TEXT, "Write the 'with' of the operation."),
    Extra(("ToolInput",), "mapping", TEXT, "Write the 'with' of the tool."),
)
_READS = frozenset({"GET", "HEAD"})

# --- places of inputs --------------------------------------------


@at((*EXPOSES, "resources"))
def input_place(resource: Mapping, report: Report) -> Mapping:
    """Infer the place of route inputs without `in`.

    An input is in the path if the path has a variable of its name. Otherwise the
    input's `mapping` decides, if that place is possible, and else the method: the body
    if it has one, or the query.
    """
    names = variables(resource.text("path") or "")

    def change(operation: Mapping) -> Mapping:
        method = operation.text("method") or "GET"
        return _with_places(report, names, method, operation)

    new_resource = _with_places(report, names, "GET", resource)
    return rewrite(new_resource, ("operations",), change)


def _with_places(
    report: Report, names: list[str], method: str, holder: Mapping
) -> Mapping:
    by_method = "query" if method in WITHOUT_BODY else "body"
    impossible = {"path", "body"} if holder.text("method") in _READS else {"path"}

    def find_place(model: Mapping) -> str:
        source = _MappedInput.of(model)
        if source is None or source.place is None or source.place in impossible:
            return by_method
        return source.place

    return write_places(holder, names, find_place, Code.INPUT_PLACE, report)


# --- mappings of inputs ------------------------------------------


def input_mapping(tree: Mapping, report: Report) -> Mapping:
    """Rewrite the `mapping` of an input as an entry of `with`.

    A mapping names the parameter that the input feeds, and optionally its place.
    Parameters in the path, the query or a header that the operation doesn't mention
    are declared.
    """
    places = _MappedPlaces()

    def change(adapter: Mapping) -> Mapping:
        namespace = adapter.text("namespace")
        if namespace is None:
            return adapter
        for path in UNITS:
            for unit in mappings(adapter, path):
                places.add(unit)
        return rewrite_all(adapter, UNITS, partial(_with_arguments, namespace, report))

    new_tree = rewrite(tree, EXPOSES, change)
    return rewrite(new_tree, CONSUMES, partial(places.declare, report))


@dataclass
class _MappedPlaces:
    """The places of parameters according to inputs' mappings, by called operation."""

    places: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, unit: Mapping) -> None:
        """Add the places from the inputs of a unit."""
        call = unit.text("call")
        for model in unit.items("inputParameters"):
            source = _MappedInput.of(model)
            if call is not None and source is not None and source.place is not None:
                places = self.places.setdefault(call, {})
                places.setdefault(source.target[0], set()).add(source.place)

    def declare(self, report: Report, consumes: Mapping) -> Mapping:
        """Declare the parameters in operations that don't mention them."""
        if not self.places:
            return consumes

        def change(resource: Mapping) -> Mapping:
            names = [
                *variables(resource.text("path") or ""),
                *_declared_names(consumes),
                *_declared_names(resource),
            ]
            namespace = str(consumes.text("namespace"))
            declare = partial(self._declare_missing, report, namespace, names)
            return rewrite(resource, ("operations",), declare)

        return rewrite(consumes, ("resources",), change)

    def _declare_missing(
        self, report: Report, namespace: str, names: list[str], operation: Mapping
    ) -> Mapping:
        """Declare the parameters of an operation that inputs map to a single place."""
        call = f"{namespace}.{operation.text('name')}"
        mentioned_names = set(map(_letters, [*names, *_declared_names(operation)]))
        missing = {
            name: places.pop()
            for name, all_places in self.places.get(call, {}).items()
            if len(places := all_places - {"body"}) == len(all_places) == 1
            and _letters(name) not in mentioned_names
        }
        return _with_parameters(operation, missing, report)


def _letters(name: str) -> str:
    """Return a name without case and punctuation, for comparison."""
    return re.sub(r"[\W_]", "", name).casefold() or name


def _declared_names(holder: Mapping) -> list[str]:
    """Return the names of the parameters that a holder declares."""
    parameters = mappings(holder, ("inputParameters",))
    names = (parameter.text("name") for parameter in parameters)
    return [name for name in names if name is not None]


def _with_parameters(
    operation: Mapping, places: dict[str, str], report: Report
) -> Mapping:
    span = operation.value_span("name")
    for name, place in places.items():
        in_path = place == "path"
        code = Code.UNDECLARED_PATH_VARIABLE if in_path else Code.IMPLICIT_PARAMETER
        report.add(code, f"{quote(name)} isn't declared, so it is in the {place}", span)
    new_items = (
        mapping({"name": Scalar(name, span), "in": Scalar(place, span)}, span)
        for name, place in places.items()
    )
    items = (*operation.items("inputParameters"), *new_items)
    parameters = Sequence(items, operation.value_span("inputParameters"))
    return operation.put("inputParameters", parameters) if places else operation


@dataclass(frozen=True)
class _MappedInput:
    """An input whose `mapping` names a parameter, or a member of a parameter."""

    name: str
    place: str | None
    target: tuple[str, ...]

    @classmethod
    def of(cls, model: Node) -> _MappedInput | None:
        """Parse an input's `mapping`; None if it is missing or has other steps."""
        if not isinstance(model, Mapping):
            return None
        name, text = model.text("name"), model.text("mapping")
        steps = name_path(text) if text is not None else None
        if name is None or steps is None:
            return None
        place = _PLACES.get(steps[0]) if len(steps) > 1 else None
        inside = steps[1:] if place else steps or ("body",)
        is_structured = place in (None, "body")
        return cls(name, place, inside if is_structured else (".".join(inside),))


def _with_arguments(namespace: str, report: Report, unit: Mapping) -> Mapping:
    models = unit.items("inputParameters")
    arguments = unit.get("with") or Mapping((), unit.span)
    if not any(map(_MappedInput.of, models)) or not isinstance(arguments, Mapping):
        return unit
    for model in models:
        source = _MappedInput.of(model)
        if source and isinstance(model, Mapping):
            span = model.value_span("mapping")
            message = f"the input feeds {quote('.'.join(source.target))}"
            report.add(Code.INPUT_MAPPING, message, span)
            reference = Scalar(f"{namespace}.{source.name}", span)
            arguments = _with_argument(arguments, source.target, reference)
    new_unit = rewrite(unit, ("inputParameters",), _without_mapping)
    return new_unit.put("with", arguments)


def _with_argument(
    arguments: Mapping, target: tuple[str, ...], reference: Scalar
) -> Mapping:
    """Add the argument of a parameter or its member, unless it has one already."""
    name, *inside = target
    current = arguments.get(name)
    if not inside:
        return arguments if current else arguments.put(name, reference)
    structure = current or Mapping((), reference.span)
    if not isinstance(structure, Mapping):
        return arguments
    return arguments.put(name, _with_argument(structure, tuple(inside), reference))


def _without_mapping(model: Mapping) -> Mapping:
    return model.drop("mapping") if _MappedInput.of(model) else model


RULES = (input_place, input_mapping)
