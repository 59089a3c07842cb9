"""The types of objects in `TypedDict`: of responses, arguments and outputs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import (
    KEYWORDS,
    assign,
    free_name,
    names_in,
    type_name,
)
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import (
    JSON_VALUE,
    ParameterView,
    annotation,
    input_annotation,
    optional,
    optional_parameter,
)
from naftiko_gen.emit.literals import Code, bare, docstring, fill, join, py, verbatim
from naftiko_gen.emit.requests.template_kinds import may_be_absent
from naftiko_gen.emit.runtime.names import MODULES

RESERVED = frozenset({"JsonObject", "JsonValue", "TypedDict"})
_KEY = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# As members of a class, they hide the types of later members. So they are last.
_HIDING = ("list", "str", "int", "float", "bool")


def type_view(
    name: Code,
    about: str,
    members: Iterable[tuple[str, Code]],
    used_words: Collection[str] = (),
) -> View:
    """Return the type of an object: a class, or a call if a key can't be its member."""
    keys = dict(members)
    in_order = sorted(
        keys, key=lambda key: _HIDING.index(key) if key in _HIDING else -1
    )
    return View(
        name=name,
        docstring=docstring(about, indent=4),
        members=[View(key=key, annotation=keys[key]) for key in in_order],
        is_class=all(map(is_name, keys)) and keys.keys().isdisjoint(used_words),
    )


def has_type(keys: Collection[str]) -> bool:
    """Return whether an object with these keys can have a type.

    If all keys are identifiers, it has to be a class, whose members are ASCII here.
    """
    identifiers = [key for key in keys if key.isidentifier() and key not in KEYWORDS]
    return all(map(is_name, keys)) or len(identifiers) < len(keys)


def is_name(key: str) -> bool:
    """Return whether a key may be a member of a class."""
    return bool(_KEY.fullmatch(key)) and key not in KEYWORDS


def collect_objects(
    kind: ir.Type, wire: str, wires: dict[ir.Object, str], *, in_maps: bool = False
) -> None:
    """Add the objects in a type that have types of their own, inner ones first.

    Equal objects have the name of the first one. Maps have no members, but values.
    """
    match kind:
        case ir.Object(fields=(), others=others):
            if in_maps and others is not None:
                collect_objects(others, wire, wires, in_maps=True)
        case ir.Object(fields=fields) if kind not in wires:
            for member in fields:
                inner = f"{wire} {member.name}"
                collect_objects(member.type, inner, wires, in_maps=in_maps)
            if has_type([member.name for member in fields]):
                wires[kind] = free_name(wire, wires.values())
        case ir.Array(items=part) | ir.Refined(base=part) | ir.Nullable(base=part):
            collect_objects(part, wire, wires, in_maps=in_maps)
        case ir.Union(types=types):
            for number, option in enumerate(types, 1):
                collect_objects(option, f"{wire} {number}", wires, in_maps=in_maps)
        case _:
            pass


def response_types_view(capability: ir.Capability) -> View | None:
    """Return the view of the types of responses, None if there are none."""
    wires: dict[ir.Object, str] = {}
    for operation in capability.operations:
        if operation.answer is not None:
            collect_objects(operation.answer, f"{operation.name} response", wires)
    if not wires:
        return None
    names = assign(wires.values(), reserved=RESERVED, style=type_name)
    writer = _Writer({kind: names[wire] for kind, wire in wires.items()})
    return View(types=[writer.view(kind, wire) for kind, wire in wires.items()])


@dataclass(frozen=True)
class _Writer:
    names: Mapping[ir.Object, Code]

    def view(self, kind: ir.Object, wire: str) -> View:
        members = ((f.name, optional(self.annotation(f.type))) for f in kind.fields)
        return type_view(self.names[kind], f"The members of {wire}", members)

    def annotation(self, kind: ir.Type) -> Code:
        match kind:
            case ir.Object() if kind in self.names:
                return self.names[kind]
            case ir.Array(items=items):
                return fill("list[{}]", optional(self.annotation(items)))
            case ir.Refined(base=base) | ir.Nullable(base=base):
                return self.annotation(base)
            case ir.Bytes() | ir.Matching():
                return verbatim("str")
            case ir.Anything() | ir.Union():
                return JSON_VALUE
            case ir.Primitive() | ir.Object() | ir.OneOf():
                return annotation(kind)
            case _:
                assert_never(kind)


_OWN_WORDS = frozenset({"Literal", "NotRequired"})
_OTHER_MODULES = names_in("""
    AbstractAsyncContextManager AsyncIterator Callable Connect Sequence Settings
    Starlette TypedDict Unpack
    """)
"""Names that the modules of packages import: no type of an argument gets one."""
_MOST_CHOICES = 8
"""An enumeration of more values is annotated as `str` or `int`, not as `Literal`."""


