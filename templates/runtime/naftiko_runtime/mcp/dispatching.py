"""Dispatchers: tools that call the operations of other tools, each of one effect.

In the search surface, another tool finds these operations.
"""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, Self, TypeVar

from ..errors import CallError, InvalidInputError, StartError
from ..inputs import INTEGER, STRING, array
from ..names import SHOWN, listing
from ..transport import Reply
from ..values import JsonObject, json_bytes, parse_unambiguous
from .tools import JSON, Argument, Handler, Operation, Tool, Toolset, read_surface
from .words import LONGEST_NAME, question, rank

C = TypeVar("C")
Helper = tuple[JsonObject, Handler[C]]
"""A further tool: its definition, and the function that performs a call."""
ARGUMENTS = "arguments"
SCHEMA_LIMIT = 4_000
"""The most characters of a schema in the message for a wrong call."""
MOST = 10
"""The most tools that are described or found at once."""


class Dispatcher(NamedTuple):
    """A tool whose argument `key` names the operation to call.

    `operations` has the line of its description for each operation. `definition` is the
    tool without these lines, with the names of all operations.
    """

    key: str
    effect: str
    definition: JsonObject
    operations: Mapping[str, str]

    @property
    def name(self) -> str:
        """Return the name of the tool."""
        return str(self.definition["name"])

    def with_only(self, tools: Mapping[str, Any]) -> JsonObject | None:
        """Return the tool only with the chosen operations, None if it has none."""
        operations = [name for name in self.operations if name in tools]
        if not operations:
            return None
        definition = copy.deepcopy(self.definition)
        lines = filter(None, map(self.operations.__getitem__, operations))
        description = definition.get("description", "")
        definition["description"] = "\n".join((description, *lines))
        names = definition["inputSchema"]["properties"][self.key]
        if "enum" in names:
            names["enum"] = operations
        return definition


