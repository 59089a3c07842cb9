"""The contents of the page of a REST adapter, from its OpenAPI document."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ..http.page import ROOT
from ..values import JsonObject
from .contents import Answer, Effect, Entry, Input, Link, Section
from .schemas import Schemas, in_lines, written

METHOD_OPTIONS: Mapping[str, tuple[str, ...]] = {"GET": (), "HEAD": ("--head",)}
"""curl's options for methods; others are named."""
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
EFFECTS: Mapping[str, Effect] = {
    "POST": "changes",
    "PUT": "destructive",
    "PATCH": "destructive",
    "DELETE": "destructive",
}
"""The effects of methods that may change something."""
LINKS = {"/openapi.json": "OpenAPI document", "/docs": "API reference"}
FORMS = {
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
}
MOCKED = "The answers are made up: no upstream is called."


class RoutesPage:
    """The content of the page; `credential` are curl's options for a client's own."""

    kind = "REST adapter"

    def __init__(
        self, openapi: bytes, links: Sequence[str], credential: Sequence[str] = ()
    ) -> None:
        self._openapi = openapi
        self._links = links
        self._credential = credential

    @property
    def name(self) -> str:
        """Return the title of the OpenAPI document."""
        return str(self._document["info"]["title"])

    @property
    def description(self) -> str:
        """Return the description of the OpenAPI document."""
        return str(self._document["info"].get("description", ""))

    @property
    def facts(self) -> Sequence[str]:
        """Return the version, and the number of routes."""
        version = self._document["info"].get("version", "")
        count = sum(1 for _ in self._operations())
        return f"version {version}", f"{count} route{'' if count == 1 else 's'}"

    @property
    def links(self) -> Sequence[Link]:
        """Return the links to the OpenAPI document and the API reference."""
        return [Link(link[1:], LINKS[link]) for link in self._links]

    @property
    def sections(self) -> Sequence[Section]:
        """Return the list of routes."""
        routes = [self._entry(*operation) for operation in self._operations()]
        return [Section("Routes", routes)]

    def index(self, _: str) -> dict[str, Any]:
        """Return the links and the routes."""
        routes = [
            {"method": method, "path": path, "description": _description(operation)}
            for method, path, operation in self._operations()
        ]
        return {"links": self._links, "routes": routes}

    @cached_property
    def _document(self) -> JsonObject:
        document: JsonObject = json.loads(self._openapi)
        return document

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self._document)

    def _operations(self) -> Iterator[tuple[str, str, JsonObject]]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def _entry(self, method: str, path: str, operation: JsonObject) -> Entry:
        media_type, schema = _body(operation)
        inputs = [*self._parameters(operation), *self._members(operation)]
        call = _Call(method, path, inputs, media_type, self._body_sample(schema))
        return Entry(
            name=path,
            badge=method,
            effect=EFFECTS.get(method, "read-only"),
            title=operation.get("summary", ""),
            description=operation.get("description", ""),
            inputs=inputs,
            answers=self._answers(operation),
            command=call.command(self._credential),
            request=call.facts,
        )

    def _parameters(self, operation: JsonObject) -> Iterator[Input]:
        for node in operation.get("parameters", ()):
            parameter = self._schemas.resolved(node)
            schema = self._schemas.resolved(parameter.get("schema", {}))
            about = parameter.get("description", "")
            # A path's own description is the one of all paths.
            shown = {**schema, "description": "", **_example(parameter)}
            yield self._schemas.input(
                parameter["name"],
                parameter["in"],
                shown,
                about,
                is_required=parameter.get("required", False),
            )

    def _members(self, operation: JsonObject) -> Iterator[Input]:
        """Yield the members of a body, or the body itself if it has none."""
        media_type, schema = _body(operation)
        if not media_type:
            return
        members = self._schemas.members(schema)
        required = self._schemas.required(schema)
        for name, member in members.items():
            is_required = name in required
            yield self._schemas.input(name, "body", member, "", is_required=is_required)
        if not members:
            body = operation["requestBody"]
            about, is_required = body.get("description", ""), body.get(
                "required", False
            )
            yield self._schemas.input(
                "body", "whole", schema, about, is_required=is_required
            )

    def _body_sample(self, schema: JsonObject) -> Any:
        if self._schemas.members(schema):
            return self._schemas.required_sample(schema)
        return self._schemas.sample(schema) if schema.get("type") else {}

    def _answers(self, operation: JsonObject) -> list[Answer]:
        """Return the answers that succeed, and failures that are declared."""
        answers: dict[tuple[str, str], list[str]] = {}
        texts: dict[str, str] = {}
        for status, node in operation.get("responses", {}).items():
            if status in ("4XX", "5XX", "default"):
                continue
            response = self._schemas.resolved(node)
            texts[status] = response.get("description", "")
            for key in self._shapes(response):
                answers.setdefault(key, []).append(status)
        return [
            Answer(", ".join(statuses), *key, texts[statuses[0]])
            for key, statuses in answers.items()
        ]

    def _shapes(self, response: JsonObject) -> Iterator[tuple[str, str]]:
        content = response.get("content", {})
        for media_type, media in content.items():
            schema = self._schemas.resolved(media.get("schema", {}))
            is_bytes = schema.get("format") == "binary"
            yield media_type, "bytes" if is_bytes else self._schemas.shape(schema)
        if not content:
            yield "", "no content"


