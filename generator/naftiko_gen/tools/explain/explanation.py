"""The parts of an explanation, and their JSON, which docs/explain.md describes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    InstanceOf,
    JsonValue,
    PlainSerializer,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

from naftiko_gen.diagnostics.rendering import json_object
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.ir import ResponseExample

Assumption = Annotated[InstanceOf[Diagnostic], PlainSerializer(json_object)]


# --- where a value comes from ------------------------------------


@dataclass(frozen=True)
class FromInput:
    """The value of an input; an optional input without a value isn't sent."""

    kind: Literal["input"] = field(default="input", init=False)
    name: str
    required: bool


@dataclass(frozen=True)
class FromVariable:
    """The value of an environment variable."""

    kind: Literal["variable"] = field(default="variable", init=False)
    name: str
    secret: bool


@dataclass(frozen=True)
class FromStep:
    """A part of the answer of an earlier step; without a path, the whole answer."""

    kind: Literal["step"] = field(default="step", init=False)
    step: str
    path: str


@dataclass(frozen=True)
class Fixed:
    """A value that the spec sets."""

    kind: Literal["constant"] = field(default="constant", init=False)
    value: JsonValue


@dataclass(frozen=True)
class Text:
    """Text around values."""

    kind: Literal["text"] = field(default="text", init=False)
    parts: tuple[Piece, ...]


@dataclass(frozen=True)
class Absent:
    """No value: the call doesn't set the parameter, so it isn't sent."""

    kind: Literal["absent"] = field(default="absent", init=False)


Piece = str | FromInput | FromVariable | FromStep
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

    place: str = ""
    name: str = ""
    pointer: str = ""
    parameters: tuple[str, ...] = ()
    source: Source = Absent()
    style: str | None = None

    @property
    def hidden_parameters(self) -> list[str]:
        """Return the parameters that no other word about the value names."""
        obvious = {self.name, self.pointer.rpartition("/")[2]}
        if isinstance(self.source, FromInput):
            obvious.add(self.source.name)
        return [name for name in self.parameters if name not in obvious]


# --- responses ------------------------------------------------


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
    value: JsonValue


@dataclass(frozen=True)
class Answer:
    """The upstream response, unchanged or in bytes, or one that is built of members.

    Attributes:
        media_type: Replaces the media type of a success; None if it stays.
        limit: The most bytes of a binary response; None for others.
    """

    kind: Literal["unchanged", "binary", "shaped"]
    media_type: str | None = None
    limit: int | None = None
    members: tuple[Member | FixedMember, ...] = ()


# --- the parts of a capability -----------------------------------


@dataclass(frozen=True)
class Credential:
    """The authentication for an upstream, without secrets."""

    kind: str
    sent: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """The key and the file that may hold a variable."""
    alternatives: tuple[Credential, ...] = ()
    """Other credentials that the upstream accepts instead."""


@dataclass(frozen=True)
class Upstream:
    """A consumed HTTP API; the variable overrides the base URI."""

    namespace: str
    base_uri: str
    base_uri_variable: str
    credential: Credential | None
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True)
class Input:
    """An input; `pointer` leads into the body, and is empty for other places."""

    name: str
    place: str
    pointer: str = ""
    type: str = "string"
    required: bool = False
    description: str | None = None


@dataclass(frozen=True)
class SentBody:
    """A kind of body, its media type, and other bodies that a client can choose."""

    kind: str
    media_type: str
    alternatives: tuple[SentBody, ...] = ()


@dataclass(frozen=True)
class Request:
    """An upstream request.

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
    read_as: str | None = None
    schema: str | None = None
    response: str | None = None
    example: ResponseExample | None = None

    @property
    def shown_values(self) -> list[SentValue]:
        """Return the values that are sent, apart from variables that the URL shows."""
        in_url = ("base-uri", "path")
        return [
            value
            for value in self.sent
            if not isinstance(value.source, Absent)
            and not (value.place in in_url and isinstance(value.source, FromVariable))
        ]


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

    kind: Literal["call"] = field(default="call", init=False)
    name: str
    group: int
    request: Request


@dataclass(frozen=True)
class Lookup:
    """A step that looks values up in the answer of an earlier one, at a path of it."""

    kind: Literal["lookup"] = field(default="lookup", init=False)
    name: str
    group: int
    index: FromStep
    key: str
    wanted: Source
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ScriptRun:
    """A step that runs a script; `files` are those in the package, its own last."""

    kind: Literal["script"] = field(default="script", init=False)
    name: str
    group: int
    files: tuple[str, ...]


Step = CalledStep | Lookup | ScriptRun


@dataclass(frozen=True)
class Unit:
    """A route, tool or resource: its inputs, its request or steps, and its response.

    Attributes:
        method: The method of a route.
        path: The path of a route.
        uri: The URI of a resource, with variables in braces.
        clients: The credential that HTTP clients of the adapter have to send.
    """

    kind: Literal["route", "tool", "resource"]
    method: str | None = field(default=None, kw_only=True)
    path: str | None = field(default=None, kw_only=True)
    uri: str | None = field(default=None, kw_only=True)
    name: str
    adapter: str
    clients: Credential | None
    description: str
    inputs: tuple[Input, ...]
    request: Request | None
    steps: tuple[Step, ...]
    answer: Answer
    assumptions: tuple[Assumption, ...]

    @property
    def title(self) -> str:
        """Return the method and path, the URI or the name, as shown to users."""
        return f"{self.method} {self.path}" if self.method else self.uri or self.name

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
    assumptions: tuple[Assumption, ...] = ()
    files: tuple[File, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    metric_series: Annotated[int, Field(serialization_alias="metric_series")] = 0
    """The greatest number of series of the package's metrics."""

    def only(self, title: str) -> Explanation:
        """Return the explanation of the units with a title and of their upstreams."""
        units = tuple(unit for unit in self.units if unit.title == title)
        namespaces = {request.upstream for unit in units for request in unit.requests}
        upstreams = tuple(u for u in self.upstreams if u.namespace in namespaces)
        return Explanation(self.spec, self.package, self.label, upstreams, units)

    @property
    def titles(self) -> list[str]:
        """Return the titles of the units."""
        return [unit.title for unit in self.units]


VERSION = 1
"""Incremented when a key is removed or changes its meaning, not for new keys."""


def json_text(explanations: Iterable[Explanation]) -> str:
    """Return all explanations as one JSON object, in ASCII."""
    in_camel_case = ConfigDict(alias_generator=to_camel)
    adapter = TypeAdapter(tuple[Explanation, ...], config=in_camel_case)
    specs = adapter.dump_python(tuple(explanations), mode="json", by_alias=True)
    return json.dumps({"version": VERSION, "specs": specs}, indent=2) + "\n"
