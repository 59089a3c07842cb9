"""Exposed routes, tools with lists in pages, and resources; contents of MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from naftiko_gen.ir.effects import Effect, widest_effect
from naftiko_gen.ir.implementation import calls, request_methods
from naftiko_gen.ir.types import Type

if TYPE_CHECKING:
    from naftiko_gen.diagnostics import Plain
    from naftiko_gen.ir.implementation import Implementation
    from naftiko_gen.ir.operations import Call
    from naftiko_gen.ir.outputs import Projection
    from naftiko_gen.ir.parameters import Input

__all__ = ["DeclaredResponse", "Exposed", "FileResource", "Hints"]
__all__ += ["Invocable", "ItemList", "MemberPath", "Paging", "PagingKind", "Prompt"]
__all__ += ["PromptArgument", "PromptMessage", "Resource", "ResponseBody", "Role"]
__all__ += ["Route", "Tool", "join_names"]


MemberPath = tuple[str, ...]
"""The names that lead to a member of a response; without one, the response itself."""


def join_names(path: Iterable[str]) -> str:
    """Return a path as a text; a backslash stands before a dot inside of a name."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in path)


class PagingKind(StrEnum):
    """A way to ask for the next page, with the name of its class in the runtime."""

    OFFSET = "Offset"
    PAGE = "PageNumber"
    CURSOR = "Cursor"
    LAST_ITEM = "LastItem"
    NEXT_URL = "NextUrl"
    LINK = "NextLink"


@dataclass(frozen=True)
class Paging:
    """The paging of an operation, in terms of a tool's arguments and of the response.

    Attributes:
        argument: The argument that asks for another page.
        size: The argument that limits the items of a page.
        next: The path of the cursor, the URL or the number of the next page.
        total: The path of the number of all items.
        pages: The path of the number of pages.
        more: The path of the flag whether there are more items.
        key: The path of the key in the last item.
        first: The number of the first page or item.
        usual_size: The number of items without the argument, if the API says it.
        least_size: The least value of the argument.
        most_size: Its greatest value, where the API doesn't say the default number.
        query: The parameters of the query, which a URL may have.
        named: Those whose arguments have other names, with these.
        rivals: Arguments of another paging, which can't be sent beside this one.
        inside: The arguments that are members of a body: the name of the input, and the
            names that lead to the member. Such an argument is called by this path.
    """

    kind: PagingKind
    argument: str | None = None
    size: str | None = None
    next: MemberPath | None = None
    total: MemberPath | None = None
    pages: MemberPath | None = None
    more: MemberPath | None = None
    key: MemberPath | None = None
    first: int | None = None
    usual_size: int | None = None
    least_size: int | None = None
    most_size: int | None = None
    query: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    rivals: tuple[str, ...] = ()
    inside: tuple[MemberPath, ...] = ()


@dataclass(frozen=True)
class ItemList:
    """The list in the answers of a tool that reads.

    Attributes:
        path: Where it is in the tool's answer; without a name, the answer itself, or an
            object with several lists of which none is the one.
        paging: How the API splits it into pages, if that is known.
        members: The members of the answer that the argument `fields` can select; None
            if the tool hasn't this argument.
        replaces_next: Whether the API's own member `next` says how to read on.
        skip: The argument that leaves out leading items of the list, by which a cut
            answer goes on; None if the tool hasn't this argument.
        call: The number of the call that gets the list, in the order in which the
            steps of the tool begin; None for the last one.
    """

    path: MemberPath
    paging: Paging | None = None
    members: Type | None = None
    replaces_next: bool = False
    skip: str | None = None
    call: int | None = None


@dataclass(frozen=True)
class FileResource:
    """An MCP resource: a file, which the package has a copy of."""

    uri: str
    name: str
    title: str | None
    description: str
    media_type: str
    resource: str
    """The name of the resource, which may have several files."""
    path: str
    """The path from the directory of the resource."""
    content: bytes

    @property
    def template(self) -> str:
        """Return the URI, which has no variables."""
        return self.uri