@dataclass(frozen=True)
class ArgumentTypes:
    """The objects that operations take, with the names of their types.

    `wires` has the names of their first places, inner objects first.
    """

    wires: Mapping[ir.Object, str]
    names: Mapping[ir.Object, Code]

    @classmethod
    def of(cls, capability: ir.Capability, client: Code) -> ArgumentTypes:
        """Collect the types of the inputs that are whole arguments of operations."""
        wires: dict[ir.Object, str] = {}
        for operation in capability.operations:
            for parameter in operation.parameters:
                wire = f"{operation.name} {parameter.name}"
                for template in capability.arguments(parameter):
                    source = _source(template)
                    if source is not None:
                        collect_objects(_plain(source.type), wire, wires, in_maps=True)
        reserved = {*RESERVED, *_OWN_WORDS, *_OTHER_MODULES, *MODULES, client}
        names = assign(wires.values(), reserved=reserved, style=type_name)
        return cls(wires, {kind: names[wire] for kind, wire in wires.items()})

    def of_parameter(
        self, arguments: Iterable[ir.Template], other: Code, *, is_body: bool
    ) -> Code:
        """Return the annotation of a parameter of an operation, by its arguments.

        `other` is that of values without such a type. A JSON body may be bytes as well.
        """
        kinds = [self._of(argument) for argument in arguments]
        own = [kind for kind in dict.fromkeys(kinds) if kind is not None]
        if not own:
            return other
        if None in kinds:
            return self.either(own, other)
        others = (verbatim("bytes"),) if is_body else ()
        return self.either(own, *others)

    def of_input(self, source: ir.Input, *, is_bytes: bool) -> Code:
        """Return the annotation of an input; `is_bytes` is a body that isn't read."""
        kind = None if is_bytes else self._declared_type(source)
        if kind is None:
            return input_annotation(source, is_bytes)
        return self.annotation(kind)

    def parameter(
        self, source: ir.Input, name: Code, *, is_bytes: bool = False
    ) -> ParameterView:
        """Return the parameter of a function that takes an input."""
        annotation = self.of_input(source, is_bytes=is_bytes)
        if source.required:
            return ParameterView(name, annotation)
        return optional_parameter(name, annotation)

    def view(self) -> View:
        """Return the view of the class of each object, inner objects first."""
        return View(types=[self._type(k, wire) for k, wire in self.wires.items()])

    def _type(self, kind: ir.Object, wire: str) -> View:
        members = ((member.name, self._member(member)) for member in kind.fields)
        about = f"The members of {wire}"
        return type_view(self.names[kind], about, members, _OWN_WORDS)

    def _member(self, member: ir.Field) -> Code:
        code = self.annotation(member.type)
        return code if member.required else fill("NotRequired[{}]", code)

    def _of(self, template: ir.Template) -> ir.Type | None:
        source = _source(template)
        return None if source is None else self._declared_type(source)

    def _declared_type(self, source: ir.Input) -> ir.Type | None:
        """Return the plain type of an input with a named object, or with typed items.

        None if it has neither.
        """
        if isinstance(source.location, ir.InText | ir.InContent):
            return None
        kind = _plain(source.type)
        objects = (part for part in ir.type_parts(kind) if isinstance(part, ir.Object))
        is_named = any(part in self.names for part in objects)
        # Or it is a list with items of a known type other than bytes.
        base = ir.base_type(source.type)
        untyped_items = (ir.Anything(), ir.Bytes())
        is_list = isinstance(base, ir.Array) and base.items not in untyped_items
        return kind if is_named or is_list else None

    def annotation(self, kind: ir.Type) -> Code:
        """Return the annotation of a plain type."""
        match kind:
            case ir.Object() if kind in self.names:
                return self.names[kind]
            case ir.Object(fields=(), others=others) if others is not None:
                return fill("dict[str, {}]", self.annotation(others))
            case ir.Array(items=items):
                return fill("list[{}]", self.annotation(items))
            case ir.Nullable(base=base):
                return optional(self.annotation(base))
            case ir.Union(types=types) if ir.Anything() in types:
                return annotation(ir.Anything())
            case ir.Union(types=types):
                return self.either(types)
            case ir.OneOf(values=values):
                return fill("Literal[{}]", join(", ", map(py, values)))
            case _:
                return annotation(kind)

    def either(self, types: Sequence[ir.Type], *others: Code) -> Code:
        """Return the annotation of values that have one of several types."""
        bases = [t.base if isinstance(t, ir.Nullable) else t for t in types]
        union = join(" | ", dict.fromkeys([*map(self.annotation, bases), *others]))
        return optional(union) if bases != list(types) else union


def _source(template: ir.Template) -> ir.Input | None:
    """Return the input of which a template is the value, if it is one."""
    match template:
        case ir.Argument(source=ir.Input() as source):
            return source
        case _:
            return None


