"""Resources and prompts of an MCP server."""

import base64
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import unquote

from ..errors import CallError
from ..observing.calls import CalledOperation, note_cause
from ..values import JsonObject, without_none
from .messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    TEXT,
    TEXTS,
    UNFORESEEN,
    ProtocolError,
    Shape,
)
from .offers import (
    OCTETS,
    CacheHints,
    failure_text,
    media_type_of,
    refusal_text,
    text_of,
)
from .tools import Argument, Operation

C = TypeVar("C")
VALUE_LIMIT = 8_192
LOG = logging.getLogger(__name__)


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

    def fill(self, arguments: Mapping[str, str]) -> JsonObject:
        """Return the message with the values of arguments."""
        texts = (p if isinstance(p, str) else p.fill(arguments) for p in self.parts)
        content = {"type": "text", "text": "".join(texts)}
        return {"role": self.role, "content": content}


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """An argument of a prompt, as clients see it."""

    name: str
    required: bool
    title: str | None = None
    description: str | None = None

    @property
    def listed(self) -> JsonObject:
        """Return the argument as `prompts/list` shows it."""
        return without_none(
            name=self.name,
            title=self.title,
            description=self.description,
            required=self.required,
        )


@dataclass(frozen=True)
class Prompt:
    """A prompt, and the arguments that its messages have placeholders for."""

    name: str
    description: str
    messages: Sequence[Message]
    arguments: Sequence[PromptArgument] = ()
    title: str | None = field(default=None, kw_only=True)

    @property
    def listed(self) -> JsonObject:
        """Return the prompt as `prompts/list` shows it."""
        return without_none(
            name=self.name,
            title=self.title,
            description=self.description,
            arguments=[argument.listed for argument in self.arguments] or None,
        )

    def fill(self, arguments: Mapping[str, str]) -> list[JsonObject]:
        """Return the messages; raises ProtocolError for wrong names of arguments."""
        for argument in self.arguments:
            if argument.required and argument.name not in arguments:
                raise ProtocolError(INVALID_PARAMS, f"{argument.name} is required")
        names = {argument.name for argument in self.arguments}
        for name in arguments:
            if name not in names:
                fault = f"{name!r} is not an argument of this prompt"
                raise ProtocolError(INVALID_PARAMS, fault)
        return [message.fill(arguments) for message in self.messages]


class Prompts:
    """The prompts of a server."""

    key = "prompts"
    method = "prompts/get"
    params: Mapping[str, Shape] = {"name": TEXT, "arguments?": TEXTS}
    changes = False

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self.by_name = {prompt.name: prompt for prompt in prompts}
        self.capability: JsonObject = {"listChanged": False}
        self.lists: Mapping[str, JsonObject] = {
            "prompts/list": {"prompts": [prompt.listed for prompt in prompts]}
        }

    def hints(self, _: CacheHints) -> JsonObject:
        """Return nothing: the protocol has no hints for prompts."""
        return {}

    def name(self, operation: CalledOperation, params: Mapping[str, Any]) -> None:
        """Note a prompt, if there is such a one."""
        name = params.get("name")
        if isinstance(name, str) and name in self.by_name:
            operation.target = name

    async def read(self, _: Any, params: JsonObject) -> JsonObject:
        """Return a prompt with the values of arguments; raises ProtocolError."""
        prompt = self.by_name.get(params["name"])
        if prompt is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown prompt: {params['name']}")
        messages = prompt.fill(params.get("arguments") or {})
        return {"description": prompt.description, "messages": messages}


