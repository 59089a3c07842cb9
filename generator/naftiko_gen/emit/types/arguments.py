"""`arguments.py`: the types of the objects that operations take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import assign, free_name, type_name
from naftiko_gen.emit.code.statements import (
    ParameterView,
    annotation,
    input_annotation,
    optional,
    optional_parameter,
)
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.runtime.names import MODULES
from naftiko_gen.emit.types.typed_dicts import (
    RESERVED,
    MemberView,
    TypeView,
    has_type,
    is_name,
    member_order,
)

_OWN_WORDS = frozenset({"Literal", "NotRequired"})
_OTHER_MODULES = frozenset(
    (
        *("AbstractAsyncContextManager", "AsyncIterator", "Callable", "Connect"),
        *("Sequence", "Settings", "Starlette", "TypedDict", "Unpack"),
    )
)
"""Names that the modules of packages import: no type of an argument gets one."""
_MOST_CHOICES = 8
"""An enumeration of more values is annotated as `str` or `int`, not as `Literal`."""


@dataclass(frozen=True)
class ArgumentTypesView:
    """The variables of `arguments.py.jinja`."""

    types: tuple[TypeView, ...]


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
        collector = _Collector()
        for operation in capability.operations:
            for parameter in operation.parameters:
                wire = f"{operation.name} {parameter.name}"
                for kind in _passed_types(parameter, capability):
                    collector.add(kind, wire)
        wires = collector.wires
        reserved = {*RESERVED, *_OWN_WORDS, *_OTHER_MODULES, *MODULES, client}
        names = assign(wires.values(), reserved=reserved, style=type_name)
        return cls(wires, {kind: names[wire] for kind, wire in wires.items()})

    def of_parameter(
        self,
        arguments: Iterable[ir.Template],
        other: Code,
        *,
        is_body: bool,
    ) -> Code:
        """Return the annotation of a parameter of an operation, by its arguments.

        `other` is that of values without such a type. A JSON body may be bytes as well.
        """
        kinds = [self._of(argument) for argument in arguments]
        own = [kind for kind in dict.fromkeys(kinds) if kind is not None]
        if not own:
            return other
        if None in kinds:
            return self._writer().either(own, other)
        others = (verbatim("bytes"),) if is_body else ()
        return self._writer().either(own, *others)

    def of_input(self, source: ir.Input, *, is_bytes: bool) -> Code:
        """Return the annotation of an input; `is_bytes` is a body that isn't read."""
        kind = None if is_bytes else self._declared_type(source)
        if kind is None:
            return input_annotation(source, is_bytes)
        return self._writer().annotation(kind)

    def parameter(
        self, source: ir.Input, name: Code, *, is_bytes: bool = False
    ) -> ParameterView:
        """Return the parameter of a function that takes an input."""
        annotation = self.of_input(source, is_bytes=is_bytes)
        if source.required:
            return ParameterView(name, annotation)
        return optional_parameter(name, annotation)

    def views(self) -> Iterator[TypeView]:
        """Yield the class of each object, after the classes of its members."""
        writer = self._writer()
        return (writer.view(kind, wire) for kind, wire in self.wires.items())

    def _of(self, template: ir.Template) -> ir.Type | None:
        if not isinstance(template, ir.Argument) or not isinstance(
            template.source, ir.Input
        ):
            return None
        return self._declared_type(template.source)

    def _declared_type(self, source: ir.Input) -> ir.Type | None:
        """Return the plain type of an input with a named object, or with typed items.

        None if it has neither.
        """
        if isinstance(source.location, ir.InText | ir.InContent):
            return None
        kind = _plain(source.type)
        is_named = any(part in self.names for part in _objects(kind))
        return kind if is_named or _has_typed_items(source.type) else None

    def _writer(self) -> _Writer:
        return _Writer(self.names)


