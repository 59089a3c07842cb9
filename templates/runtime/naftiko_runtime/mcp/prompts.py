"""Prompts: messages that clients fill in with arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.types import (
    INVALID_PARAMS,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from mcp.types import Prompt as ListedPrompt

from .content_page import ContentPage
from .server import ToolServer


@dataclass(frozen=True, slots=True)
class Value:
    """A placeholder for an argument; without its value, it is text in braces."""

    name: str

    def fill(self, arguments: Mapping[str, str]) -> str:
        """Return the value of the argument."""
        return arguments.get(self.name, f"{{{{{self.name}}}}}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a prompt: texts and placeholders. A value isn't read again."""

    role: Literal["user", "assistant"]
    parts: Sequence[str | Value]

    def fill(self, arguments: Mapping[str, str]) -> PromptMessage:
        """Return the message with the values of arguments."""
        texts = (
            part if isinstance(part, str) else part.fill(arguments)
            for part in self.parts
        )
        return PromptMessage(role=self.role, content=TextContent(text="".join(texts)))


@dataclass(frozen=True)
class Prompt:
    """A prompt, and the arguments that its messages have placeholders for."""

    name: str
    description: str
    messages: Sequence[Message]
    arguments: Sequence[PromptArgument] = ()
    title: str | None = field(default=None, kw_only=True)

    @cached_property
    def listed(self) -> ListedPrompt:
        """Return the prompt as `prompts/list` shows it."""
        return ListedPrompt(
            name=self.name,
            title=self.title,
            description=self.description,
            arguments=list(self.arguments) or None,
        )

    def fill(self, arguments: Mapping[str, str]) -> list[PromptMessage]:
        """Return the messages; raises MCPError for a missing or unknown argument."""
        for argument in self.arguments:
            if argument.required and argument.name not in arguments:
                raise MCPError(INVALID_PARAMS, f"{argument.name} is required")
        known = {argument.name for argument in self.arguments}
        unknown = next((name for name in arguments if name not in known), None)
        if unknown is not None:
            fault = f"{unknown!r} is not an argument of this prompt"
            raise MCPError(INVALID_PARAMS, fault)
        return [message.fill(arguments) for message in self.messages]


def add_prompts(server: ToolServer[Any], prompts: Sequence[Prompt]) -> None:
    """Let a server list prompts and fill them in."""
    named = {prompt.name: prompt for prompt in prompts}
    listing = ListPromptsResult(prompts=[prompt.listed for prompt in prompts])

    async def list_all(
        _: ServerRequestContext[Any], __: PaginatedRequestParams
    ) -> ListPromptsResult:
        return listing

    async def get(
        _: ServerRequestContext[Any], params: GetPromptRequestParams
    ) -> GetPromptResult:
        prompt = named.get(params.name)
        if prompt is None:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt: {params.name}")
        messages = prompt.fill(params.arguments or {})
        return GetPromptResult(description=prompt.description, messages=messages)

    server.add_request_handler("prompts/list", PaginatedRequestParams, list_all)
    server.add_request_handler("prompts/get", GetPromptRequestParams, get)
    rows = [(prompt.name, prompt.description) for prompt in prompts]
    server.page = ContentPage(server.page, "prompts", "Prompts", rows)
