"""The `JsonType` of inputs, and `inputs.py`: those of objects, each written once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import bare, fill, join, py, py_text, verbatim
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Matching,
    Nullable,
    Object,
    OneOf,
    Primitive,
    Refined,
    Union,
    type_parts,
)
from naftiko_gen.language.names import env_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability, Field, RestrictedType, Type

_LARGE = 12
"""The parts from which a type is written apart from its only input."""


@dataclass(frozen=True)
class InputTypesView:
    """The variables of `inputs.py.jinja`."""

    imports: Code
    types: tuple[Code, ...]


@dataclass(frozen=True)
class InputTypes:
    """The types of objects that several inputs have, or that are large.

    `names` has their constants, each after those of its parts.
    """

    names: Mapping[Type, str]

    @classmethod
    def of(cls, capability: Capability) -> InputTypes:
        """Collect the types of all routes, tools and resources."""
        collected = _Collected()
        for unit in capability.exposed:
            for source in unit.inputs:
                collected.add(source.type, f"{unit.name} {source.name}")
        return cls(collected.names())


@dataclass
class _Collected:
    counts: Counter[Object] = field(default_factory=Counter)
    wires: dict[Object, str] = field(default_factory=dict)
    """The objects with the names of their first places, inner ones first."""

    def add(self, declared: Type, wire: str) -> None:
        """Count the objects in a type; those in a known object aren't counted again."""
        match declared:
            case Object(fields=fields) if fields:
                self.counts[declared] += 1
                if self.counts[declared] == 1:
                    self._add_parts(declared, wire)
                    self.wires[declared] = wire
            case Object(others=Array() | Object() | Union() as others):
                self.add(others, wire)
            case Array(items=inner) | Refined(base=inner) | Nullable(base=inner):
                self.add(inner, wire)
            case Union(types=types):
                for number, option in enumerate(types, 1):
                    self.add(option, f"{wire} {number}")
            case _:
                pass

    def _add_parts(self, declared: Object, wire: str) -> None:
        for member in declared.fields:
            self.add(member.type, f"{wire} {member.name}")
        if declared.others is not None:
            self.add(declared.others, f"{wire} others")

    def names(self) -> dict[Type, str]:
        """Return the names of the constants."""
        names: dict[Type, str] = {}
        used_names: set[str] = set()
        for declared, wire in self.wires.items():
            if self.counts[declared] > 1 or _is_large(declared):
                names[declared] = _free(env_name(wire), used_names)
                used_names.add(names[declared])
        return names


def _is_large(declared: Object) -> bool:
    return sum(1 for _ in type_parts(declared)) > _LARGE


def _free(name: str, used_names: set[str]) -> str:
    numbered = (name if at == 1 else f"{name}_{at}" for at in count(1))
    return next(candidate for candidate in numbered if candidate not in used_names)


def input_types_view(inputs: InputTypes, imports: Imports) -> InputTypesView:
    """Return the view of the types that are written once; `imports` is empty yet."""
    types: list[Code] = []
    written: dict[Type, str] = {}
    for declared, name in inputs.names.items():
        # Names of parts are known by then; the type itself has none yet.
        writer = TypeWriter(imports, written, described=True, is_own=True, width=79)
        types.append(fill("{} = {}", bare(name), writer.type(declared)))
        written[declared] = name
    return InputTypesView(imports.code(), tuple(types))


@dataclass(frozen=True)
class TypeWriter:
    """Writes the `JsonType` that checks values, with descriptions of members or not.

    `is_own` is whether the constants of types are in the same module, and `width` the
    columns for descriptions if every bracket around them is split.
    """

    imports: Imports
    names: Mapping[Type, str]
    described: bool = False
    is_own: bool = False
    width: int = 63

    def type(self, declared: Type) -> Code:
        """Return the expression of a type."""
        name = self.names.get(declared) if isinstance(declared, Object) else None
        if name is not None:
            if not self.is_own:
                self.imports.add(".inputs", name)
            return bare(name)
        match declared:
            case Primitive():
                return self._use_name(declared.name)
            case Anything():
                return self._use_name("ANYTHING")
            case Bytes():
                return self._use_name("BASE64")
            case Array(items=Anything()):
                return self._use_name("ARRAY")
            case Array():
                self.imports.use("array")
                return fill("array({})", self._inside_brackets(1).type(declared.items))
            case Object():
                return self._object(declared)
            case OneOf() | Matching() | Refined() | Nullable() | Union():
                return self._restricted_type(declared)
            case _:
                assert_never(declared)

    def _inside_brackets(self, brackets: int) -> TypeWriter:
        return replace(self, width=self.width - 4 * brackets)

    def _use_name(self, name: str) -> Code:
        self.imports.use(name)
        return fill("{}", bare(name))

    def _object(self, declared: Object) -> Code:
        if declared == Object():
            return self._use_name("OBJECT")
        self.imports.use("object_of", *(["Property"] if declared.fields else []))
        arguments = list(map(self._property, declared.fields))
        if declared.others is not None:
            others = self._inside_brackets(1).type(declared.others)
            arguments.append(fill("others={}", others))
        return fill("object_of({})", join(", ", arguments))

    def _property(self, member: Field) -> Code:
        arguments = [py(member.name), self._inside_brackets(2).type(member.type)]
        if self.described and member.description:
            arguments.append(
                py_text(member.description, self.width, min(self.width, 60))
            )
        if not member.required:
            arguments.append(verbatim("required=False"))
        return fill("Property({})", join(", ", arguments))

    def _restricted_type(self, declared: RestrictedType) -> Code:
        match declared:
            case OneOf(base=base, values=values):
                self.imports.use("one_of")
                listed = join(", ", map(py, values))
                return fill("one_of({}, {})", self.type(base), listed)
            case Matching(pattern=pattern):
                self.imports.use("matching")
                return fill("matching({})", py_text(pattern, 60, 60, 72))
            case Refined():
                return self._refined_type(declared)
            case Nullable(base=base):
                self.imports.use("nullable")
                return fill("nullable({})", self._inside_brackets(1).type(base))
            case Union(types=types, is_exclusive=is_exclusive):
                name = "just_one_of" if is_exclusive else "any_of"
                self.imports.use(name)
                written = map(self._inside_brackets(1).type, types)
                return fill("{}({})", bare(name), join(", ", written))
            case _:
                assert_never(declared)

    def _refined_type(self, declared: Refined) -> Code:
        self.imports.use("refined")
        arguments = [self._inside_brackets(1).type(declared.base)]
        arguments += [
            fill("{}={}", bare(limit.name.lower()), py(bound))
            for limit, bound in declared.limits
        ]
        if declared.format is not None:
            arguments.append(fill("form={}", py(declared.format)))
        if declared.default is not None:
            arguments.append(fill("default={}", py(declared.default.value)))
        return fill("refined({})", join(", ", arguments))
