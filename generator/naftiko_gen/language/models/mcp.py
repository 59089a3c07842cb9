"""MCP servers: their tools, resources and prompts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from naftiko_gen.language.models.adapter import AdapterModel
from naftiko_gen.language.models.base import Model, Port, Prose, Size, read_members
from naftiko_gen.language.models.pagination import Pagination
from naftiko_gen.language.models.units import ToolInput, Unit
from naftiko_gen.language.urls import uri_variables
from naftiko_gen.syntax.tree import Scalar, mapping

__all__ = [
    "Hints",
    "Mcp",
    "Prompt",
    "PromptArgument",
    "PromptMessage",
    "Resource",
    "Tool",
]


class Hints(Model):
    """A tool's hints about its own behaviour."""

    read_only: bool | None = Field(
        default=None, alias="readOnly", description="Whether calls change nothing."
    )
    destructive: bool | None = Field(
        default=None, description="Whether calls may delete or overwrite something."
    )
    idempotent: bool | None = Field(
        default=None, description="Whether a second equal call changes nothing more."
    )
    open_world: bool | None = Field(
        default=None,
        alias="openWorld",
        description="Whether calls reach things beyond the server.",
    )


class Tool(Unit):
    """An MCP tool. The dialect rules replace `ref` by the function."""

    ref: str | None = None

    name: str = Field(min_length=1)
    hints: Hints | None = Field(
        default=None, description="Hints about the tool's effects."
    )
    inputs: list[ToolInput] = Field(default=[], alias="inputParameters")
    pagination: Pagination | None = Field(
        default=None,
        description="How the API splits the list into pages, if it's another way.",
    )


class Resource(Unit):
    """An MCP resource: files at a `location`, or the answer of a call or of steps.

    Braces in the URI of an answer name its inputs.
    """

    name: str = Field(min_length=1)
    uri: str = Field(
        min_length=1,
        description="The address of the resource; {name} in it is an input.",
    )
    media_type: str | None = Field(
        default=None, alias="mimeType", description="The media type of the content."
    )
    binary: bool = Field(
        default=False,
        description="Whether the content is bytes, even if they are text.",
    )
    location: str | None = Field(
        default=None, description="A file or a directory of files, below the spec."
    )
    ref: ClassVar[None] = None

    @property
    def inputs(self) -> list[ToolInput]:
        """Return the variables of the URI as inputs, which are texts."""
        span = self.node.value_span("uri")
        kind = Scalar("string", span)
        return [
            ToolInput.model_validate(
                mapping({"name": Scalar(name, span), "type": kind}, span)
            )
            for name in uri_variables(self.uri)
        ]


class PromptArgument(Model):
    """An argument of a prompt, which is a text."""

    name: str = Field(min_length=1)
    label: Prose = None
    description: Prose = None
    required: bool = True


class PromptMessage(Model):
    """A message of a prompt, with placeholders for arguments."""

    role: Literal["user", "assistant"] = Field(description="Who says the message.")
    content: str = Field(description="The text; {{name}} in it is an argument.")


class Prompt(Model):
    """An MCP prompt: its messages, or a file with a single message."""

    name: str = Field(min_length=1)
    label: Prose = None
    description: Prose = None
    arguments: list[PromptArgument] = Field(
        default=[], description="The arguments, which are texts."
    )
    template: list[PromptMessage] = Field(default=[], description="The messages.")
    location: str | None = Field(
        default=None, description="A file with the only message."
    )


class Mcp(AdapterModel):
    """An MCP server."""

    description: Prose = Field(
        default=None,
        description="A description of the server, given to clients as instructions.",
    )
    type: Literal["mcp"] = Field(description="The kind of adapter.")
    transport: Literal["http", "stdio"] = Field(
        default="http", description="How clients connect."
    )
    port: Port | None = None
    size_limit: Size | None = Field(default=None, alias="maxBinarySize")
    time_to_live: int | None = Field(
        default=None,
        alias="ttlMs",
        ge=0,
        description="How long clients may keep lists and contents, in milliseconds.",
    )
    cache_scope: Literal["public", "private"] | None = Field(
        default=None,
        alias="cacheScope",
        description="Whether others may share them: public or private.",
    )
    surface: Literal["full", "lean", "grouped", "search"] = Field(
        default="full", description="How clients see the tools."
    )
    groups: Annotated[dict[str, str], BeforeValidator(read_members)] = Field(
        default_factory=dict,
        description="The descriptions of groups of tools, by the operations' tags.",
    )
    tools: list[Tool] = Field(default=[], description="The tools.")
    resources: list[Resource] = Field(
        default=[], description="The resources: files, and answers of operations."
    )
    prompts: list[Prompt] = Field(default=[], description="The prompts.")

    @property
    def answered_resources(self) -> list[Resource]:
        """Return the resources that have an answer, instead of files."""
        return [resource for resource in self.resources if resource.location is None]
