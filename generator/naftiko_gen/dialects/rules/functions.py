"""The rule for functions of aggregates, which routes and tools refer to by `ref`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote, suggestion
from naftiko_gen.dialects.rewriting import (
    CONSUMES,
    EXPOSES,
    UNITS,
    mappings,
    name_of,
    rewrite,
    rewrite_entries,
    rewrite_scalars,
)
from naftiko_gen.language.expressions import Placeholder, template
from naftiko_gen.language.models import SHARED
from naftiko_gen.syntax.tree import (
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    walk,
    walk_scalars,
)

_AGGREGATES = ("capability", "aggregates")
_WORK = ("call", "steps", "mappings")
"""Keys of a function that say how it produces its answer."""
_VALUES_OF = {
    "steps": ("with", "lookupValue"),
    "mappings": ("value",),
    "outputParameters": ("value",),
}
"""The keys of values that may refer to inputs, by the part of a function."""
_REFERRING = {key for keys in _VALUES_OF.values() for key in keys}
"""Keys whose values may refer to inputs and steps."""
_RESTRICTIONS = (
    *("enum", "pattern", "items", "properties", "additionalProperties", "default"),
    *("format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems"),
    *("anyOf", "oneOf", "apiDefault", "example", "check"),
)
"""Keys of a function's input that inputs of routes take over, with its type."""
_INHERITED = ("name", "description", "outputMediaType", "onMismatch", *_WORK)
_REPLACED = frozenset({"name", "description", "outputParameters"})
"""Parts of a function that a unit's own ones replace."""
_SEMANTICS = {
    ("safe", True): (("readOnly", True), ("destructive", False)),
    ("safe", False): (("readOnly", False),),
    ("idempotent", True): (("idempotent", True),),
    ("idempotent", False): (("idempotent", False),),
}
"""The hints that follow from each semantics."""


def function_reference(tree: Mapping, report: Report) -> Mapping:
    """Give each route and tool with a `ref` the parts of that function.

    An operation without a description gets that of the first function that calls it.
    """
    functions = declared_functions(tree, report)
    tree = _describe_operations(tree, functions)

    def change(adapter: Mapping) -> Mapping:
        for path in UNITS:
            is_tool = path == ("tools",)
            merge = partial(
                _merge_function, functions, adapter, report, is_tool=is_tool
            )
            adapter = rewrite(adapter, path, merge)
        return adapter

    return rewrite(tree, EXPOSES, change)


@dataclass(frozen=True)
class Function:
    """A function, and the namespace of its aggregate."""

    namespace: str
    node: Mapping

    @property
    def inputs(self) -> tuple[Node, ...]:
        """Return the declared inputs."""
        return self.node.items("inputParameters")

    @property
    def input_names(self) -> frozenset[str]:
        """Return the names of the declared inputs."""
        return frozenset(filter(None, map(name_of, self.inputs)))


def declared_functions(tree: Mapping, report: Report) -> dict[str, Function]:
    """Return the functions by the texts that refer to them; the first one counts."""
    functions: dict[str, Function] = {}
    for aggregate in mappings(tree, _AGGREGATES):
        namespace = aggregate.text("namespace") or ""
        for node in mappings(aggregate, ("functions",)):
            name = f"{namespace}.{node.text('name')}"
            if name in functions:
                message = f"the function {quote(name)} is declared twice"
                report.add(Code.DUPLICATE_FUNCTION, message, node.value_span("name"))
            functions.setdefault(name, Function(namespace, node))
    return functions


def _describe_operations(tree: Mapping, functions: dict[str, Function]) -> Mapping:
    descriptions: dict[str, Node] = {}
    for function in functions.values():
        call, description = (function.node.get(k) for k in ("call", "description"))
        if isinstance(call, Scalar) and description is not None:
            descriptions.setdefault(str(call.value), description)

    def change(api: Mapping) -> Mapping:
        def describe(operation: Mapping) -> Mapping:
            name = f"{api.text('namespace')}.{operation.text('name')}"
            description = descriptions.get(name)
            if description is None or "description" in operation:
                return operation
            return operation.put("description", description)

        return rewrite(api, ("resources", "operations"), describe)

    return rewrite(tree, CONSUMES, change) if descriptions else tree


def _merge_function(
    functions: dict[str, Function],
    adapter: Mapping,
    report: Report,
    unit: Mapping,
    *,
    is_tool: bool,
) -> Mapping:
    reference = unit.text("ref")
    if reference is None:
        return unit
    function = functions.get(reference)
    if function is None:
        hint = suggestion(reference, functions)
        message = f"no aggregate has the function {quote(reference)}"
        report.add(Code.UNKNOWN_FUNCTION, message, unit.value_span("ref"), hint)
        return unit.put("name", unit.get("name") or Scalar(reference, unit.span))
    own = next((key for key in _WORK if key in unit), None)
    if own is not None:
        message = f"'ref' and {quote(own)} exclude each other"
        report.add(Code.MIXED_STEPS, message, unit.key_span(own))
    return _Merge(function, adapter, unit, report).apply(is_tool=is_tool)


