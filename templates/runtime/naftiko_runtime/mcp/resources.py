"""Resources and prompts of an MCP server."""

import base64
import logging
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import unquote

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    BlobResourceContents,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
    TextResourceContents,
)
from mcp.types import Prompt as ListedPrompt
from mcp.types import Resource as ListedResource
from mcp.types import ResourceTemplate as ListedTemplate

from ..errors import CallError
from ..http.page import Contents
from ..observing.calls import CalledOperation
from ..transport import Reply
from ..values import JsonObject
from .arguments import Argument
from .messages import UNFORESEEN, failure, refusal_text, text_of
from .server import ToolServer, check_cursor
from .tools import Operation

C = TypeVar("C")
AnyContents = TextResourceContents | BlobResourceContents
VALUE_LIMIT = 8_192
BINARY = "application/octet-stream"
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ContentPage:
    """A page with a further section: a row of a title and a description each."""

    page: Contents
    key: str
    heading: str
    rows: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        """Return the name of the adapter."""
        return self.page.name

    @property
    def description(self) -> str:
        """Return the description of the adapter."""
        return self.page.description

    def index(self, root: str) -> dict[str, Any]:
        """Return the index of the other page, and the rows."""
        rows = [{"name": name, "description": about} for name, about in self.rows]
        return {**self.page.index(root), self.key: rows}

    def lines(self, root: str) -> Iterator[str]:
        """Yield the HTML of the other page, then the section."""
        yield from self.page.lines(root)
        yield f"<h2>{escape(self.heading)}</h2>"
        for name, about in self.rows:
            yield f"<h3>{escape(name)}</h3>"
            yield f"<p>{escape(about)}</p>"


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
        _: ServerRequestContext[Any], params: PaginatedRequestParams
    ) -> ListPromptsResult:
        check_cursor(params)
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
    server.prompts = named.keys()
    rows = [(prompt.name, prompt.description) for prompt in prompts]
    server.page = ContentPage(server.page, "prompts", "Prompts", rows)


@dataclass(frozen=True)
class _Described:
    """The facts of a resource that clients list."""

    uri: str
    name: str
    description: str
    title: str | None = field(default=None, kw_only=True)

    @property
    def _facts(self) -> JsonObject:
        media_type = getattr(self, "media_type", None)
        about = {"title": self.title, "description": self.description}
        return {"name": self.name, **about, "mime_type": media_type}

    @cached_property
    def listed(self) -> ListedResource:
        """Return the resource as `resources/list` shows it."""
        return ListedResource(uri=self.uri, **self._facts)


@dataclass(frozen=True)
class FileResource(_Described):
    """A file of the package; `path` starts at the directory of its files."""

    path: str
    media_type: str


@dataclass(frozen=True)
class Resource(_Described, Generic[C]):
    """The answer of an operation; `uri` may be a template with the names of inputs.

    The media type is that of the answer unless it is declared. A binary resource is
    bytes, even if they are text.
    """

    operation: Operation[C]
    inputs: Sequence[Argument] = ()
    media_type: str | None = field(default=None, kw_only=True)
    is_binary: bool = field(default=False, kw_only=True)
    changes: bool = field(default=False, kw_only=True)
    """Whether its operation may change state upstream, as the compiler knows."""

    @cached_property
    def template(self) -> ListedTemplate:
        """Return the resource as `resources/templates/list` shows it."""
        return ListedTemplate(uri_template=self.uri, **self._facts)

    @cached_property
    def _pieces(self) -> list[str]:
        """Return texts and the names of inputs in turn."""
        return self.uri.replace("}", "{").split("{")

    def values(self, uri: str) -> JsonObject | None:
        """Return the values of the template's variables; None for another URI.

        A variable is one segment, as short as the text behind it allows.
        """
        names, values = self._pieces[1::2], self._split(uri)
        if values is None or not all(map(_is_value, values)):
            return None
        try:
            decoded = [unquote(value, errors="strict") for value in values]
        except ValueError:
            return None
        return dict(zip(names, decoded, strict=True))

    def _split(self, uri: str) -> list[str] | None:
        """Return the parts of a URI between the texts of the template."""
        first, *texts = self._pieces[::2]
        if not texts:
            return [] if uri == first else None
        last = texts.pop()
        end = len(uri) - len(last)
        if not uri.startswith(first) or not uri.endswith(last) or end < len(first):
            return None
        values, start = [], len(first)
        for text in texts:
            found = uri.find(text, start, end)
            if found < 0:
                return None
            values.append(uri[start:found])
            start = found + len(text)
        return [*values, uri[start:end]]

    def read(self, client: C, values: JsonObject) -> Awaitable[Reply]:
        """Perform the operation; raises InvalidInputError for a wrong value."""
        inputs = {
            one.keyword or one.name: one.type.read(one.name, values[one.name])
            for one in self.inputs
        }
        return self.operation(client, **inputs)


