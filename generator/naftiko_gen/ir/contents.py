"""Contents of MCP servers that stand in files and in the spec: files and prompts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["FileResource", "Prompt", "PromptArgument", "PromptMessage", "Role"]


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