@dataclass(frozen=True)
class PromptArgument:
    """An argument of a prompt, which is a text."""

    name: str
    title: str | None
    description: str | None
    required: bool


class Role(Enum):
    """The speaker of a message."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True)
class PromptMessage:
    """A message of a prompt; texts and arguments in turn."""

    role: Role
    parts: tuple[str | PromptArgument, ...]


@dataclass(frozen=True)
class Prompt:
    """An MCP prompt, which clients fill in."""

    name: str
    title: str | None
    description: str
    arguments: tuple[PromptArgument, ...]
    messages: tuple[PromptMessage, ...]


class _Answering:
    """A unit that produces an answer."""

    implementation: Implementation

    @property
    def output(self) -> Projection:
        """Return the type of the answer."""
        return self.implementation.output

    @property
    def effect(self) -> Effect:
        """Return the widest effect of the requests."""
        return widest_effect(request_methods(self.implementation))

    @property
    def only_call(self) -> Call:
        """Return the only call; raises ValueError if there are others or none."""
        (call,) = calls(self.implementation)
        return call


@dataclass(frozen=True)
class ResponseBody:
    """A body of a response: bytes, or a value that fits a JSON Schema."""

    media_type: str
    is_binary: bool
    schema: Plain = None


@dataclass(frozen=True)
class DeclaredResponse:
    """A response that the spec describes, for documents; its status may be `2XX`."""

    status: str
    description: str | None
    bodies: tuple[ResponseBody, ...] = ()


@dataclass(frozen=True)
class Route(_Answering):
    """One method of one route of a REST API; `ANY_METHOD` if it forwards requests.

    `route` alternates text, not yet percent-encoded, and inputs.
    """

    name: str
    method: str
    route: tuple[str | Input, ...]
    inputs: tuple[Input, ...]
    implementation: Implementation
    description: str
    responses: tuple[DeclaredResponse, ...] = ()

    @property
    def path(self) -> tuple[str | None, ...]:
        """Return the route without the names of its variables."""
        return tuple(part if isinstance(part, str) else None for part in self.route)


@dataclass(frozen=True)
class Hints:
    """The behaviour of a tool, as clients are told."""

    effect: Effect
    idempotent: bool
    open_world: bool = True

    @property
    def read_only(self) -> bool:
        """Return whether a call changes nothing."""
        return self.effect is Effect.READ

    @property
    def destructive(self) -> bool:
        """Return whether a call may overwrite or delete something."""
        return self.effect is Effect.DESTRUCTIVE


@dataclass(frozen=True)
class Tool(_Answering):
    """An MCP tool.

    `title` and `description` are the spec's own. Of the description, a list of tools
    has at most `longest_description` characters.
    """

    name: str
    title: str | None
    description: str
    hints: Hints
    inputs: tuple[Input, ...]
    implementation: Implementation
    longest_description: int
    items: ItemList | None = None

    @property
    def effect(self) -> Effect:
        """Return the effect of the requests, as far as hints may claim another."""
        return self.hints.effect


@dataclass(frozen=True)
class Resource(_Answering):
    """An MCP resource that calls answer.

    `uri` alternates text and inputs. The media type is that of the answer unless the
    spec declares one. A binary resource is bytes, even if they are text.
    """

    name: str
    title: str | None
    description: str
    uri: tuple[str | Input, ...]
    media_type: str | None
    is_binary: bool
    inputs: tuple[Input, ...]
    implementation: Implementation

    @property
    def template(self) -> str:
        """Return the URI, with the names of inputs in braces."""
        return "".join(
            part if isinstance(part, str) else f"{{{part.name}}}" for part in self.uri
        )


Invocable = Route | Tool
"""A unit that clients call; skills list such units."""

Exposed = Invocable | Resource
"""A unit that an adapter exposes."""