@dataclass(frozen=True)
class _Merge:
    """A unit that gets the parts of a function."""

    function: Function
    adapter: Mapping
    unit: Mapping
    report: Report

    def apply(self, *, is_tool: bool) -> Mapping:
        own = {entry.key: entry for entry in self.unit.entries}
        entries = {entry.key: entry for entry in self._inherited_parts(own)}
        self._report_unused()
        own.pop("with", None)
        if is_tool:
            entries |= {entry.key: entry for entry in self._of_tool(own)}
        else:
            own |= {entry.key: entry for entry in self._of_route(own)}
        own.pop("ref")
        return self.unit.with_entries({**own, **entries}.values())

    def _inherited_parts(self, own: dict[str, Entry]) -> Iterator[Entry]:
        """Yield the function's parts that the unit gets, with the unit's arguments."""
        for key in (*_INHERITED, "outputParameters"):
            part = self.function.node.entry(key)
            if part is not None and not (key in _REPLACED and key in own):
                yield self._rewrite_part(part)
        arguments = self._arguments()
        if arguments is not None:
            yield arguments

    def _of_route(self, own: dict[str, Entry]) -> Iterator[Entry]:
        """Yield the inputs of a route with the function's restrictions."""
        inputs, span = own.get("inputParameters"), self.unit.value_span("ref")
        if inputs is not None and isinstance(inputs.value, Sequence):
            items = map(self._with_limits, inputs.value)
            yield inputs.with_value(inputs.value.with_items(items))
        others = tuple(self._undeclared_inputs())
        if others:
            yield Entry(SHARED, span, Sequence(others, span))

    def _of_tool(self, own: dict[str, Entry]) -> Iterator[Entry]:
        """Yield the inputs and the hints that a tool inherits."""
        inputs = self.function.node.entry("inputParameters")
        if inputs is not None and "inputParameters" not in own:
            values = self._passed_values
            free = tuple(i for i in self.function.inputs if name_of(i) not in values)
            yield inputs.with_value(Sequence(free, inputs.value.span))
        hints_of_tool = (
            own["hints"].value if "hints" in own else Mapping((), self.unit.span)
        )
        # Another value than a mapping stays, so that it is reported.
        if isinstance(hints_of_tool, Mapping) and (
            hints := tuple(_hints(self.function.node, hints_of_tool))
        ):
            yield Entry("hints", hints_of_tool.span, Mapping(hints, hints_of_tool.span))

    def _with_limits(self, own: Node) -> Node:
        for model in self.function.inputs:
            if (
                isinstance(own, Mapping)
                and isinstance(model, Mapping)
                and self._route_name(model.text("name") or "") == own.text("name")
                and any(key in model for key in _RESTRICTIONS)
            ):
                keys = [k for k in ("type", *_RESTRICTIONS) if k not in own]
                limits = (entry for entry in map(model.entry, keys) if entry)
                return own.with_entries((*own.entries, *limits))
        return own

    def _undeclared_inputs(self) -> Iterator[Mapping]:
        """Yield the inputs that a route doesn't declare, by its names for them."""
        names = {"", *map(name_of, self.unit.items("inputParameters"))}
        for node in self.function.inputs:
            name = self._route_name(name_of(node) or "")
            if isinstance(node, Mapping) and name not in names:
                yield node.put("name", Scalar(name, node.value_span("name")))

    def _route_name(self, name: str) -> str:
        """Return the route's name of an input, an empty text if it passes a value."""
        argument = self._passed_values.get(name)
        if argument is None:
            return name
        text = argument.value if isinstance(argument, Scalar) else None
        own = f"{self.adapter.text('namespace')}."
        if not isinstance(text, str):
            return ""
        bare = text.removeprefix("$this.")
        if bare.startswith(own):
            return bare.removeprefix(own)
        match template(text):
            case (Placeholder(name=reference),):
                return reference.removeprefix(own)
            case _:
                return ""

    # --- arguments ---

    @property
    def _passed_values(self) -> dict[str, Node]:
        """Return the values that the unit passes to inputs of the function."""
        return {entry.key: entry.value for entry in self.unit.members("with")}

    def _arguments(self) -> Entry | None:
        """Return the `with` of the function, and values for its other inputs."""
        function = self.function.node
        own, entries = function.entry("with"), function.members("with")
        if "call" not in function:
            return None
        by_key = {e.key: e.with_value(self._value(e.value)) for e in entries}
        mentioned_names = {name for e in entries for name in self._mentions(e.value)}
        for entry in self.unit.members("with"):
            if entry.key not in mentioned_names:
                by_key.setdefault(entry.key, entry)
        span = (own or self.unit.entry("with") or self.unit.entries[0]).span
        arguments = Mapping(tuple(by_key.values()), span)
        return Entry("with", span, arguments) if by_key else None

    def _report_unused(self) -> None:
        """Report values to which no step or output refers; a call sends all values."""
        used_names = set(self._used_names())
        name = f"{self.function.namespace}.{self.function.node.text('name')}"
        is_call = "call" in self.function.node
        for entry in () if is_call else self.unit.members("with"):
            if entry.key not in used_names:
                message = f"{quote(name)} refers to no input {quote(entry.key)}"
                hint = suggestion(entry.key, self.function.input_names)
                self.report.add(Code.UNUSED_ARGUMENT, message, entry.span, hint)

    def _used_names(self) -> Iterator[str]:
        """Yield the names to which steps, mappings and outputs refer."""
        for key in ("steps", "mappings", "outputParameters"):
            part = self.function.node.get(key)
            for value in _values(part) if part is not None else ():
                for name in self._mentions(value):
                    yield name.removeprefix(f"{self.function.namespace}.")

    def _mentions(self, node: Node) -> Iterator[str]:
        """Yield the names of the placeholders in a value."""
        for scalar in walk_scalars(node):
            if isinstance(scalar.value, str):
                pieces = template(self._as_placeholder(scalar.value))
                yield from (p.name for p in pieces if isinstance(p, Placeholder))

    # --- values ---

    def _rewrite_part(self, entry: Entry) -> Entry:
        """Return a part of the function in which values refer to the unit's inputs."""
        keys = _VALUES_OF.get(entry.key, ())

        def change(part: Entry) -> Entry:
            is_value = part.key in keys
            return part.with_value(self._value(part.value)) if is_value else part

        [new_entry] = rewrite_entries(
            Mapping((entry,), entry.span),
            change,
            enter=lambda part: part.key not in keys,
        ).entries
        return new_entry

    def _value(self, node: Node) -> Node:
        if isinstance(node, Scalar) and isinstance(node.value, str):
            match template(self._as_placeholder(node.value)):
                case (Placeholder(name=name),) if name in self._passed_values:
                    return self._passed_values[name]
                case _:
                    pass
        if isinstance(node, Mapping):
            return node.with_entries(
                e.with_value(self._value(e.value)) for e in node.entries
            )
        return rewrite_scalars(node, self._scalar)

    def _scalar(self, scalar: Scalar) -> Scalar:
        if not isinstance(scalar.value, str):
            return scalar
        if scalar.value in self.function.input_names:
            spelling = f"{{{{{scalar.value}}}}}"
            message = f"{quote(scalar.value)} is read as {quote(spelling)}"
            self.report.add_first(
                Code.BARE_REFERENCE, message, scalar.span, scalar.span
            )
        text = "".join(map(self._piece, template(self._as_placeholder(scalar.value))))
        return scalar if text == scalar.value else Scalar(text, scalar.span)

    def _as_placeholder(self, text: str) -> str:
        """Return a reference to an input or step of the function as a placeholder."""
        prefix = f"{self.function.namespace}."
        if text in self.function.input_names:
            return f"{{{{{text}}}}}"
        is_reference = text.startswith(prefix) and text != prefix and " " not in text
        return f"{{{{{text.removeprefix(prefix)}}}}}" if is_reference else text

    def _piece(self, piece: str | Placeholder) -> str:
        if isinstance(piece, str):
            return piece
        prefix = f"{self.function.namespace}."
        name = piece.name.removeprefix(prefix)
        argument = self._passed_values.get(name)
        if argument is None:
            return f"{{{{{name}}}}}"
        text = str(argument.plain())
        own = f"{self.adapter.text('namespace')}."
        return f"{{{{{text.removeprefix(own)}}}}}" if text.startswith(own) else text


def _values(node: Node) -> Iterator[Node]:
    """Yield the values of a function's parts that may refer to inputs."""
    for part in walk(node, enter=lambda entry: entry.key not in _REFERRING):
        if isinstance(part, Entry) and part.key in _REFERRING:
            yield part.value


def _hints(function: Mapping, own: Mapping) -> Iterator[Entry]:
    """Yield the hints of a tool: its own ones, then those of the semantics."""
    yield from own.entries
    keys = {entry.key for entry in own.entries}
    for entry in function.members("semantics"):
        value = entry.value.plain()
        hints = _SEMANTICS.get((entry.key, value is True), ())
        for key, hint in hints if isinstance(value, bool) else ():
            if key not in keys:
                yield Entry(key, entry.span, Scalar(hint, entry.value.span))


RULES = (function_reference,)
