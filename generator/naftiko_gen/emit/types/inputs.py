"""The `JsonType` of inputs, and `inputs.py`: those of objects, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.naming import free_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.files import is_long
from naftiko_gen.emit.literals import (
    Code,
    bare,
    call_of,
    fill,
    keyword,
    py,
    py_text,
    verbatim,
)
from naftiko_gen.emit.plain_text import listed_text
from naftiko_gen.emit.types.schemas import plain_schema, type_schema
from naftiko_gen.language.names import env_name


@dataclass
class InputTypes:
    """The long types of objects, which stand in a JSON file.

    `names` has their names, each after those of its parts. `has_patterns` is whether
    the types in JSON files may have patterns.
    """

    names: dict[ir.Type, str] = field(default_factory=dict)
    has_patterns: bool = False
    _known: set[ir.Object] = field(default_factory=set)

    @classmethod
    def of(cls, capability: ir.Capability) -> InputTypes:
        """Collect the types of all routes, tools and resources."""
        types = cls()
        for unit in capability.exposed:
            for source in unit.inputs:
                types.add(source.type, f"{unit.name} {source.name}")
                parts = ir.type_parts(source.type)
                types.has_patterns |= any(isinstance(p, ir.Matching) for p in parts)
        return types

    def add(self, kind: ir.Type, wire: str) -> None:
        """Name the long types of objects in a type, inner ones first."""
        match kind:
            case ir.Object() if kind not in self._known:
                self._known.add(kind)
                for member in kind.fields:
                    self.add(member.type, f"{wire} {member.name}")
                if kind.others is not None:
                    self.add(kind.others, f"{wire} others")
                if is_long(type_schema(kind, self.names)):
                    used_names = self.names.values()
                    self.names[kind] = free_name(env_name(wire), used_names, "_")
            case ir.Array(items=part) | ir.Refined(base=part) | ir.Nullable(base=part):
                self.add(part, wire)
            case ir.Union(types=types):
                for number, option in enumerate(types, 1):
                    self.add(option, f"{wire} {number}")
            case _:
                pass


def input_types_view(inputs: InputTypes) -> View:
    """Return the view of the types of a package's JSON files."""
    table: dict[str, Plain] = {}
    names: dict[ir.Type, str] = {}
    for kind, name in inputs.names.items():
        # Names of parts are known by then; the type itself has none yet.
        table[name] = plain_schema(type_schema(kind, names))
        names[kind] = name
    return View(has_patterns=inputs.has_patterns, table=table)


@dataclass(frozen=True)
class DeclaredInput:
    """The declaration of an input of a route, or of a tool or resource.

    `keyword` is the argument of the coroutine, `place` the class of the runtime for the
    part of a request that has it. `options` are further arguments of that class.
    """

    source: ir.Input
    keyword: Code
    place: str = "Argument"
    options: Mapping[str, Plain] = field(default_factory=dict)

    def view(self, types: TypeWriter) -> View:
        """Return the view of the declaration."""
        source, options = self.source, dict(self.options)
        return View(
            name=source.name,
            type=None if _is_raw(source) else types.input_type(source),
            description=options.pop("description", None),
            keyword=None if self.keyword == source.name else str(self.keyword),
            may_be_missing=not source.is_demanded,
            default=None if source.default is None else py(source.default.value),
            place=bare(self.place),
            options=[Keyword(bare(name), py(fact)) for name, fact in options.items()],
        )

    def row(self, names: Mapping[ir.Type, str]) -> dict[str, Plain]:
        """Return the declaration as a row in a JSON file."""
        source = self.source
        row: dict[str, Plain] = {"kind": self.place, "name": source.name}
        if not _is_raw(source):
            row["type"] = plain_schema(type_schema(source.type, names))
        if source.check is not ir.Check.STRICT:
            row["check"] = str(source.check)
        row |= self.options
        if not source.is_demanded:
            row["required"] = False
        if source.default is not None:
            row["default"] = source.default.value
        if self.keyword != source.name:
            row["keyword"] = str(self.keyword)
        return row


def _is_raw(source: ir.Input) -> bool:
    return isinstance(source.location, ir.InText | ir.InContent)


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
                return call_of("shallow", self._inner(source.type))
            case ir.Check.NONE:
                return call_of("without_check", self._inner(source.type))
            case never:
                assert_never(never)

    def type(self, kind: ir.Type) -> Code:
        """Return the expression of a type."""
        match kind:
            case ir.Primitive():
                return bare(kind.name)
            case ir.Anything():
                return verbatim("ANYTHING")
            case ir.Bytes():
                return verbatim("BASE64")
            case ir.Array(items=ir.Anything()):
                return verbatim("ARRAY")
            case ir.Array():
                return call_of("array", self._inner(kind.items))
            case ir.Object():
                return self._object(kind)
            case ir.OneOf(base=base, values=values):
                return call_of("one_of", self.type(base), *map(py, values))
            case ir.Matching(pattern=pattern):
                return call_of("matching", py_text(pattern, 60, 60, 72))
            case ir.Refined():
                return self._refined_type(kind)
            case ir.Nullable(base=base):
                return call_of("nullable", self._inner(base))
            case ir.Union(types=types, is_exclusive=is_exclusive):
                name = "just_one_of" if is_exclusive else "any_of"
                return call_of(name, *map(self._inner, types))
            case _:
                assert_never(kind)

    def _inner(self, kind: ir.Type, brackets: int = 1) -> Code:
        return replace(self, width=self.width - 4 * brackets).type(kind)

    def _object(self, kind: ir.Object) -> Code:
        name = self.names.get(kind)
        if name is not None:
            return fill("TYPES[{}]", py(name))
        if kind == ir.Object():
            return verbatim("OBJECT")
        arguments = list(map(self._property, kind.fields))
        if kind.others is not None:
            arguments.append(keyword("others", self._inner(kind.others)))
        return call_of("object_of", *arguments)

    def _property(self, member: ir.Field) -> Code:
        arguments = [py(member.name), self._inner(member.type, 2)]
        text = listed_text(member.description, member.example)
        if self.described and text:
            arguments.append(py_text(text, self.width, min(self.width, 60)))
        if not member.required:
            arguments.append(verbatim("required=False"))
        return call_of("Property", *arguments)

    def _refined_type(self, kind: ir.Refined) -> Code:
        arguments = [self._inner(kind.base)]
        arguments += [keyword(limit.name.lower(), py(n)) for limit, n in kind.limits]
        if kind.format is not None:
            arguments.append(keyword("form", py(kind.format)))
        if kind.default is not None:
            arguments.append(keyword("default", py(kind.default.value)))
        return call_of("refine", *arguments)
