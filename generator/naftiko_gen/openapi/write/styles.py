"""Styles of lists and objects, as a capability declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.openapi.read.api import Spread
from naftiko_gen.syntax.pragmas import MEANT

if TYPE_CHECKING:
    from naftiko_gen.openapi.read.shapes import Shape
    from naftiko_gen.syntax.yaml_writer import Block

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
