"""The parts of an explanation, for the renderers of text and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Plain

# --- where a value comes from ------------------------------------


@dataclass(frozen=True)
class FromInput:
    """The value of an input; an optional input without a value isn't sent."""

    name: str
    required: bool


@dataclass(frozen=True)
class FromVariable:
    """The value of an environment variable."""

    name: str
    secret: bool


@dataclass(frozen=True)
class FromStep:
    """A part of the answer of an earlier step; without a path, the whole answer."""

    step: str
    path: str


@dataclass(frozen=True)
class Fixed:
    """A value that the spec sets."""

    value: Plain


@dataclass(frozen=True)
class Text:
    """Text around values."""

    parts: tuple[str | FromInput | FromVariable | FromStep, ...]


@dataclass(frozen=True)
class Absent:
    """No value: the call doesn't set the parameter, so it isn't sent."""


Source = FromInput | FromVariable | FromStep | Fixed | Text | Absent


@dataclass(frozen=True)
class SentValue:
    """A value of the upstream request, and where it comes from.

    Attributes:
        place: `base-uri`, `path`, `query`, `header`, `body`, `form`, `part`,
            `filename` or `media-type`.
        name: The name at the place; empty for the body.
        pointer: A JSON Pointer into the value; empty for all of it.
        parameters: Parameters of the operation that the value passes through.
        source: The origin of the value.
        style: The style of a list or an object, if it has one.
    """

    place: str
    name: str
    pointer: str
    parameters: tuple[str, ...]
    source: Source
    style: str | None = None


# --- responses ------------------------------------------------


@dataclass(frozen=True)
class Unchanged:
    """The upstream response, unchanged.

    Attributes:
        media_type: Replaces the media type of a success; empty if it stays.
        limit: The most bytes of a binary response; None for others.
    """

    media_type: str = ""
    limit: int | None = None


@dataclass(frozen=True)
class Member:
    """A value of the response, taken from the upstream response.

    Attributes:
        pointer: A JSON Pointer into the response, in which `*` is every element.
        path: A JSONPath into the upstream response.
    """

    pointer: str
    path: str
    type: str


@dataclass(frozen=True)
class FixedMember:
    """A value of the response that the spec sets."""

    pointer: str
    value: Plain


@dataclass(frozen=True)
class Shaped:
    """A response that is built from members."""

    members: tuple[Member | FixedMember, ...]


Answer = Unchanged | Shaped

# --- the parts of a capability -----------------------------------


@dataclass(frozen=True)
class Credential:
    """The authentication for an upstream, without secrets."""

    kind: str
    sent: tuple[str, ...]
    variables: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    """The key and the file that may hold a variable."""
    alternatives: tuple[Credential, ...] = ()
    """Other credentials that the upstream accepts instead."""


@dataclass(frozen=True)
class Upstream:
    """A consumed HTTP API; the variable `variable` overrides the base URI."""

    namespace: str
    base_uri: str
    variable: str
    credential: Credential | None
    assumptions: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Input:
    """An input; `pointer` leads into the body, and is empty for other places."""

    name: str
    place: str
    pointer: str
    type: str
    required: bool
    description: str | None


@dataclass(frozen=True)
class Example:
    """A response with which the mock answers; without a text, it is made up."""

    status: int
    media_type: str | None
    text: str | None


@dataclass(frozen=True)
class SentBody:
    """A kind of body, and its media type."""

    kind: str
    media_type: str


@dataclass(frozen=True)
class Request:
    """An upstream request.

    `body` is None without a body; `other_bodies` are those that a client can choose.
    `read_as` is the format in which the response is read, None if nothing reads it;
    `schema` is its selector, its start of headings, or the name of its type. `response`
    is the type of responses, if the spec declares it.
    """

    upstream: str
    operation: str
    method: str
    url: str
    sent: tuple[SentValue, ...]
    body: SentBody | None
    credential: Credential | None
    read_as: str | None
    schema: str | None
    response: str | None = None
    example: Example | None = None
    other_bodies: tuple[SentBody, ...] = ()


@dataclass(frozen=True)
class Route:
    """The method and path of a route."""

    noun: ClassVar[str] = "route"

    method: str
    path: str

    @property
    def title(self) -> str:
        """Return the method and the path, as shown to users."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Tool:
    """The name of a tool."""

    noun: ClassVar[str] = "tool"

    title: str


@dataclass(frozen=True)
class Resource:
    """The URI of a resource, with variables in braces."""

    noun: ClassVar[str] = "resource"

    title: str


Exposed = Route | Tool | Resource


@dataclass(frozen=True)
class File:
    """A resource that is a file of the package."""

    uri: str
    adapter: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Prompt:
    """A prompt, and its arguments as inputs."""

    name: str
    adapter: str
    description: str
    arguments: tuple[Input, ...]


@dataclass(frozen=True)
class CalledStep:
    """A step that sends a request; steps of a group run side by side.

    Groups are numbered from 1 in the order in which they run.
    """

    name: str
    group: int
    request: Request


@dataclass(frozen=True)
class Lookup:
    """A step that looks values up in the answer of an earlier one, at a path of it."""

    name: str
    group: int
    index: FromStep
    key: str
    wanted: Source
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ScriptRun:
    """A step that runs a script; `files` are those in the package, its own last."""

    name: str
    group: int
    files: tuple[str, ...]


Step = CalledStep | Lookup | ScriptRun


@dataclass(frozen=True)
class Unit:
    """A route, tool or resource: its inputs, its request or steps, and its response.

    `clients` is the credential that HTTP clients of the adapter have to send.
    """

    exposed: Exposed
    name: str
    adapter: str
    clients: Credential | None
    description: str
    inputs: tuple[Input, ...]
    request: Request | None
    steps: tuple[Step, ...]
    answer: Answer
    assumptions: tuple[Diagnostic, ...]

    @property
    def requests(self) -> tuple[Request, ...]:
        """Return the requests of the unit or of its steps."""
        if self.request is not None:
            return (self.request,)
        calls = (step for step in self.steps if isinstance(step, CalledStep))
        return tuple(step.request for step in calls)


@dataclass(frozen=True)
class Explanation:
    """The explanation of a spec; `assumptions` are about none of its parts."""

    spec: str
    package: str
    label: str
    upstreams: tuple[Upstream, ...]
    units: tuple[Unit, ...]
    assumptions: tuple[Diagnostic, ...]
    files: tuple[File, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    def only(self, title: str) -> Explanation:
        """Return the explanation of the units with a title and of their upstreams."""
        units = tuple(u for u in self.units if u.exposed.title == title)
        namespaces = {request.upstream for unit in units for request in unit.requests}
        upstreams = tuple(u for u in self.upstreams if u.namespace in namespaces)
        return replace(
            self,
            upstreams=upstreams,
            units=units,
            assumptions=(),
            files=(),
            prompts=(),
        )

    @property
    def titles(self) -> Sequence[str]:
        """Return the titles of the units."""
        return [unit.exposed.title for unit in self.units]
