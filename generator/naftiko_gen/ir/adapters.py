"""Adapters: the REST APIs, MCP servers and skills that a capability exposes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from naftiko_gen.ir.contents import FileResource
from naftiko_gen.ir.exposed import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.ir.contents import Prompt
    from naftiko_gen.ir.exposed import Exposed, Route, Tool
    from naftiko_gen.ir.guards import Guard
    from naftiko_gen.ir.skills import Skill

__all__ = [
    "DOCUMENT_PATH",
    "Adapter",
    "CacheHint",
    "ControlAdapter",
    "McpAdapter",
    "RestAdapter",
    "Server",
    "SkillAdapter",
    "SkillServer",
    "Transport",
]

DOCUMENT_PATH = "/openapi.json"
"""The path of a REST API's OpenAPI document."""

# Every server has the facts `listens`, `publishes_metadata` and `exposed`: whether it
# always listens on its port, whether it names its authorization server to clients
# without a token, and the units that it exposes.


@dataclass(frozen=True)
class RestAdapter:
    """A REST API.

    In the order of `routes`, literal segments come before variables. `guard` is the
    authentication of clients, if the spec declares it.
    """

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False

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
    spec declares it.
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
        return tuple(
            content for content in self.contents if isinstance(content, Resource)
        )

    @property
    def files(self) -> tuple[FileResource, ...]:
        """Return the resources that are files."""
        return tuple(
            content for content in self.contents if isinstance(content, FileResource)
        )


@dataclass(frozen=True)
class SkillAdapter:
    """A catalogue of skills; a `SkillServer` may serve it."""

    skills: tuple[Skill, ...]


@dataclass(frozen=True)
class ControlAdapter:
    """The health of the process, and perhaps its status, for supervisors.

    `language` is the version of the language that the spec is written in.
    """

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False
    exposed: ClassVar[tuple[Exposed, ...]] = ()

    namespace: str
    port: int
    has_health: bool = True
    has_status: bool = False
    guard: Guard | None = None
    language: str = ""


@dataclass(frozen=True)
class SkillServer:
    """A server of skills: facts about them, and their files."""

    listens: ClassVar[bool] = True
    publishes_metadata: ClassVar[bool] = False
    exposed: ClassVar[tuple[Exposed, ...]] = ()

    namespace: str
    port: int
    skills: tuple[Skill, ...]
    guard: Guard | None = None


Server = RestAdapter | McpAdapter | ControlAdapter | SkillServer
"""An adapter that can listen on a port."""

Adapter = Server | SkillAdapter
