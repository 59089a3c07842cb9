"""The arguments of tools: their inputs, and the members of a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.tools.item_lists import listed_inputs
from naftiko_gen.emit.tools.lowering import (
    argument_schema,
    constant_of,
    constants_of,
    wire_of,
)
from naftiko_gen.emit.types.schemas import (
    Schema,
    object_schema,
    plain_schema,
    plain_type,
    type_schema,
)
from naftiko_gen.resolve.exposed.names import ARGUMENT_NAMES, aliases

CLEAR = "clear"
"""The argument that lists the members of a body to send as null."""
_OR_CLEAR = "Required, or in clear."
_CHANGING = frozenset({"PATCH", "PUT"})


@dataclass(frozen=True)
class SpreadBody:
    """A body of requests whose members are arguments of a tool.

    Attributes:
        names: The names of the arguments that aren't called like their members.
        clears: The arguments that `clear` may list, to send null.
        siblings: The other arguments of the tool; None unless the body has further
            members, which are arguments as well.
    """

    source: ir.Input
    type: ir.Object
    names: Mapping[str, str]
    clears: tuple[str, ...]
    siblings: tuple[str, ...] | None

    @property
    def constants(self) -> dict[str, Plain]:
        """Return the members of each body that a call needn't pass.

        An optional body of nothing else is sent if a call passes one of them.
        """
        constants = constants_of(self.type)
        is_all = len(constants) == len(self.type.fields)
        return {} if is_all and not self.source.is_demanded else constants

    @property
    def parts(self) -> Schema:
        """Return how listed members become those of the body, if they are others."""
        wires = {
            field.name: wire_of(field.type, field.description)
            for field in self.type.fields
        }
        return {name: wire for name, wire in wires.items() if wire}

    def argument(self, field: ir.Field) -> str:
        """Return the name of a member's argument."""
        return self.names.get(field.name, field.name)

    def arguments(self, body: Plain) -> dict[str, Plain]:
        """Return the arguments that a body becomes."""
        members = body if isinstance(body, dict) else {}
        return {self.names.get(key, key): value for key, value in members.items()}


def spread_body(tool: ir.Tool) -> SpreadBody | None:
    """Return the body whose members are arguments, if a tool has one.

    It is the only body that is an object with declared members. No member may have the
    name of another argument: then the body stays one argument.
    """
    candidates = [
        (source, kind)
        for source in tool.inputs
        if (kind := _object_of(source)) is not None
        and kind.fields
        and any(_bodies_of(source, tool))
    ]
    if len(candidates) != 1:
        return None
    [(source, kind)] = candidates
    others = [other.name for other in listed_inputs(tool) if other != source]
    if {field.name for field in kind.fields} & {*others}:
        return None
    names = aliases([*others, *(field.name for field in kind.fields)], ARGUMENT_NAMES)
    arguments = [(names.get(field.name, field.name), field) for field in kind.fields]
    may_clear = not _CHANGING.isdisjoint(ir.request_methods(tool.implementation))
    may_clear &= CLEAR not in (*others, *(name for name, _ in arguments))
    nullable = [name for name, f in arguments if isinstance(f.type, ir.Nullable)]
    clears = tuple(nullable) if may_clear else ()
    siblings = tuple(others) if kind.invites_others else None
    return SpreadBody(source, kind, names, clears, siblings)


def paths_inside(tool: ir.Tool) -> dict[str, str]:
    """Return where clients write the members of a body that ask for a page."""
    body, paging = spread_body(tool), tool.items.paging if tool.items else None
    return {
        ir.join_names(path): ir.join_names(_argument_path(path, body))
        for path in (paging.inside if paging else ())
    }


def _argument_path(path: ir.MemberPath, body: SpreadBody | None) -> ir.MemberPath:
    if body is None or path[0] != body.source.name:
        return path
    _, member, *inner = path
    return (body.names.get(member, member), *inner)


def _bodies_of(source: ir.Input, tool: ir.Tool) -> Iterator[ir.Body]:
    for call in ir.calls(tool.implementation):
        body = call.operation.body
        argument = ir.Argument(source)
        if body is not None and (body.entity, argument) in call.arguments:
            yield body


