"""The inputs and the constants of a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from naftiko_gen.ir import Check
    from naftiko_gen.language.models import Kind
    from naftiko_gen.openapi.read.api import Place
    from naftiko_gen.openapi.write.styles import Styling
    from naftiko_gen.syntax.yaml_writer import Value

_FIXED = re.compile(r"[!-z|~]([ -z|~]*[!-z|~])?")
"""The text of a header without braces, which a capability could take for a template."""
_UNCHECKED = ("default", "apiDefault", "format")
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
