"""Tools: the calls of clients, and the coroutines that perform them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Concatenate, Generic, TypeVar

from mcp import types

from ..errors import InvalidInputError
from ..inputs import Property, object_schema
from ..json import JsonObject
from ..reply import Reply

SHOWN = 20
"""The most arguments that a message lists."""

C = TypeVar("C")

Operation = Callable[Concatenate[C, ...], Awaitable[Reply]]
"""A coroutine that takes the API client, and the inputs as keyword arguments."""


@dataclass(frozen=True, slots=True)
class Argument(Property):
    """An argument of a tool.

    `keyword` is the keyword argument that gets its value, the argument's own name
    unless another is given. An optional argument that is absent or null is None.
    """

    keyword: str = field(default="", kw_only=True)

    def read(self, arguments: JsonObject) -> Any:
        """Return the value; raises InvalidInputError unless it is of its type."""
        value = arguments.get(self.name)
        if value is None:
            if not self.required:
                return None
            if self.name not in arguments:
                raise InvalidInputError(self.name, "is required")
        return self.type.check(self.name, value)


@dataclass(frozen=True)
class Tool(Generic[C]):
    """A tool, and the operation that is called with the tool's arguments.

    The JSON Schema of its arguments follows from `inputs`. `output` is the JSON Schema
    of its structured output, if it has one.
    """

    name: str
    description: str
    operation: Operation[C]
    inputs: Sequence[Argument] = ()
    title: str | None = field(default=None, kw_only=True)
    output: JsonObject | None = field(default=None, kw_only=True)
    hints: types.ToolAnnotations | None = field(default=None, kw_only=True)

    @cached_property
    def definition(self) -> types.Tool:
        """Return the tool as `tools/list` shows it."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=object_schema(self.inputs),
            output_schema=self.output,
            annotations=self.hints,
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(argument.name for argument in self.inputs)

    @property
    def _known(self) -> str:
        """Return the arguments in words, so that a model corrects its call."""
        names = ", ".join(argument.name for argument in self.inputs[:SHOWN])
        more = ", …" if len(self.inputs) > SHOWN else ""
        listed = f": it has {names}{more}" if names else ", which has none"
        return f"an argument of this tool{listed}"

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[JsonObject], Any]]]:
        return [(one.keyword or one.name, one.read) for one in self.inputs]

    def call(self, client: C, arguments: JsonObject) -> Awaitable[Reply]:
        """Check the arguments, and perform the operation.

        Raises InvalidInputError at once for an argument that is missing, unknown or not
        of its type.
        """
        if not arguments.keys() <= self._names:
            unknown = next(name for name in arguments if name not in self._names)
            raise InvalidInputError(repr(unknown), f"is not {self._known}")
        values = {keyword: read(arguments) for keyword, read in self._readers}
        return self.operation(client, **values)