ServedResource = FileResource | Resource[Any]


def add_resources(
    server: ToolServer[Any], resources: Sequence[ServedResource], directory: Path
) -> None:
    """Let a server list and read resources; `directory` has the files."""
    catalogue = _Catalogue(resources, directory)
    add = server.add_request_handler
    add("resources/list", PaginatedRequestParams, catalogue.list_all)
    add("resources/templates/list", PaginatedRequestParams, catalogue.list_templates)
    add("resources/read", ReadResourceRequestParams, catalogue.read)
    server.resources = catalogue
    rows = [(one.uri, one.description) for one in resources]
    server.page = ContentPage(server.page, "resources", "Resources", rows)


class _Catalogue:
    """The resources of a server."""

    def __init__(self, resources: Sequence[ServedResource], directory: Path) -> None:
        self._directory = directory
        self._resources = resources
        self.may_change = any(resource.changes for resource in self._answered())
        self._files = {
            one.uri: one for one in resources if isinstance(one, FileResource)
        }
        self._listing = ListResourcesResult(
            resources=[one.listed for one in resources if not _is_template(one)]
        )
        self._templates = ListResourceTemplatesResult(
            resource_templates=[one.template for one in self._answered() if one.inputs]
        )

    def _answered(self) -> Iterator[Resource[Any]]:
        return (one for one in self._resources if isinstance(one, Resource))

    async def list_all(
        self, _: ServerRequestContext[Any], params: PaginatedRequestParams
    ) -> ListResourcesResult:
        check_cursor(params)
        return self._listing

    async def list_templates(
        self, _: ServerRequestContext[Any], params: PaginatedRequestParams
    ) -> ListResourceTemplatesResult:
        check_cursor(params)
        return self._templates

    async def read(
        self, context: ServerRequestContext[Any], params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        uri = str(params.uri)
        file = self._files.get(uri)
        if file is not None:
            content = (self._directory / file.path).read_bytes()
            return _result(_of_file(uri, file.media_type, content))
        if match := self._match(uri):
            return _result(await _answer(context.lifespan_context, uri, *match))
        raise MCPError(INVALID_PARAMS, f"Unknown resource: {uri}")

    def name(self, operation: CalledOperation, uri: object) -> None:
        if isinstance(uri, str) and (match := self._match(uri)):
            resource, operation.arguments = match
            operation.target, operation.changes = resource.uri, resource.changes

    def _match(self, uri: str) -> tuple[Resource[Any], JsonObject] | None:
        """Return the first resource with a URI, and the values in it."""
        for resource in self._answered():
            values = resource.values(uri)
            if values is not None:
                return resource, values
        return None


def _is_template(resource: ServedResource) -> bool:
    return isinstance(resource, Resource) and bool(resource.inputs)


def _is_value(value: str) -> bool:
    return bool(value) and len(value) <= VALUE_LIMIT and "/" not in value


async def _answer(
    client: Any, uri: str, resource: Resource[Any], values: JsonObject
) -> AnyContents:
    """Return the content of an answer; raises MCPError if there is none."""
    try:
        reply = await resource.read(client, values)
    except CallError as error:
        code = INVALID_PARAMS if error.status == 400 else INTERNAL_ERROR
        raise MCPError(code, str(failure(error).content)) from None
    except Exception:
        LOG.exception("reading a resource failed")
        raise MCPError(INTERNAL_ERROR, UNFORESEEN) from None
    if not reply.ok:
        raise MCPError(INTERNAL_ERROR, refusal_text(reply))
    text = None if resource.is_binary or reply.is_binary else text_of(reply)
    media_type = resource.media_type or _media_type(reply)
    return _contents(uri, media_type, reply.body if text is None else text)


def _media_type(reply: Reply) -> str | None:
    declared = (reply.header(b"content-type") or "").partition(";")[0].strip()
    return declared or None


def _of_file(uri: str, media_type: str, content: bytes) -> AnyContents:
    """Return the content of a file: as text if it is UTF-8."""
    try:
        text = content.decode()
    except ValueError:
        return _contents(uri, media_type, content)
    return _contents(uri, media_type, content if "\0" in text else text)


def _contents(uri: str, media_type: str | None, content: str | bytes) -> AnyContents:
    if isinstance(content, str):
        return TextResourceContents(uri=uri, mime_type=media_type, text=content)
    blob = base64.b64encode(content).decode()
    return BlobResourceContents(uri=uri, mime_type=media_type or BINARY, blob=blob)


def _result(contents: AnyContents) -> ReadResourceResult:
    return ReadResourceResult(contents=[contents])
