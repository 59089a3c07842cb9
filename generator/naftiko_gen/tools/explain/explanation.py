"""What a spec's explanation holds, whether it is shown as text or as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.diagnostics.span import Plain

# --- where a value comes from ------------------------------------


@dataclass(frozen=True)
class FromInput:
    """What the caller gives; an optional input may be absent, and is then not sent."""

    name: str
    required: bool


@dataclass(frozen=True)
class FromVariable:
    """The value of an environment variable."""

    name: str
    secret: bool


@dataclass(frozen=True)
class Fixed:
    """A value that stands in the document."""

    value: Plain


@dataclass(frozen=True)
class Text:
    """Text around values."""

    parts: tuple[str | FromInput | FromVariable, ...]


@dataclass(frozen=True)
class Absent:
    """Nothing: the call gives the parameter no value, so that it isn't sent."""


Source = FromInput | FromVariable | Fixed | Text | Absent


@dataclass(frozen=True)
class Sent:
    """A value of the upstream request, and where it comes from.

    Attributes:
        place: `base-uri`, `path`, `query`, `header`, `body`, `form`, `part`,
            `filename` or `media-type`.
        name: Of what is at the place; empty for the body.
        pointer: A JSON Pointer into the value; empty for all of it.
        parameters: Those of the operation that the value passes through.
        source: What is sent.
    """

    place: str
    name: str
    pointer: str
    parameters: tuple[str, ...]
    source: Source


# --- what answers are made of ------------------------------------


@dataclass(frozen=True)
class Unchanged:
    """The upstream's answer as it is."""


@dataclass(frozen=True)
class Member:
    """A value of the answer: a JSON Pointer in which `*` is every element.

    It is what stands in the upstream's answer at `path`, a JSONPath.
    """

    pointer: str
    path: str
    type: str


@dataclass(frozen=True)
class FixedMember:
    """A value of the answer that stands in the document."""

    pointer: str
    value: Plain


@dataclass(frozen=True)
class Shaped:
    """An answer that is put together from members."""

    members: tuple[Member | FixedMember, ...]


Answer = Unchanged | Shaped

# --- the parts of a capability -----------------------------------


@dataclass(frozen=True)
class Credential:
    """How an upstream knows the service: never the secret itself."""

    kind: str
    sent: tuple[str, ...]
    variables: tuple[str, ...]
    alternatives: tuple[Credential, ...] = ()
    """What does as well."""


@dataclass(frozen=True)
class Upstream:
    """A consumed HTTP API; `variable` can set another base URI."""

    namespace: str
    base_uri: str
    variable: str
    credential: Credential | None
    assumptions: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Input:
    """What the caller gives: a `pointer` leads into the body, else it is empty."""

    name: str
    place: str
    pointer: str
    type: str
    required: bool
    description: str | None


@dataclass(frozen=True)
class Request:
    """What is sent upstream; `media_type` is the body's, None without a body."""

    upstream: str
    operation: str
    method: str
    url: str
    sent: tuple[Sent, ...]
    body: str | None
    media_type: str | None
    credential: Credential | None


@dataclass(frozen=True)
class Route:
    """How a route is reached."""

    method: str
    path: str

    @property
    def title(self) -> str:
        """Return what a reader calls it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Tool:
    """How a tool is called."""

    title: str


@dataclass(frozen=True)
class Unit:
    """A route or tool, from what it takes to what it answers."""

    exposed: Route | Tool
    name: str
    adapter: str
    description: str
    inputs: tuple[Input, ...]
    request: Request
    answer: Answer
    assumptions: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Explanation:
    """What a spec means; `assumptions` are those about none of its parts."""

    spec: str
    package: str
    label: str
    upstreams: tuple[Upstream, ...]
    units: tuple[Unit, ...]
    assumptions: tuple[Diagnostic, ...]

    def only(self, title: str) -> Explanation:
        """Return what is about the units of that title, and nothing else."""
        units = tuple(u for u in self.units if u.exposed.title == title)
        called = {unit.request.upstream for unit in units}
        upstreams = tuple(u for u in self.upstreams if u.namespace in called)
        return replace(self, upstreams=upstreams, units=units, assumptions=())

    @property
    def titles(self) -> Sequence[str]:
        """Return what the units are called."""
        return [unit.exposed.title for unit in self.units]