def _plain(kind: ir.Type) -> ir.Type:
    """Return a type as annotations can say it: without limits and descriptions."""
    match kind:
        case ir.Object(fields=()):
            others = None if kind.others is None else _plain(kind.others)
            return ir.Object((), others)
        case ir.Object(fields=fields):
            members = (ir.Field(f.name, _plain(f.type), f.required) for f in fields)
            return ir.Object(tuple(members))
        case ir.Array(items=items):
            return ir.Array(_plain(items))
        case ir.Refined(base=base):
            return _plain(base)
        case ir.Nullable(base=base):
            return ir.Nullable(_plain(base))
        case ir.Union(types=types):
            return _unite([_plain(option) for option in types])
        case ir.Matching() | ir.Bytes():
            return ir.Primitive.STRING
        case ir.OneOf(base=base, values=values):
            is_short = len(values) <= _MOST_CHOICES
            return kind if is_short and base is not ir.Primitive.NUMBER else base
        case ir.Primitive() | ir.Anything():
            return kind
        case _:
            assert_never(kind)


def _unite(types: list[ir.Type]) -> ir.Type:
    """Return the type of values that have one of several; their choices are one type.

    An annotation of floats allows integers.
    """
    choices = [option for option in types if isinstance(option, ir.OneOf)]
    others = [option for option in types if option not in choices]
    if ir.Primitive.NUMBER in others:
        others = [option for option in others if option is not ir.Primitive.INTEGER]
    bases = sorted({choice.base for choice in choices}, key=lambda base: base.value)
    if len(bases) == 1 and bases[0] not in others:
        values = dict.fromkeys(value for choice in choices for value in choice.values)
        others.append(_plain(ir.OneOf(bases[0], tuple(values))))
    else:
        others += bases
    alternatives = tuple(dict.fromkeys(others))
    return alternatives[0] if len(alternatives) == 1 else ir.Union(alternatives)


Place = tuple[str, ...]
"""The name of an output, then the keys that lead to a part of it."""

_ITEM = "item"


@dataclass(frozen=True)
class OutputTypes:
    """The types of all shapes in some outputs, which are named."""

    outputs: tuple[tuple[str, ir.Projection], ...]
    arguments: ArgumentTypes

    def views(self) -> Iterator[View]:
        """Yield the types, each after the types of its members."""
        for place, shape in self._shapes:
            output, *keys = place
            inside = "".join(f"{key} in " for key in reversed(keys))
            about = f"The shape of {inside}the output of {output}"
            members = ((k, self.annotation(v, (*place, k))) for k, v in shape.members)
            yield type_view(self._names[place], about, members)

    def annotation(self, projection: ir.Projection, place: Place) -> Code:
        """Return the annotation of a projection's value."""
        match projection:
            case ir.Identity():
                return JSON_VALUE
            case ir.Literal(value=value):
                if isinstance(value, list | dict):
                    return JSON_VALUE
                return bare("None" if value is None else type(value).__name__)
            case ir.Filled(template=template):
                return self._filled_type(template)
            case ir.Pick(path=path, type=kind):
                return optional(self._picked_type(path, kind))
            case ir.Shape(path=path):
                name = self._names.get(place) or annotation(ir.Object())
                return optional(name) if path else name
            case ir.Items(item=item):
                inside = self.annotation(item, (*place, _ITEM))
                return fill("list[{}] | None", inside)
            case ir.Find(item=item):
                return fill("list[{}]", self.annotation(item, (*place, _ITEM)))
            case _:
                assert_never(projection)

    def _picked_type(self, path: tuple[ir.PathSegment, ...], kind: ir.Type) -> Code:
        is_array = isinstance(kind, ir.Array)
        if ir.Each.ELEMENT in path and not is_array:
            return fill("list[{}]", JSON_VALUE)
        return verbatim("str") if kind == ir.Bytes() else annotation(kind)

    def _filled_type(self, template: ir.Template) -> Code:
        match template:
            case ir.Argument(source=ir.Input() as source):
                code = self.arguments.of_input(source, is_bytes=False)
            case _:
                code = verbatim("str")
        return optional(code) if may_be_absent(template) else code

    @cached_property
    def _shapes(self) -> tuple[tuple[Place, ir.Shape], ...]:
        shapes = (_shapes(projection, (name,)) for name, projection in self.outputs)
        return tuple(chain.from_iterable(shapes))

    @cached_property
    def _names(self) -> Mapping[Place, Code]:
        wires: dict[str, Place] = {}
        for place, _ in self._shapes:
            wire = " ".join(place)
            while wire in wires:
                wire += " 2"
            wires[wire] = place
        reserved = {*RESERVED, *self.arguments.names.values()}
        names = assign(wires, reserved=reserved, style=type_name)
        return {wires[wire]: name for wire, name in names.items()}


def _shapes(
    projection: ir.Projection, place: Place
) -> Iterator[tuple[Place, ir.Shape]]:
    match projection:
        case ir.Shape(members=members):
            for key, member in members:
                yield from _shapes(member, (*place, key))
            if has_type([key for key, _ in members]):
                yield place, projection
        case ir.Items(item=item) | ir.Find(item=item):
            yield from _shapes(item, (*place, _ITEM))
        case ir.Identity() | ir.Literal() | ir.Filled() | ir.Pick():
            pass
        case _:
            assert_never(projection)