def mocked(openapi: bytes) -> bytes:
    """Return an OpenAPI document that says that the answers are made up."""
    document = json.loads(openapi)
    info = document["info"]
    texts = (MOCKED, info.get("description", ""))
    info["description"] = "\n\n".join(filter(None, texts))
    info["x-mock"] = True
    return json.dumps(document, indent=2).encode()


def _description(operation: JsonObject) -> str:
    text: str = operation.get("description") or operation.get("summary", "")
    return text


def _example(parameter: JsonObject) -> JsonObject:
    return {"example": parameter["example"]} if "example" in parameter else {}


def _body(operation: JsonObject) -> tuple[str, JsonObject]:
    """Return the first media type of the body and its schema, empty without a body."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, media in content.items():
        return media_type, media.get("schema", {})
    return "", {}


class _Call:
    """A call of a route, with samples of the inputs that it needs."""

    def __init__(
        self,
        method: str,
        path: str,
        inputs: Sequence[Input],
        media_type: str,
        body: Any,
    ) -> None:
        self._method = method
        self._path = path
        self._inputs = inputs
        self._media_type = media_type
        self._body = body

    @property
    def facts(self) -> Mapping[str, str]:
        """Return the facts of a request for the script of the page."""
        facts = {"method": self._method, "path": self._path}
        if not self._media_type:
            return facts
        return {**facts, "type": self._media_type, "body": self._form}

    @property
    def _form(self) -> str:
        if self._media_type.partition(";")[0].endswith(("/json", "+json")):
            return "json"
        return FORMS.get(self._media_type, "whole")

    def command(self, credential: Sequence[str]) -> str:
        """Return a command for a shell, which has every input that is needed."""
        parts = (
            "curl",
            *credential,
            *METHOD_OPTIONS.get(self._method, ("-X", self._method)),
            shlex.quote(f"{ROOT}{self._target}"),
            *self._headers(),
            *self._data(),
        )
        return in_lines(*parts)

    def _samples(self, place: str) -> Iterator[tuple[str, str]]:
        for one in self._inputs:
            if one.place == place and one.is_required and one.sample is not None:
                yield one.name, one.sample

    @property
    def _target(self) -> str:
        path = self._path
        for name, sample in self._samples("path"):
            path = path.replace(f"{{{name}}}", quote(sample, safe=""))
        pairs = (
            f"{quote(name, safe='')}={quote(sample, safe='')}"
            for name, sample in self._samples("query")
        )
        query = "&".join(pairs)
        return f"{path}?{query}" if query else path

    def _headers(self) -> Iterator[str]:
        for name, sample in self._samples("header"):
            yield from ("-H", shlex.quote(f"{name}: {sample}"))
        cookies = "; ".join(f"{name}={text}" for name, text in self._samples("cookie"))
        if cookies:
            yield from ("-b", shlex.quote(cookies))

    def _data(self) -> Iterator[str]:
        match self._form if self._media_type else "":
            case "json":
                yield from ("-H", shlex.quote(f"Content-Type: {self._media_type}"))
                yield from (
                    "-d",
                    shlex.quote(json.dumps(self._body, ensure_ascii=False)),
                )
            case "form":
                for name, sample in self._samples("body"):
                    yield from ("--data-urlencode", shlex.quote(f"{name}={sample}"))
            case "multipart":
                for name, sample in self._samples("body"):
                    yield from ("-F", shlex.quote(f"{name}={sample}"))
            case "whole":
                yield from ("-H", shlex.quote(f"Content-Type: {self._media_type}"))
                yield from ("--data-binary", shlex.quote(written(self._body)))
            case _:
                pass
