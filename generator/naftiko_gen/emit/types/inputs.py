"""The `JsonType` of inputs, and `inputs.py`: those of objects, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import free_name
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.files import TableView, is_long
from naftiko_gen.emit.literals import Code, bare, fill, join, py, py_text, verbatim
from naftiko_gen.emit.plain_text import listed_text
from naftiko_gen.emit.types.schemas import plain_schema, type_schema
from naftiko_gen.language.names import env_name

_NO_OPTIONS: Mapping[str, Plain] = {}


@dataclass(frozen=True)
class InputTypesView(TableView):
    """The variables of `inputs.py.jinja`."""

    has_patterns: bool


@dataclass(frozen=True)
class InputTypes:
    """The long types of objects, which stand in a JSON file.

    `names` has their names, each after those of its parts. `has_patterns` is whether
    the types in JSON files may have patterns.
    """

    names: Mapping[ir.Type, str]
    has_patterns: bool

    @classmethod
    def of(cls, capability: ir.Capability) -> InputTypes:
        """Collect the types of all routes, tools and resources."""
        collector, has_patterns = _Collector(), False
        for unit in capability.exposed:
            for source in unit.inputs:
                collector.add(source.type, f"{unit.name} {source.name}")
                parts = ir.type_parts(source.type)
                has_patterns |= any(isinstance(part, ir.Matching) for part in parts)
        return cls(collector.names, has_patterns)


@dataclass
class _Collector:
    names: dict[ir.Type, str] = field(default_factory=dict)
    known: set[ir.Object] = field(default_factory=set)

    def add(self, kind: ir.Type, wire: str) -> None:
        """Name the long types of objects in a type, inner ones first."""
        match kind:
            case ir.Object() if kind not in self.known:
                self.known.add(kind)
                for member in kind.fields:
                    self.add(member.type, f"{wire} {member.name}")
                if kind.others is not None:
                    self.add(kind.others, f"{wire} others")
                if is_long(type_schema(kind, self.names)):
                    self.names[kind] = free_name(
                        env_name(wire), self.names.values(), "_"
                    )
            case (
                ir.Array(items=inner) | ir.Refined(base=inner) | ir.Nullable(base=inner)
            ):
                self.add(inner, wire)
            case ir.Union(types=types):
                for number, option in enumerate(types, 1):
                    self.add(option, f"{wire} {number}")
            case _:
                pass


def input_types_view(inputs: InputTypes) -> InputTypesView:
    """Return the view of the types of a package's JSON files."""
    table: dict[str, Plain] = {}
    names: dict[ir.Type, str] = {}
    for kind, name in inputs.names.items():
        # Names of parts are known by then; the type itself has none yet.
        table[name] = plain_schema(type_schema(kind, names))
        names[kind] = name
    return InputTypesView(inputs.has_patterns, table=table)


@dataclass(frozen=True)
class InputView:
    """The declaration of an input of a route, or of a tool or resource."""

    name: str
    type: Code | None
    keyword: str | None
    """The argument of the coroutine, if it has another name."""
    may_be_missing: bool
    default: Code | None
    description: str | None = None
    place: Code | None = None
    """The part of the request that has it; the arguments of a call if there is none."""
    options: tuple[Keyword, ...] = ()
    """The arguments that only the place has."""


def input_view(source: ir.Input, keyword: Code, types: TypeWriter) -> InputView:
    """Return the declaration of an input, without its place and description."""
    is_raw = isinstance(source.location, ir.InText | ir.InContent)
    return InputView(
        name=source.name,
        type=None if is_raw else types.input_type(source),
        keyword=None if keyword == source.name else str(keyword),
        may_be_missing=not source.is_demanded,
        default=None if source.default is None else py(source.default.value),
    )


def input_row(
    source: ir.Input,
    keyword: Code,
    names: Mapping[ir.Type, str],
    place: str = "Argument",
    own_options: Mapping[str, Plain] = _NO_OPTIONS,
) -> dict[str, Plain]:
    """Return the declaration of an input as a row in a JSON file."""
    kind = place if source.default is None else f"Default{place}"
    row: dict[str, Plain] = {"kind": kind, "name": source.name}
    if not isinstance(source.location, ir.InText | ir.InContent):
        row["type"] = plain_schema(type_schema(source.type, names))
    if source.check is not ir.Check.STRICT:
        row["check"] = str(source.check)
    row |= own_options
    if not source.is_demanded:
        row["required"] = False
    if source.default is not None:
        row["default"] = source.default.value
    if keyword != source.name:
        row["keyword"] = str(keyword)
    return row


