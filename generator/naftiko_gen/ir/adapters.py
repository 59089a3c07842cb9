"""Adapters that a capability exposes, the guards of their clients, and Agent Skills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import ClassVar

from naftiko_gen.configuration.options import MAX_RESULT, MAX_TOOL_TOKENS, Surface
from naftiko_gen.ir.credentials import (
    Basic,
    Bearer,
    CookieKey,
    Digest,
    HeaderKey,
    QueryKey,
    Slot,
    SlotPlace,
)
from naftiko_gen.ir.exposed import (
    Exposed,
    FileResource,
    Invocable,
    Prompt,
    Resource,
    Route,
    Tool,
)
from naftiko_gen.ir.templates import Text, Variable, variables
from naftiko_gen.ir.types import of_kind

__all__ = ["DOCUMENT_PATH", "AccessToken", "Adapter", "CacheHint", "ControlAdapter"]
__all__ += ["Guard", "McpAdapter", "OwnFile", "RestAdapter", "Server", "Skill"]
__all__ += ["SkillAdapter", "SkillFile", "SkillHeader", "SkillServer", "SkillTool"]
__all__ += ["Transport"]


@dataclass(frozen=True)
class AccessToken:
    """An access token (a JWT) of an authorization server, in `Authorization: Bearer`.

    Attributes:
        issuer: The authorization server.
        audience: The name of this server in tokens.
        resource: The URL of this server, if the spec has it.
        scopes: The scopes that a token needs.
        token_endpoint: Where clients get tokens, for documentation.
    """

    label: ClassVar[str] = "oauth2"

    issuer: Text
    audience: Text
    resource: Text | None
    scopes: tuple[str, ...]
    token_endpoint: str | None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the header."""
        return (Slot(SlotPlace.HEADER, "Authorization"),)

    @property
    def texts(self) -> tuple[Text, ...]:
        """Return the issuer, the audience and the resource."""
        resource = () if self.resource is None else (self.resource,)
        return (self.issuer, self.audience, *resource)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the environment variables that the texts refer to."""
        return tuple(variables(self.texts))


Guard = Bearer | Basic | Digest | HeaderKey | QueryKey | CookieKey | AccessToken


@dataclass(frozen=True)
class SkillTool:
    """An entry of a skill: a route or tool with the skill's own name for it."""

    name: str
    description: str
    exposed: Invocable


@dataclass(frozen=True)
class SkillHeader:
    """The front matter of a skill, besides its name and description."""

    license: str | None = None
    compatibility: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    allowed_tools: tuple[str, ...] = ()
    argument_hint: str | None = None
    user_invocable: bool = True
    model_invocation: bool = True


@dataclass(frozen=True)
class SkillFile:
    """A file that `SKILL.md` names: at its installed path, or one of the skill's own.

    `tool` is the name of the tool whose instructions it has, and `instruction` its path
    in the skill's directory.
    """

    path: str
    description: str | None = None
    tool: str = ""
    instruction: str = ""


@dataclass(frozen=True)
class OwnFile:
    """A file of the author in a skill, by its path in the skill's directory."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Skill:
    """An Agent Skill; without tools of its own, it covers every tool and route.

    Attributes:
        files: The files that `SKILL.md` names; of an installed skill, the first one is
            the directory of the others.
        own_files: The files of the author that the package has copies of.
        text: The author's own `SKILL.md` without its front matter, if there is one.
    """

    name: str
    description: str
    tools: tuple[SkillTool, ...] = ()
    header: SkillHeader = SkillHeader()
    files: tuple[SkillFile, ...] = ()
    own_files: tuple[OwnFile, ...] = ()
    text: str | None = None


DOCUMENT_PATH = "/openapi.json"
"""The path of a REST API's OpenAPI document."""

# Every server has the facts `listens`, `publishes_metadata`, `list_limit` and
# `exposed`: whether it always listens on its port, whether it names its authorization
# server to clients without a token, the most bytes of its answers with lists, and the
# units that it exposes.


