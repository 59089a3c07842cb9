"""Dispatchers: tools that call the operations of other tools, each of one effect."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self, TypeVar

from ..errors import CallError, InvalidInputError, StartError
from ..transport import Reply
from ..values import JsonObject, json_bytes, parse_unambiguous
from .tools import JSON, Handler, Tool
from .toolsets import LONGEST_NAME, Toolset, question, read_surface

C = TypeVar("C")
ARGUMENTS = "arguments"
SCHEMA_LIMIT = 4_000
"""The most characters of a schema in the message for a wrong call."""
MOST_DESCRIBED = 10
SHOWN = 20
"""The most operations that a message lists."""


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

    def listed(self, chosen: Mapping[str, Any]) -> JsonObject | None:
        """Return the tool only with the chosen operations, None if it has none."""
        operations = [name for name in self.operations if name in chosen]
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
        self._dispatchers = {
            one.name: one
            for one in (Dispatcher(**row) for row in self._surface["dispatchers"])
        }
        self._owners = {
            operation: dispatcher
            for dispatcher in self._dispatchers.values()
            for operation in dispatcher.operations
        }

    def of(self, tools: Iterable[Tool[C]]) -> Self:
        """Return a set of the same kind with these tools; raises StartError."""
        toolset = super().of(tools)
        own_names = {helper["name"] for helper in self._helpers} | {*self._dispatchers}
        if taken := own_names & {*toolset.tools}:
            raise StartError(f"the MCP server has a tool {min(taken)} of its own")
        return toolset

    @property
    def listed(self) -> list[JsonObject]:
        """Return the tools as clients see them."""
        dispatchers = (one.listed(self.tools) for one in self._dispatchers.values())
        others = (
            tool.definition
            for name, tool in self.tools.items()
            if name not in self._owners
        )
        return [*self._helpers, *filter(None, dispatchers), *others]

    @property
    def _helpers(self) -> Iterator[JsonObject]:
        """Yield the definitions of further tools."""
        yield self._surface["describe"]

    @property
    def handlers(self) -> Mapping[str, Handler[C]]:
        """Return the handlers of calls by name."""
        dispatchers = {
            name: self._refuse(dispatcher)
            for name, dispatcher in self._dispatchers.items()
            if not dispatcher.operations.keys().isdisjoint(self.tools)
        }
        describe: Handler[C] = self._describe
        return {
            **dispatchers,
            self._surface["describe"]["name"]: describe,
            **super().handlers,
        }

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

    # --- wrong calls ---

    def _refuse(self, dispatcher: Dispatcher) -> Handler[C]:
        async def refuse(_: C, arguments: JsonObject) -> Reply:
            raise self._fault(dispatcher, arguments)

        return refuse

    def _fault(self, dispatcher: Dispatcher, arguments: JsonObject) -> CallError:
        key, operation = dispatcher.key, arguments.get(dispatcher.key)
        if not isinstance(operation, str):
            choices = self._choices(dispatcher.operations)
            return InvalidInputError(key, f"must be the name of an operation{choices}")
        if operation not in self.tools or operation not in self._owners:
            return self.unknown(key, operation, dispatcher.operations)
        owner = self._owners[operation]
        if owner is not dispatcher:
            fault = f"is of the kind {owner.effect}: call it with {owner.name}"
            call = json.dumps({owner.key: operation, ARGUMENTS: {}})
            return InvalidInputError(
                repr(operation), f"{fault} {call}\n{self._schema(operation)}"
            )
        further = [name for name in arguments if name not in (key, ARGUMENTS)]
        if further:
            fault = f"isn't beside {key}: write it into {ARGUMENTS}"
            name = repr(further[0][:LONGEST_NAME])
            return InvalidInputError(name, f"{fault}\n{self._schema(operation)}")
        fault = f"must be an object\n{self._schema(operation)}"
        return InvalidInputError(ARGUMENTS, fault)

    def unknown(self, key: str, name: str, likely: Iterable[str]) -> CallError:
        """Return the error for an unknown name, with the most similar names."""
        asked = question(name, self._chosen(likely), self._chosen(self._owners))
        fault = f"{name[:LONGEST_NAME]!r} is no operation"
        fault += asked or self._choices(likely)
        return InvalidInputError(key, fault)

    def _chosen(self, names: Iterable[str]) -> list[str]:
        return [*filter(self.tools.__contains__, names)]

    def _choices(self, names: Iterable[str]) -> str:
        """Return a list of the operations in words, nothing if they are many."""
        chosen = self._chosen(names)
        return f": {', '.join(chosen)}" if len(chosen) <= SHOWN else ""

    def _schema(self, operation: str) -> str:
        """Return the schema of an operation's arguments, as far as messages allow."""
        schema = json.dumps(self.tools[operation].definition["inputSchema"])
        more = " …" if len(schema) > SCHEMA_LIMIT else ""
        return f"Its arguments: {schema[:SCHEMA_LIMIT]}{more}"

    # --- descriptions ---

    async def _describe(self, _: C, arguments: JsonObject) -> Reply:
        refuse_others(arguments, "names")
        names = _names(arguments.get("names"))
        return json_reply({"tools": [self._description(name) for name in names]})

    def _description(self, name: str) -> JsonObject:
        if name not in self.tools:
            raise self.unknown("names", name, self._owners)
        document = self.tools[name].definition
        owner = self._owners.get(name)
        return {**document, "call_with": owner.name} if owner else document


class GroupedToolset(DispatchingToolset[C]):
    """Tools that a dispatcher for each group and each effect calls."""


def json_reply(value: JsonObject) -> Reply:
    """Return a reply with a JSON object."""
    return Reply(200, JSON, json_bytes(value))


def refuse_others(arguments: JsonObject, *names: str) -> None:
    """Raise InvalidInputError for an argument that a tool doesn't have."""
    for name in arguments:
        if name not in names:
            fault = f"is not an argument of this tool: it has {', '.join(names)}"
            raise InvalidInputError(repr(name[:LONGEST_NAME]), fault)


def value_of(argument: Any) -> Any:
    """Return an argument; a text of JSON as its value, another text as it is."""
    if not isinstance(argument, str):
        return argument
    try:
        return parse_unambiguous(argument.encode())
    except ValueError:
        return argument


def _members(argument: Any) -> JsonObject | None:
    """Return the arguments of an operation, None unless they are an object."""
    value = value_of(argument)
    if value is None or value == "":
        return {}
    return value if isinstance(value, dict) else None


def _names(argument: Any) -> list[str]:
    value = value_of(argument)
    names = [value] if isinstance(value, str) else value
    is_list = isinstance(names, list) and all(isinstance(one, str) for one in names)
    if not (is_list and 0 < len(names) <= MOST_DESCRIBED):
        fault = f"must be a list of one to {MOST_DESCRIBED} names"
        raise InvalidInputError("names", fault)
    return list(dict.fromkeys(names))