@dataclass(frozen=True)
class TypeWriter:
    """Writes the `JsonType` that checks values, with descriptions of members or not.

    `width` is the columns for descriptions if every bracket around them is split.
    """

    names: Mapping[ir.Type, str]
    described: bool = False
    width: int = 63

    def input_type(self, source: ir.Input) -> Code:
        """Return the expression of an input's type, as far as it is checked."""
        match source.check:
            case ir.Check.STRICT:
                return self.type(source.type)
            case ir.Check.SHALLOW:
                check = self._use_name("shallow")
            case ir.Check.NONE:
                check = self._use_name("unchecked")
            case never:
                assert_never(never)
        return fill("{}({})", check, self._inside_brackets(1).type(source.type))

    def type(self, kind: ir.Type) -> Code:
        """Return the expression of a type."""
        name = self.names.get(kind) if isinstance(kind, ir.Object) else None
        if name is not None:
            return fill("TYPES[{}]", py(name))
        match kind:
            case ir.Primitive():
                return self._use_name(kind.name)
            case ir.Anything():
                return self._use_name("ANYTHING")
            case ir.Bytes():
                return self._use_name("BASE64")
            case ir.Array(items=ir.Anything()):
                return self._use_name("ARRAY")
            case ir.Array():
                return fill("array({})", self._inside_brackets(1).type(kind.items))
            case ir.Object():
                return self._object(kind)
            case ir.OneOf() | ir.Matching() | ir.Refined() | ir.Nullable() | ir.Union():
                return self._restricted_type(kind)
            case _:
                assert_never(kind)

    def _inside_brackets(self, brackets: int) -> TypeWriter:
        return replace(self, width=self.width - 4 * brackets)

    def _use_name(self, name: str) -> Code:
        return fill("{}", bare(name))

    def _object(self, kind: ir.Object) -> Code:
        if kind == ir.Object():
            return self._use_name("OBJECT")
        arguments = list(map(self._property, kind.fields))
        if kind.others is not None:
            others = self._inside_brackets(1).type(kind.others)
            arguments.append(fill("others={}", others))
        return fill("object_of({})", join(", ", arguments))

    def _property(self, member: ir.Field) -> Code:
        arguments = [py(member.name), self._inside_brackets(2).type(member.type)]
        text = listed_text(member.description, member.example)
        if self.described and text:
            arguments.append(py_text(text, self.width, min(self.width, 60)))
        if not member.required:
            arguments.append(verbatim("required=False"))
        return fill("Property({})", join(", ", arguments))

    def _restricted_type(self, kind: ir.RestrictedType) -> Code:
        match kind:
            case ir.OneOf(base=base, values=values):
                choices = join(", ", map(py, values))
                return fill("one_of({}, {})", self.type(base), choices)
            case ir.Matching(pattern=pattern):
                return fill("matching({})", py_text(pattern, 60, 60, 72))
            case ir.Refined():
                return self._refined_type(kind)
            case ir.Nullable(base=base):
                return fill("nullable({})", self._inside_brackets(1).type(base))
            case ir.Union(types=types, is_exclusive=is_exclusive):
                name = "just_one_of" if is_exclusive else "any_of"
                options = map(self._inside_brackets(1).type, types)
                return fill("{}({})", bare(name), join(", ", options))
            case _:
                assert_never(kind)

    def _refined_type(self, kind: ir.Refined) -> Code:
        arguments = [self._inside_brackets(1).type(kind.base)]
        arguments += [
            fill("{}={}", bare(limit.name.lower()), py(bound))
            for limit, bound in kind.limits
        ]
        if kind.format is not None:
            arguments.append(fill("form={}", py(kind.format)))
        if kind.default is not None:
            arguments.append(fill("default={}", py(kind.default.value)))
        return fill("refined({})", join(", ", arguments))