@dataclass(frozen=True)
class RestAdapter:
    """A REST API.

    In the order of `routes`, literal segments come before variables. `guard` is the
    authentication of clients, if the spec declares it.
    """

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False
    list_limit: ClassVar[int | None] = None

    namespace: str
    port: int
    routes: tuple[Route, ...]
    description: str | None = None
    guard: Guard | None = None

    @property
    def exposed(self) -> tuple[Exposed, ...]:
        """Return the routes."""
        return self.routes

    @property
    def serves_document(self) -> bool:
        """Return whether the OpenAPI document is served: no route has its path."""
        return all(route.path != (DOCUMENT_PATH,) for route in self.routes)

    @property
    def has_page(self) -> bool:
        """Return whether the page of routes is served: no route has its path."""
        return all(route.path != ("/",) for route in self.routes)

    def first(self, path: tuple[str | None, ...]) -> Route:
        """Return the first route of a path."""
        return self._firsts[path]

    @cached_property
    def _firsts(self) -> Mapping[tuple[str | None, ...], Route]:
        return {route.path: route for route in reversed(self.routes)}

    def count_routes(self, name: str) -> int:
        """Return the number of routes with a name."""
        return self._names[name]

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(route.name for route in self.routes)


class Transport(Enum):
    """The transport of an MCP adapter under `serve`."""

    HTTP = "http"
    STDIO = "stdio"


@dataclass(frozen=True)
class CacheHint:
    """How long clients may keep lists and contents, in milliseconds.

    `is_public` is whether others may share them; None if the spec declares nothing.
    """

    milliseconds: int | None = None
    is_public: bool | None = None


@dataclass(frozen=True)
class McpAdapter:
    """An MCP server; tools, resources and prompts are in the order of the spec.

    `contents` are the resources. `guard` is the authentication of HTTP clients, if the
    spec declares it. `surface` is how the server lists its tools, and
    `token_limit` about how many tokens the list may have. Lists in answers of tools are
    cut if these would have more bytes than `result_limit`.
    """

    publishes_metadata: ClassVar[bool] = True

    namespace: str
    port: int
    transport: Transport
    tools: tuple[Tool, ...]
    description: str | None = None
    guard: Guard | None = None
    contents: tuple[Resource | FileResource, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    cache: CacheHint = CacheHint()
    surface: Surface = Surface.FULL
    token_limit: int = MAX_TOOL_TOKENS
    result_limit: int = MAX_RESULT
    groups: tuple[tuple[str, str], ...] = ()
    """Descriptions of groups of tools, by tags of operations."""

    @property
    def has_items(self) -> bool:
        """Return whether tools answer with lists."""
        return any(tool.items for tool in self.tools)

    @property
    def list_limit(self) -> int | None:
        """Return the limit of lists in answers, None if no tool has one."""
        return self.result_limit if self.has_items else None

    @property
    def listens(self) -> bool:
        """Return whether it listens on its port under `serve`."""
        return self.transport is Transport.HTTP

    @property
    def exposed(self) -> tuple[Exposed, ...]:
        """Return the tools, then the resources that calls answer."""
        return (*self.tools, *self.resources)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return the resources that calls answer."""
        return of_kind(Resource, self.contents)

    @property
    def files(self) -> tuple[FileResource, ...]:
        """Return the resources that are files."""
        return of_kind(FileResource, self.contents)


@dataclass(frozen=True)
class SkillAdapter:
    """A catalogue of skills; a `SkillServer` may serve it."""

    skills: tuple[Skill, ...]


@dataclass(frozen=True)
class ControlAdapter:
    """The health and the status of the process, for supervisors.

    `language` is the version of the language that the spec is written in.
    """

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False
    list_limit: ClassVar[int | None] = None
    exposed: ClassVar[tuple[Exposed, ...]] = ()

    namespace: str
    port: int
    guard: Guard | None = None
    language: str = ""
    propagation: str | None = None
    """How upstreams are told of the trace of a call: `w3c` or `b3`."""


@dataclass(frozen=True)
class SkillServer:
    """A server of skills: facts about them, and their files."""

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False
    list_limit: ClassVar[int | None] = None
    exposed: ClassVar[tuple[Exposed, ...]] = ()

    namespace: str
    port: int
    skills: tuple[Skill, ...]
    guard: Guard | None = None


Server = RestAdapter | McpAdapter | ControlAdapter | SkillServer
"""An adapter that can listen on a port."""

Adapter = Server | SkillAdapter
