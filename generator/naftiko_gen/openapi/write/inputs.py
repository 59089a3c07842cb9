"""The inputs of a request, its constants, and the styles of both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from naftiko_gen.ir import Check
from naftiko_gen.openapi.read.api import REPEATED, Place, Style, Styling
from naftiko_gen.openapi.read.shapes import Shape
from naftiko_gen.openapi.write.schemas import Declaration
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block, Value

_FIXED = re.compile(r"[!-z|~]([ -z|~]*[!-z|~])?")
"""The text of a header without braces, which a capability could take for a template."""
_UNCHECKED = {"default", "apiDefault", "example", "format"}
"""Keys of inputs that restrict no values."""


@dataclass(frozen=True)
class Input:
    """An exposed input, and the consumed parameter that it feeds.

    Attributes:
        wire: The parameter's name; a new one for parameters in a path or a body.
        name: The input's name, for clients.
        styling: The style of the parameter, in the keys of the language.
        route_place: The place of the input in a route, if it is another one.
    """

    wire: str
    place: str
    declaration: Declaration
    required: bool
    name: str = ""
    styling: Styling = ()
    route_place: str = ""

    @property
    def keys(self) -> Mapping[str, Value]:
        """Return its restrictions, in the keys of the language."""
        return self.declaration.keys

    def with_keys(self, keys: Mapping[str, Value], *, required: bool) -> Input:
        """Return an input with other restrictions."""
        declaration = replace(self.declaration, keys=keys)
        return replace(self, declaration=declaration, required=required)

    @property
    def size(self) -> int:
        """The least number of characters that it takes."""
        return len(self.name) + len(self.declaration.text) + size_of(self.keys)

    @property
    def _is_required_header(self) -> bool:
        return self.required and self.place == "header" and not self.route_place

    @property
    def only_value(self) -> str:
        """Return the value of a required header that can't have another one."""
        match self.keys.get("enum"):
            case [str() | int() | float() as choice] if self._is_required_header:
                return str(choice) if _FIXED.fullmatch(str(choice)) else ""
            case _:
                return ""

    def with_default(self) -> Input:
        """Return an input whose default is sent, if it is a required header."""
        if not self._is_required_header or "apiDefault" not in self.keys:
            return self
        keys = {"default" if k == "apiDefault" else k: v for k, v in self.keys.items()}
        return self.with_keys(keys, required=False)

    def with_check(self, check: Check) -> Input:
        """Return an input that is checked that much, if it is a checked part of a body.

        Files are never checked.
        """
        is_structure = self.declaration.kind not in ("string", "array")
        is_checked = is_structure or not self.keys.keys() <= _UNCHECKED
        if self.place != "body" or not is_checked:
            return self
        keys = {**self.keys, "check": check.value}
        return self.with_keys(keys, required=self.required)


def size_of(value: Value | Mapping[str, Value]) -> int:
    """Return the least number of characters that a value takes."""
    match value:
        case Block(entries=entries):
            return sum(len(entry.key) + size_of(entry.value) for entry in entries)
        case Mapping():
            return sum(len(key) + size_of(item) for key, item in value.items())
        case str():
            return len(value)
        case Sequence():
            return sum(map(size_of, value))
        case _:
            return 1


@dataclass(frozen=True)
class Constant:
    """A parameter with a fixed value, or that of an environment variable."""

    name: str
    place: Place
    value: str


MEMBERS: Styling = (("explode", True),)


def styling_of(shape: Shape, style: Style) -> Styling:
    """Return the style of a parameter; a single value has none.

    The members of an object that are parameters of their own need no style if the
    document names them.
    """
    if style == REPEATED:
        is_spread = shape.kind == "object" and bool(shape.members)
        return () if is_spread else field_styling(shape, style)
    is_of_query = style.name not in (*_PLACED, "json", "tabDelimited")
    return style.keys if is_of_query and has_parts(shape) else ()


_PLACED = ("simple", "label", "matrix")


def placed_styling(shape: Shape, style: Style) -> Styling:
    """Return the style of a parameter in a path or a header.

    A single value has none, unless the style puts text in front of it.
    """
    is_simple = style.name == "simple"
    if style.name not in _PLACED or (is_simple and not has_parts(shape)):
        return ()
    is_list = is_simple and shape.kind == "array"
    return (Style("simple") if is_list else style).keys


def field_styling(shape: Shape, style: Style | None) -> Styling:
    """Return the style of a form's field, whose members are never named one by one."""
    if style == REPEATED:
        return () if shape.kind == "array" or not has_parts(shape) else MEMBERS
    return styling_of(shape, style) if style else ()


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