def argument_types_view(types: ArgumentTypes) -> ArgumentTypesView | None:
    """Return the view of the types, None if there are none."""
    if not types.names:
        return None
    views = tuple(types.views())
    return ArgumentTypesView(views)


def _passed_types(
    parameter: ir.Parameter, capability: ir.Capability
) -> Iterator[ir.Type]:
    """Yield the plain types of the inputs that are passed to a parameter."""
    for template in capability.arguments(parameter):
        if isinstance(template, ir.Argument) and isinstance(template.source, ir.Input):
            yield _plain(template.source.type)


def _has_typed_items(kind: ir.Type) -> bool:
    """Return whether a type is a list with items of a known type other than bytes."""
    base = ir.base_type(kind)
    return isinstance(base, ir.Array) and base.items not in (ir.Anything(), ir.Bytes())


def _objects(kind: ir.Type) -> Iterator[ir.Object]:
    return (part for part in ir.type_parts(kind) if isinstance(part, ir.Object))


@dataclass
class _Collector:
    wires: dict[ir.Object, str] = field(default_factory=dict)
    """The objects with the names of their first places, inner ones first."""

    def add(self, kind: ir.Type, wire: str) -> None:
        """Add the objects in a type; equal objects are one."""
        match kind:
            case ir.Object(fields=(), others=others) if others is not None:
                self.add(others, wire)
            case ir.Object(fields=fields) if kind not in self.wires:
                for member in fields:
                    self.add(member.type, f"{wire} {member.name}")
                if fields and has_type([member.name for member in fields]):
                    self.wires[kind] = free_name(wire, self.wires.values())
            case ir.Array(items=inner) | ir.Nullable(base=inner):
                self.add(inner, wire)
            case ir.Union(types=types):
                for number, option in enumerate(types, 1):
                    self.add(option, f"{wire} {number}")
            case _:
                pass


def _plain(kind: ir.Type) -> ir.Type:
    """Return a type as annotations can say it: without limits and descriptions."""
    match kind:
        case ir.Object(fields=()):
            others = None if kind.others is None else _plain(kind.others)
            return ir.Object((), others)
        case ir.Object(fields=fields):
            return ir.Object(
                tuple(
                    ir.Field(member.name, _plain(member.type), member.required)
                    for member in fields
                )
            )
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
            is_readable = (
                len(values) <= _MOST_CHOICES and base is not ir.Primitive.NUMBER
            )
            return kind if is_readable else base
        case ir.Primitive() | ir.Anything():
            return kind
        case _:
            assert_never(kind)


def _unite(types: list[ir.Type]) -> ir.Type:
    """Return the type of values that have one of several; their choices are one type.

    An annotation of floats allows integers.
    """
    choices = [option for option in types if isinstance(option, ir.OneOf)]
    others: list[ir.Type] = [
        option for option in types if not isinstance(option, ir.OneOf)
    ]
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


@dataclass(frozen=True)
class _Writer:
    """Writes plain types."""

    names: Mapping[ir.Object, Code]

    def view(self, kind: ir.Object, wire: str) -> TypeView:
        members = [
            MemberView(member.name, self._member(member))
            for member in sorted(
                kind.fields, key=lambda member: member_order(member.name)
            )
        ]
        keys = {member.key for member in members}
        return TypeView(
            name=self.names[kind],
            docstring=docstring(f"The members of {wire}", indent=4),
            members=tuple(members),
            is_class=all(map(is_name, keys)) and not keys & _OWN_WORDS,
        )

    def _member(self, member: ir.Field) -> Code:
        code = self.annotation(member.type)
        if member.required:
            return code
        return fill("NotRequired[{}]", code)

    def annotation(self, kind: ir.Type) -> Code:
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
        bases = [
            option.base if isinstance(option, ir.Nullable) else option
            for option in types
        ]
        union = join(" | ", dict.fromkeys([*map(self.annotation, bases), *others]))
        return optional(union) if bases != list(types) else union
