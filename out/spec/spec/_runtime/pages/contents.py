"""The contents of an adapter's page, as data: the template makes them HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Effect = Literal["read-only", "changes", "destructive"]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a route or tool.

    `place` is where a request has it: `path`, `query`, `header`, `cookie`, `body` (a
    member), `whole` (the body itself) or `argument`. `kind` is its type in words, and
    `control` that of a field of a form. `sample` is the value that the command sends,
    if it sends one.
    """

    name: str
    place: str
    kind: str = "string"
    is_required: bool = False
    description: str = ""
    control: str = "string"
    choices: Sequence[Any] = ()
    usual: Any = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, or nothing, its media type and its shape."""

    label: str
    media_type: str
    shape: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route, tool, resource or prompt.

    `badge` is a word in front of the name. `command` is a command for a shell, or
    empty. `request` are the facts by which the script of the page sends a request;
    without any, the entry can't be tried.
    """

    name: str
    badge: str = ""
    effect: Effect | None = None
    title: str = ""
    description: str = ""
    inputs: Sequence[Input] = ()
    answers: Sequence[Answer] = ()
    command: str = ""
    request: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of entries, with a text above it and commands that concern all of them."""

    title: str
    entries: Sequence[Entry] = ()
    description: str = ""
    commands: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a document: an address relative to the page, and its subject."""

    address: str
    subject: str


class Contents(Protocol):
    """The content of a page, for an adapter."""

    kind: str
    """The kind of the adapter, in words."""

    @property
    def name(self) -> str:
        """Return the name of the adapter, which is the title of the page."""

    @property
    def description(self) -> str:
        """Return the description, empty if there is none."""

    @property
    def facts(self) -> Sequence[str]:
        """Return short facts, such as the version."""

    @property
    def links(self) -> Sequence[Link]:
        """Return the links to documents of the same adapter."""

    @property
    def sections(self) -> Sequence[Section]:
        """Return the lists of the page."""

    def index(self, root: str) -> dict[str, Any]:
        """Return the members of the JSON after the name and the description."""