def listed_source(source: ir.Input, tool: ir.Tool) -> ir.Input:
    """Return an argument as it is listed: a body of several media types as JSON.

    Without a media type, the body is JSON; texts are those of the other types.
    """
    bodies = [*_bodies_of(source, tool)]
    is_chosen = bodies and all(isinstance(body, ir.ChosenBody) for body in bodies)
    match source.type:
        case ir.Union(types=types) if is_chosen:
            options = tuple(kind for kind in types if kind is not ir.Primitive.STRING)
            kind = options[0] if len(options) == 1 else ir.Union(options)
            is_object = options and isinstance(plain_type(kind), ir.Object)
            return replace(source, type=kind) if is_object else source
        case _:
            return source


def _object_of(source: ir.Input) -> ir.Object | None:
    match source.type:
        case ir.Object() as kind:
            return kind
        case ir.Refined(base=ir.Object() as kind, limits=()):
            return kind
        case ir.Nullable(base=ir.Object() as kind) if not source.required:
            return kind
        case _:
            return None


def arguments_schema(tool: ir.Tool) -> Schema:
    """Return the listed schema of a tool's arguments, which allows no others."""
    body, properties = spread_body(tool), Schema()
    required: list[Plain] = []
    for source in listed_inputs(tool):
        inputs = [*_parts(source, body)]
        views = (listed_source(part, tool) for part in inputs)
        properties |= {part.name: argument_schema(part) for part in views}
        required += [part.name for part in inputs if part.is_demanded]
        if body is not None and body.clears and source == body.source:
            names: Plain = {"type": "string", "enum": [*body.clears]}
            text = "Arguments to send as null"
            properties[CLEAR] = {"type": "array", "description": text, "items": names}
    schema = object_schema(properties, required, None)
    is_open = body is not None and body.siblings is not None
    return {**schema, "additionalProperties": is_open}


def shown_members(body: SpreadBody) -> Schema | None:
    """Return the listed schemas of members; None if the body's own say the same."""
    members: Schema = {
        source.name: argument_schema(source) for source in _parts(body.source, body)
    }
    own_members = body.arguments(plain_schema(type_schema(body.type))["properties"])
    return None if members.items() <= own_members.items() else members


def argument_inputs(tool: ir.Tool) -> Iterator[ir.Input]:
    """Yield the arguments of a tool as inputs: members instead of a spread body.

    Those with one possible value are left out, as in the list.
    """
    body = spread_body(tool)
    for source in tool.inputs:
        yield from _parts(source, body)


def constant_inputs(tool: ir.Tool) -> Iterator[ir.Input]:
    """Yield the inputs that the package fills in, with their values as defaults."""
    body = spread_body(tool)
    for source in tool.inputs:
        value = constant_argument(source)
        if body is not None and source == body.source:
            fields = (f for f in body.type.fields if f.name in body.constants)
            for member in _member_inputs(body, fields):
                yield replace(member, default=constant_of(member.type))
        elif value is not None:
            yield replace(source, default=value)


def constant_argument(source: ir.Input) -> ir.Default | None:
    """Return the only value of an argument that calls have to pass, None if several."""
    return constant_of(source.type) if source.is_demanded else None


def _parts(source: ir.Input, body: SpreadBody | None) -> Iterator[ir.Input]:
    if body is not None and source == body.source:
        constants = body.constants
        fields = (field for field in body.type.fields if field.name not in constants)
        yield from _member_inputs(body, fields)
    elif constant_argument(source) is None:
        yield source


def _member_inputs(body: SpreadBody, fields: Iterable[ir.Field]) -> Iterator[ir.Input]:
    for field in fields:
        name = body.argument(field)
        is_required = field.required and body.source.is_demanded
        is_clearable = is_required and name in body.clears
        texts = (field.description, _OR_CLEAR if is_clearable else None)
        yield ir.Input(
            name,
            ir.InField((field.name,)),
            field.type,
            required=is_required and not is_clearable,
            description=" ".join(filter(None, texts)) or None,
            check=body.source.check,
            example=field.example,
        )


def sent_arguments(
    tool: ir.Tool, inputs: Iterable[ir.Input], value: Callable[[ir.Input], Plain]
) -> dict[str, Plain]:
    """Return the arguments of a call that passes values for some inputs of a tool."""
    body = spread_body(tool)
    arguments: dict[str, Plain] = {}
    for source in inputs:
        if body is not None and source == body.source:
            members = body.arguments(value(source))
            constants = body.arguments(body.constants)
            arguments |= {n: members[n] for n in members if n not in constants}
        elif constant_argument(source) is None:
            arguments[source.name] = value(source)
    return arguments
