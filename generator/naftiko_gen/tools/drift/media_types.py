"""The media types that callers can choose for the body of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.openapi.write.media_choices import types_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPE = "content-type"


@dataclass(frozen=True)
class OfferedTypes:
    """The media types of a capability's operation.

    Attributes:
        bodies: The types of its bodies.
        choosers: The types of the inputs that choose among them.
    """

    bodies: tuple[str, ...]
    choosers: tuple[ir.Type, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Return the types that callers can name, in their order."""
        names = (name for chooser in self.choosers for name in _values(chooser))
        return tuple(dict.fromkeys((*self.bodies, *names)))

    def has(self, media_type: str) -> bool:
        """Return whether callers can choose a type, or a type of a range."""
        example = media_type.replace("*", "x")
        return media_type in self.bodies or any(
            _allows(chooser, example) for chooser in self.choosers
        )


def offered_types(
    operation: ir.Operation, capability: ir.Capability
) -> OfferedTypes | None:
    """Return the media types among which callers choose, None without a choice."""
    body = operation.body
    headers = {name.lower(): value for name, value in operation.headers}
    match body, headers.get(_TYPE):
        case None, _:
            return None
        case _, ir.Argument(source=ir.Parameter() as parameter):
            templates = capability.arguments(parameter)
            sources = (
                source for value in templates for source in ir.placeholders(value)
            )
            choosers = (parameter.type, *(source.type for source in sources))
            bodies = (kind.media_type for kind in ir.kinds_of(body))
            return OfferedTypes(tuple(bodies), choosers)
        case _:
            return None


def _values(kind: ir.Type) -> Iterator[str]:
    match kind:
        case ir.OneOf(values=values):
            yield from map(str, values)
        case ir.Refined(base=base) | ir.Nullable(base=base):
            yield from _values(base)
        case ir.Union(types=types):
            for option in types:
                yield from _values(option)
        case _:
            return


def _allows(kind: ir.Type, media_type: str) -> bool:
    """Return whether a restricted type has a value; a type of its own names none."""
    match kind:
        case ir.OneOf(values=values):
            return media_type in values
        case ir.Matching(pattern=pattern):
            return any(ir.is_of_type(media_type, type_) for type_ in types_of(pattern))
        case ir.Refined(base=base) | ir.Nullable(base=base):
            return _allows(base, media_type)
        case ir.Union(types=types):
            return any(_allows(option, media_type) for option in types)
        case ir.Primitive() | ir.Anything() | ir.Bytes() | ir.Array() | ir.Object():
            return False
        case _:
            assert_never(kind)