class DispatchingToolset(Toolset[C]):
    """Tools that aren't listed, but called by dispatchers, or by their own names.

    A tool that the JSON file of the module's surface doesn't have is listed as it is.
    """

    def __init__(self, tools: Iterable[Tool[C]], module: str) -> None:
        super().__init__(tools)
        self._surface = read_surface(module)
        dispatchers = [Dispatcher(**row) for row in self._surface["dispatchers"]]
        self._dispatchers = {tool.name: tool for tool in dispatchers}
        self._owners = {
            operation: dispatcher
            for dispatcher in dispatchers
            for operation in dispatcher.operations
        }

    def of(self, tools: Iterable[Tool[C]]) -> Self:
        """Return a set of the same kind with these tools; raises StartError."""
        toolset = super().of(tools)
        own_names = {tool["name"] for tool, _ in self._helpers} | {*self._dispatchers}
        if clashes := own_names & {*toolset.tools}:
            raise StartError(f"the MCP server has a tool {min(clashes)} of its own")
        return toolset

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        rows = (tool.with_only(self.tools) for tool in self._dispatchers.values())
        names = (name for name in self.tools if name not in self._owners)
        others = (self.tools[name].definition for name in names)
        return [*(tool for tool, _ in self._helpers), *filter(None, rows), *others]

    @property
    def _helpers(self) -> list[Helper[C]]:
        names = Argument("names", array(STRING))
        return [self._helper("describe", self._describe, names)]

    def _helper(self, key: str, perform: Operation[C], *inputs: Argument) -> Helper[C]:
        definition = self._surface[key]
        return definition, Tool(definition["name"], "", perform, inputs).call

    @property
    def handlers(self) -> Mapping[str, Handler[C]]:
        """Return the handlers of calls by name."""
        dispatchers = {
            name: partial(self._refuse, dispatcher)
            for name, dispatcher in self._dispatchers.items()
            if not dispatcher.operations.keys().isdisjoint(self.tools)
        }
        helpers = {tool["name"]: call for tool, call in self._helpers}
        return {**dispatchers, **helpers, **super().handlers}

    def target(self, name: str, arguments: JsonObject) -> tuple[str, JsonObject]:
        """Return the operation that a call is for, and the arguments of that.

        A wrong call of a dispatcher is one of the dispatcher itself, which refuses it.
        """
        dispatcher = self._dispatchers.get(name)
        if dispatcher is None:
            return name, arguments
        operation = arguments.get(dispatcher.key)
        members = _members(arguments.get(ARGUMENTS))
        if (
            isinstance(operation, str)
            and operation in dispatcher.operations
            and operation in self.tools
            and members is not None
            and arguments.keys() <= {dispatcher.key, ARGUMENTS}
        ):
            return operation, members
        return name, arguments

    async def _refuse(
        self, dispatcher: Dispatcher, _: C, arguments: JsonObject
    ) -> Reply:
        """Raise the error for a wrong call of a dispatcher."""
        key, operation = dispatcher.key, arguments.get(dispatcher.key)
        if not isinstance(operation, str):
            choices = self._choices(dispatcher.operations)
            raise InvalidInputError(key, f"must be the name of an operation{choices}")
        if operation not in self.tools or operation not in self._owners:
            raise self._unknown(key, operation, dispatcher.operations)
        owner, others = self._owners[operation], arguments.keys() - {key, ARGUMENTS}
        if owner is not dispatcher:
            call = json.dumps({owner.key: operation, ARGUMENTS: {}})
            fault = f"is of the kind {owner.effect}: call it with {owner.name} {call}"
            name = repr(operation)
        elif others:
            fault = f"isn't beside {key}: write it into {ARGUMENTS}"
            name = repr(next(n for n in arguments if n in others)[:LONGEST_NAME])
        else:
            fault, name = "must be an object", ARGUMENTS
        schema = json.dumps(self.tools[operation].definition["inputSchema"])
        more = " …" if len(schema) > SCHEMA_LIMIT else ""
        fault += f"\nIts arguments: {schema[:SCHEMA_LIMIT]}{more}"
        raise InvalidInputError(name, fault)

    def _unknown(self, key: str, name: str, likely: Iterable[str]) -> CallError:
        """Return the error for an unknown name, with the most similar names."""
        near = question(name, self._among(likely), self._among(self._owners))
        fault = f"{name[:LONGEST_NAME]!r} is no operation"
        return InvalidInputError(key, fault + (near or self._choices(likely)))

    def _among(self, names: Iterable[str]) -> list[str]:
        return [*filter(self.tools.__contains__, names)]

    def _choices(self, names: Iterable[str]) -> str:
        """Return a list of the operations in words, nothing if they are many."""
        operations = self._among(names)
        return f": {listing(operations)}" if len(operations) <= SHOWN else ""

    async def _describe(self, _: C, names: list[str]) -> Reply:
        if not 0 < len(names) <= MOST:
            raise InvalidInputError("names", f"must be a list of one to {MOST} names")
        return _reply(map(self._description, dict.fromkeys(names)))

    def _description(self, name: str) -> JsonObject:
        if name not in self.tools:
            raise self._unknown("names", name, self._owners)
        document = self.tools[name].definition
        owner = self._owners.get(name)
        return {**document, "call_with": owner.name} if owner else document


class GroupedToolset(DispatchingToolset[C]):
    """Tools that a dispatcher for each group and each effect calls."""


class SearchToolset(DispatchingToolset[C]):
    """Tools that are found by words, and called by a dispatcher for each effect."""

    @property
    def _helpers(self) -> list[Helper[C]]:
        inputs = Argument("query", STRING), Argument("limit", INTEGER, required=False)
        return [self._helper("search", self._search, *inputs), *super()._helpers]

    async def _search(self, _: C, query: str, limit: int | None) -> Reply:
        if not query.strip():
            raise InvalidInputError("query", "must be a text of some words")
        if limit is not None and limit < 1:
            raise InvalidInputError("limit", "must be a whole number from 1")
        return _reply(islice(self._matches(query), min(limit or MOST, MOST)))

    def _matches(self, query: str) -> Iterator[JsonObject]:
        """Yield the tools that have words of a query, the best first."""
        summaries = list(self._surface["summaries"].items())
        for number in rank(self._surface["index"], query):
            name, summary = summaries[number]
            if name in self.tools:
                owner = self._owners[name]
                caller = {"kind": owner.effect, "call_with": owner.name}
                yield {"name": name, "summary": summary, **caller}


def _reply(tools: Iterable[JsonObject]) -> Reply:
    return Reply(200, JSON, json_bytes({"tools": [*tools]}))


def _members(argument: Any) -> JsonObject | None:
    """Return the arguments of an operation, None unless they are an object."""
    if isinstance(argument, str):
        try:
            argument = parse_unambiguous(argument.encode() or b"null")
        except ValueError:
            return None
    if argument is None:
        return {}
    return argument if isinstance(argument, dict) else None