@dataclass(frozen=True)
class _Described:
    """The facts of a resource that clients list."""

    uri: str
    name: str
    description: str
    title: str | None = field(default=None, kw_only=True)

    @property
    def listed(self) -> JsonObject:
        """Return the resource as a list shows it, perhaps that of templates."""
        key = "uriTemplate" if getattr(self, "inputs", ()) else "uri"
        return without_none(
            **{key: self.uri},
            name=self.name,
            title=self.title,
            description=self.description,
            mimeType=getattr(self, "media_type", None),
        )


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
    def _pieces(self) -> list[str]:
        """Return texts and the names of inputs in turn."""
        return self.uri.replace("}", "{").split("{")

    def values(self, uri: str) -> JsonObject | None:
        """Return the values of the template's variables; None for another URI.

        A variable is one segment, as short as the text behind it allows.
        """
        names, (first, *texts) = self._pieces[1::2], self._pieces[::2]
        if not names or not uri.startswith(first):
            return {} if uri == first else None
        last, rest, values = texts.pop(), uri.removeprefix(first), list[str]()
        for text in texts:
            value, _, rest = rest.partition(text)
            values.append(value)
        values.append(rest.removesuffix(last))
        is_long = any(len(value) > VALUE_LIMIT for value in values)
        if not rest.endswith(last) or "" in values or "/" in "".join(values) or is_long:
            return None
        try:
            values = [unquote(value, errors="strict") for value in values]
        except ValueError:
            return None
        return dict(zip(names, values, strict=True))

    async def read(self, client: C, uri: str, values: JsonObject) -> JsonObject:
        """Return the content of an answer; raises ProtocolError if there is none."""
        try:
            inputs = {
                part.keyword or part.name: part.type.read(part.name, values[part.name])
                for part in self.inputs
            }
            reply = await self.operation(client, **inputs)
        except CallError as error:
            note_cause(error.status)
            code = INVALID_PARAMS if error.status == 400 else INTERNAL_ERROR
            raise ProtocolError(code, failure_text(error)) from None
        except Exception:
            LOG.exception("reading a resource failed")
            raise ProtocolError(INTERNAL_ERROR, UNFORESEEN) from None
        if not reply.ok:
            raise ProtocolError(INTERNAL_ERROR, refusal_text(reply))
        text = None if self.is_binary or reply.is_binary else text_of(reply)
        media_type = self.media_type or media_type_of(reply)
        return _contents(uri, media_type, reply.body if text is None else text)


ServedResource = FileResource | Resource[Any]


class Resources:
    """The resources of a server; `directory` has the files."""

    key = "resources"
    method = "resources/read"
    params: Mapping[str, Shape] = {"uri": TEXT}

    def __init__(self, resources: Sequence[ServedResource], directory: Path) -> None:
        self.directory = directory
        files = [part for part in resources if isinstance(part, FileResource)]
        self.files = {file.uri: file for file in files}
        self.answers = [part for part in resources if isinstance(part, Resource)]
        self.changes = any(resource.changes for resource in self.answers)
        self.capability: JsonObject = {"subscribe": False, "listChanged": False}
        rows = [resource.listed for resource in resources]
        templates = [row for row in rows if "uriTemplate" in row]
        self.lists: Mapping[str, JsonObject] = {
            "resources/list": {"resources": [row for row in rows if "uri" in row]},
            "resources/templates/list": {"resourceTemplates": templates},
        }

    async def read(self, client: Any, params: JsonObject) -> JsonObject:
        """Return the contents of a resource; raises ProtocolError."""
        uri = params["uri"]
        if file := self.files.get(uri):
            body, text = (self.directory / file.path).read_bytes(), "\0"
            with suppress(ValueError):
                text = body.decode()
            content = body if "\0" in text else text
            return {"contents": [_contents(uri, file.media_type, content)]}
        if match := self._match(uri):
            resource, values = match
            return {"contents": [await resource.read(client, uri, values)]}
        raise ProtocolError(INVALID_PARAMS, f"Unknown resource: {uri}")

    def hints(self, cache: CacheHints) -> JsonObject:
        """Return how long contents may be kept."""
        return cache.of_contents

    def name(self, operation: CalledOperation, params: Mapping[str, Any]) -> None:
        """Note a resource, and the values in its URI, if there is such a one."""
        uri = params.get("uri")
        if isinstance(uri, str) and (match := self._match(uri)):
            resource, operation.arguments = match
            operation.target, operation.changes = resource.uri, resource.changes

    def _match(self, uri: str) -> tuple[Resource[Any], JsonObject] | None:
        """Return the first resource with a URI, and the values in it."""
        for resource in self.answers:
            values = resource.values(uri)
            if values is not None:
                return resource, values
        return None


def _contents(uri: str, media_type: str | None, content: str | bytes) -> JsonObject:
    if isinstance(content, str):
        return without_none(uri=uri, mimeType=media_type, text=content)
    blob = base64.b64encode(content).decode()
    return {"uri": uri, "mimeType": media_type or OCTETS, "blob": blob}
