"""The inputs of a request, its constants, and the styles of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from naftiko_gen.ir import Check
from naftiko_gen.language.models import Kind
from naftiko_gen.openapi.read.api import Place, Spread
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block, Value

_FIXED = re.compile(r"[!-z|~]([ -z|~]*[!-z|~])?")
"""The text of a header without braces, which a capability could take for a template."""
_UNCHECKED = ("default", "apiDefault", "example", "format")
"""Keys of inputs that restrict no values."""


@dataclass(frozen=True)
class Input:
    """An exposed input, and the consumed parameter that it feeds.

    Attributes:
        wire: The parameter's name; a new one for parameters in a path or a body.
        name: The input's name, for clients.
        kind: Its type, None if it has several.
        keys: Its restrictions, in the keys of the language.
        styling: The style of the parameter, in the keys of the language.
        route_place: The place of the input in a route, if it is another one.
    """

    wire: str
    place: str
    name: str
    kind: Kind | None
    required: bool
    description: str
    keys: Block = field(default_factory=Block)
    styling: Styling = ()
    route_place: str = ""

    @property
    def size(self) -> int:
        """The least number of characters that it takes."""
        return len(self.name) + len(self.description) + size_of(self.keys)

    @property
    def _is_required_header(self) -> bool:
        return self.required and self.place == "header" and not self.route_place

    @property
    def is_preset(self) -> bool:
        """Return whether the package sends a default."""
        return any(entry.key == "default" for entry in self.keys.entries)

    @property
    def only_value(self) -> str:
        """Return the value of a required header that can't have another one."""
        choices = next((e.value for e in self.keys.entries if e.key == "enum"), None)
        match choices:
            case [str() | int() | float() as choice] if self._is_required_header:
                return str(choice) if _FIXED.fullmatch(str(choice)) else ""
            case _:
                return ""

    def with_default(self) -> Input:
        """Return an input whose default is sent, if it is a required header."""
        entries = [
            replace(e, key="default") if e.key == "apiDefault" else e
            for e in self.keys.entries
        ]
        if not self._is_required_header or entries == self.keys.entries:
            return self
        return replace(self, required=False, keys=replace(self.keys, entries=entries))

    def with_check(self, check: Check) -> Input:
        """Return an input that is checked that much, if it is a checked part of a body.

        Files are never checked.
        """
        if self.place != "body" or not self._is_checked:
            return self
        keys = replace(self.keys, entries=[*self.keys.entries])
        return replace(self, keys=keys.put("check", check.value))

    @property
    def _is_checked(self) -> bool:
        has_restrictions = any(e.key not in _UNCHECKED for e in self.keys.entries)
        return has_restrictions or self.kind not in ("string", "array")


def size_of(value: Value) -> int:
    """Return the least number of characters that a value takes."""
    match value:
        case Block(entries=entries):
            return sum(len(entry.key) + size_of(entry.value) for entry in entries)
        case str():
            return len(value)
        case Sequence():
            return sum(map(size_of, value))
        case _:
            return 1


@dataclass(frozen=True)
class Constant:
    """A parameter with a fixed value."""

    name: str
    place: Place
    value: str


Styling = tuple[tuple[str, str | bool], ...]
"""The keys `style`, `explode` and `allowReserved` of a parameter, with their values."""

_STYLINGS: dict[Spread, Styling] = {
    Spread.DEEP: (("style", "deepObject"),),
    Spread.COMMAS: (("explode", False),),
    Spread.SPACES: (("style", "spaceDelimited"),),
    Spread.PIPES: (("style", "pipeDelimited"),),
}
_PLACED_STYLINGS: dict[Spread, Styling] = {
    Spread.SIMPLE: (("style", "simple"),),
    Spread.SIMPLE_MEMBERS: (("style", "simple"), ("explode", True)),
    Spread.LABEL: (("style", "label"),),
    Spread.LABEL_MEMBERS: (("style", "label"), ("explode", True)),
    Spread.MATRIX: (("style", "matrix"),),
    Spread.MATRIX_MEMBERS: (("style", "matrix"), ("explode", True)),
}
MEMBERS: Styling = (("explode", True),)


def styling_of(shape: Shape, spread: Spread) -> Styling:
    """Return the style of a parameter; a single value has none.

    The members of an object that are parameters of their own need no style if the
    document names them.
    """
    if not has_parts(shape):
        return ()
    if spread is not Spread.REPEATED:
        return _STYLINGS.get(spread, ())
    is_spread = shape.kind == "object" and bool(shape.members)
    is_list = shape.kind == "array"
    return () if is_spread or is_list else MEMBERS


def placed_styling(shape: Shape, spread: Spread) -> Styling:
    """Return the style of a parameter in a path or a header.

    A single value has none, unless the style puts text in front of it.
    """
    if shape.kind == "array" and spread is Spread.SIMPLE_MEMBERS:
        return _PLACED_STYLINGS[Spread.SIMPLE]
    is_simple = spread in (Spread.SIMPLE, Spread.SIMPLE_MEMBERS)
    is_plain = is_simple and not has_parts(shape)
    return () if is_plain else _PLACED_STYLINGS.get(spread, ())


def field_styling(shape: Shape, spread: Spread | None) -> Styling:
    """Return the style of a form's field, whose members are never named one by one."""
    if spread is Spread.REPEATED and has_parts(shape):
        return () if shape.kind == "array" else MEMBERS
    return styling_of(shape, spread) if spread else ()


def with_reserved(styling: Styling, allows_reserved: bool) -> Styling:
    """Return a style that also says that reserved characters aren't encoded."""
    return (*styling, ("allowReserved", True)) if allows_reserved else styling


def has_parts(shape: Shape) -> bool:
    """Return whether a value can be a list or an object."""
    is_structure = shape.kind in ("array", "object")
    has_own = bool(shape.members) or shape.items is not None
    return is_structure or has_own or any(map(has_parts, shape.variants))


def put_styling(block: Block, styling: Styling) -> Block:
    """Add the style of a parameter, with the comment of an extension."""
    for index, (key, value) in enumerate(styling):
        block.put(key, value, *(() if index else (MEANT,)))
    return block
