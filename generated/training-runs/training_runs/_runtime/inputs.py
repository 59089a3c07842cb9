"""The JSON types of inputs, and checks of a client's values against them."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .errors import InvalidInputError
from .json import JsonObject, parse_unambiguous

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """A JSON type: its name in messages, a check of values and a parser of text.

    `reads_members` is whether the check depends on the members of objects.
    """

    noun: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], T_co]
    reads_members: bool = False

    def check(self, name: str, value: Any) -> T_co:
        """Return the value; raises InvalidInputError if it is of another type."""
        if not self.accepts(value):
            raise InvalidInputError(name, f"must be {self.noun}")
        checked: T_co = value
        return checked

    def read(self, name: str, text: str) -> T_co:
        """Parse the text of a path variable, query parameter or header."""
        try:
            return self.parse(text)
        except ValueError:
            raise InvalidInputError(name, f"must be {self.noun}") from None


class Arguments:
    """The members of a JSON object; each is checked when it is read."""

    __slots__ = ("_members",)

    def __init__(self, members: JsonObject) -> None:
        self._members = members

    def only(self, *names: str) -> None:
        """Raise InvalidInputError if a member has another name."""
        for name in self._members:
            if name not in names:
                raise InvalidInputError(repr(name), "is not an argument of this tool")

    def required(self, name: str, kind: Kind[T]) -> T:
        """Return a required member."""
        if name not in self._members:
            raise InvalidInputError(name, "is required")
        return kind.check(name, self._members[name])

    def optional(self, name: str, kind: Kind[T]) -> T | None:
        """Return an optional member, or None if it is absent or null."""
        value = self._members.get(name)
        return None if value is None else kind.check(name, value)

    def inside(self, name: str) -> "Arguments":
        """Return the members of a nested object; none if it is absent or null."""
        return Arguments(self.optional(name, OBJECT) or {})


def array(items: Kind[Any]) -> Kind[list[Any]]:
    """Return the type of arrays whose items are all of one type."""

    def accepts(value: Any) -> bool:
        return isinstance(value, list) and all(map(items.accepts, value))

    noun = "an array" if items is ANYTHING else f"an array, each item {items.noun}"
    return Kind(noun, accepts, lambda text: _parsed(text, accepts), items.reads_members)


def record(members: dict[str, tuple[Kind[Any], bool]]) -> Kind[JsonObject]:
    """Return the type of objects with these members: their types, and if required."""

    def accepts(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value for name, (_, must) in members.items() if must)
            and all(
                name in members and members[name][0].accepts(item)
                for name, item in value.items()
            )
        )

    noun = f"an object of {', '.join(members)}, each of its type"
    return Kind(noun, accepts, lambda text: _parsed(text, accepts), reads_members=True)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,4000}", text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if re.fullmatch(r"-?[0-9]{1,4000}", text):
        return int(text)
    if not re.fullmatch(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?", text):
        raise ValueError(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _parsed(text: str, accepts: Callable[[Any], bool]) -> Any:
    value = parse_unambiguous(text.encode())
    if not accepts(value):
        raise ValueError(text)
    return value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


STRING = Kind("a string", lambda value: isinstance(value, str), str)
INTEGER = Kind("an integer", _is_integer, _integer)
NUMBER = Kind("a number", _is_number, _number)
BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool), _boolean)
OBJECT: Kind[JsonObject] = Kind(
    "an object", _is_object, lambda text: _parsed(text, _is_object)
)
ANYTHING: Kind[Any] = Kind("a value", lambda _: True, str)
ARRAY = array(ANYTHING)
