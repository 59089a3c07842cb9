"""The pages of a REST adapter: its routes, and the API reference by Swagger UI."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp

from ..values import JsonObject, text_of
from .messages import Document, RawHeaders
from .page import (
    MEDIA_TYPE,
    ROOT,
    Answer,
    Contents,
    Effect,
    Entry,
    Input,
    Schemas,
    Section,
    count_of,
    curl,
    digest,
    page_headers,
)

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
OPTIONS_OF_FORMS = {"form": "--data-urlencode", "multipart": "-F"}
MOCKED = "The answers are made up: no upstream is called."
START = """\
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle(
  "dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
"""
"""The script that starts Swagger UI, in the colours that the reader prefers."""
# The URL of an asset contains its digest, so the content of a URL never changes.
ASSET_HEADERS: RawHeaders = [(b"cache-control", b"public, max-age=31536000, immutable")]


class RoutesPage:
    """The content of the page; `credential` are curl's options for a client's own."""

    def __init__(
        self, openapi: bytes, links: Sequence[str], credential: Sequence[str] = ()
    ) -> None:
        self._openapi = openapi
        self._links = links
        self._credential = credential

    def contents(self) -> Contents:
        """Return the list of routes."""
        info = self._document["info"]
        routes = [self._entry(*operation) for operation in self._operations()]
        return Contents(
            "REST adapter",
            info["title"],
            info.get("description", ""),
            [Section("Routes", routes)],
            facts=(
                f"version {info.get('version', '')}",
                count_of(len(routes), "route"),
            ),
            links=[(link[1:], LINKS[link]) for link in self._links],
        )

    def index(self, _: str) -> JsonObject:
        """Return the links and the routes."""
        info = self._document["info"]
        routes = [
            {
                "method": method,
                "path": path,
                "description": operation.get("description")
                or operation.get("summary", ""),
            }
            for method, path, operation in self._operations()
        ]
        return {
            "name": info["title"],
            "description": info.get("description", ""),
            "links": self._links,
            "routes": routes,
        }

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
        body = operation.get("requestBody", {})
        # Of several media types, the first is shown.
        media_type, media = next(iter(body.get("content", {}).items()), ("", None))
        schema = media.get("schema", {}) if media else {}
        inputs = list(self._parameters(operation))
        if media_type:
            inputs += self._schemas.inputs(schema, "body") or [
                self._schemas.input(
                    "body",
                    "whole",
                    schema,
                    body.get("description", ""),
                    is_required=body.get("required", False),
                )
            ]
        call = _Call(method, path, inputs, media_type, self._body_sample(schema))
        return Entry(
            path,
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
            parameter = self._schemas.resolve(node)
            schema = self._schemas.resolve(parameter.get("schema", {}))
            if "example" in parameter:
                schema = {**schema, "example": parameter["example"]}
            yield self._schemas.input(
                parameter["name"],
                parameter["in"],
                # A path's own description is the one of all paths.
                {**schema, "description": ""},
                parameter.get("description", ""),
                is_required=parameter.get("required", False),
            )

    def _body_sample(self, schema: JsonObject) -> Any:
        if self._schemas.members(schema).schemas:
            return self._schemas.required_sample(schema)
        return self._schemas.sample(schema) if schema.get("type") else {}

    def _answers(self, operation: JsonObject) -> list[Answer]:
        """Return the answers that succeed, and failures that are declared."""
        answers: dict[tuple[str, str], list[str]] = {}
        texts: dict[str, str] = {}
        for status, node in operation.get("responses", {}).items():
            if status in ("4XX", "5XX", "default"):
                continue
            response = self._schemas.resolve(node)
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
            schema = self._schemas.resolve(media.get("schema", {}))
            is_bytes = schema.get("format") == "binary"
            yield media_type, "bytes" if is_bytes else self._schemas.shape(schema)
        if not content:
            yield "", "no content"


def mock_document(openapi: bytes) -> bytes:
    """Return an OpenAPI document that says that the answers are made up."""
    document = json.loads(openapi)
    info = document["info"]
    texts = (MOCKED, info.get("description", ""))
    info["description"] = "\n\n".join(filter(None, texts))
    info["x-mock"] = True
    return json.dumps(document, indent=2).encode()


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a route, with samples of the inputs that it needs."""

    method: str
    path: str
    inputs: Sequence[Input]
    media_type: str
    body: Any

    @property
    def facts(self) -> Mapping[str, str]:
        """Return the facts of a request for the script of the page."""
        facts = {"method": self.method, "path": self.path}
        body = {"type": self.media_type, "body": self._form} if self.media_type else {}
        return {**facts, **body}

    @property
    def _form(self) -> str:
        """Return the form of the body, empty without one."""
        if self.media_type.partition(";")[0].endswith(("/json", "+json")):
            return "json"
        return FORMS.get(self.media_type, "whole") if self.media_type else ""

    def command(self, credential: Sequence[str]) -> str:
        """Return a command for a shell, which has every input that is needed."""
        method = METHOD_OPTIONS.get(self.method, ("-X", self.method))
        target = shlex.quote(f"{ROOT}{self._target}")
        return curl(*credential, *method, target, options=self._options())

    def _samples(self, place: str) -> Iterator[tuple[str, str]]:
        for source in self.inputs:
            if (
                source.place == place
                and source.is_required
                and source.sample is not None
            ):
                yield source.name, source.sample

    @property
    def _target(self) -> str:
        path = self.path
        for name, sample in self._samples("path"):
            path = path.replace(f"{{{name}}}", quote(sample, safe=""))
        pairs = (
            f"{quote(name, safe='')}={quote(sample, safe='')}"
            for name, sample in self._samples("query")
        )
        query = "&".join(pairs)
        return f"{path}?{query}" if query else path

    def _options(self) -> Iterator[tuple[str, str]]:
        for name, sample in self._samples("header"):
            yield "-H", f"{name}: {sample}"
        if cookies := [f"{name}={text}" for name, text in self._samples("cookie")]:
            yield "-b", "; ".join(cookies)
        if self._form in ("json", "whole"):
            yield "-H", f"Content-Type: {self.media_type}"
        match self._form:
            case "json":
                yield "-d", json.dumps(self.body, ensure_ascii=False)
            case "whole":
                yield "--data-binary", text_of(self.body)
            case form if form:
                for name, sample in self._samples("body"):
                    yield OPTIONS_OF_FORMS[form], f"{name}={sample}"
            case _:
                pass


def reference(directory: Path) -> dict[str, ASGIApp]:
    """Return the API reference, which is the first, and its assets by their paths.

    `directory` has the files of Swagger UI.
    """
    script = (directory / "swagger-ui-bundle.js").read_bytes()
    style = (directory / "swagger-ui.css").read_bytes()
    return {
        "/docs": _reference(digest(script), digest(style)),
        "/docs/swagger-ui-bundle.js": Document(
            "text/javascript; charset=utf-8", script, ASSET_HEADERS
        ),
        "/docs/swagger-ui.css": Document(
            "text/css; charset=utf-8", style, ASSET_HEADERS
        ),
    }


def _reference(script: str, style: str) -> Document:
    """Return a page that may run two scripts: Swagger UI, and that of its start."""
    body = f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>API reference</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css?{style}" integrity="{style}">
<div id="reference"></div>
<script src="docs/swagger-ui-bundle.js?{script}" integrity="{script}"></script>
<script>{START}</script>
"""
    headers = page_headers(
        f"script-src '{script}' '{digest(START.encode())}'; style-src 'self';"
        " img-src 'self' data:; connect-src 'self'"
    )
    return Document(MEDIA_TYPE, body.encode(), headers)
