"""The page of a REST adapter, with its routes and how to call them."""

import json
import shlex
from collections.abc import Iterator, Sequence
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import quote

from ..http.page import guidance

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
LINKS = {
    "/openapi.json": "the OpenAPI document, for programs",
    "/docs": "the API reference, where each route can be tried out",
}
GUIDANCE = (
    "Each command calls a route from a shell. Write values instead of names in braces,"
    " and your own body instead of {}."
)


class RoutesPage:
    """The content of the page, from the adapter's OpenAPI document.

    `credential` are curl's options that authenticate a client.
    """

    def __init__(
        self, openapi: bytes, links: list[str], credential: Sequence[str] = ()
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

    def index(self, _: str) -> dict[str, Any]:
        """Return the links and the routes."""
        routes = [
            {"method": method, "path": path, "description": _description(operation)}
            for method, path, operation in _routes(self._document)
        ]
        return {"links": self._links, "routes": routes}

    def lines(self, root: str) -> Iterator[str]:
        """Yield the HTML of the links, and of each route with a curl command."""
        yield "<ul>"
        for link in self._links:
            yield f'<li><a href="{link[1:]}">{link}</a>: {LINKS[link]}</li>'
        commands = guidance(GUIDANCE, self._credential)
        yield f"</ul>\n<h2>Routes</h2>\n<p>{commands}</p>"
        for method, path, operation in _routes(self._document):
            yield f"<h3>{method} {escape(path)}</h3>"
            yield f"<p>{escape(_description(operation))}</p>"
            command = _curl(method, root + path, operation, self._credential)
            yield f"<pre>{escape(command)}</pre>"

    @cached_property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._openapi)
        return document


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _description(operation: dict[str, Any]) -> str:
    text: str = operation.get("description") or operation.get("summary", "")
    return text


def _curl(
    method: str, url: str, operation: dict[str, Any], credential: Sequence[str]
) -> str:
    """Return a shell command, with names in braces as placeholders of values."""
    parts = (
        "curl",
        *credential,
        *_method(method),
        *_address(url, _required(operation, "query")),
        *_headers(_required(operation, "header")),
        *_body(operation),
    )
    return " ".join(parts)


def _method(method: str) -> list[str]:
    match method:
        case "GET":
            return []
        case "HEAD":
            return ["--head"]
        case _:
            return ["-X", method]


def _required(operation: dict[str, Any], place: str) -> list[str]:
    parameters = operation.get("parameters", [])
    return [
        one["name"] for one in parameters if one["in"] == place and one.get("required")
    ]


def _address(url: str, names: list[str]) -> list[str]:
    """Return the URL with its query; `--globoff` keeps curl from expanding braces."""
    query = "&".join(f"{quote(name, safe='')}={{{name}}}" for name in names)
    address = shlex.quote(f"{url}?{query}" if query else url)
    return ["--globoff", address] if "{" in address else [address]


def _headers(names: list[str]) -> Iterator[str]:
    for name in names:
        yield from ("-H", shlex.quote(f"{name}: {{{name}}}"))


def _body(operation: dict[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    for media_type in list(content)[:1]:
        body = "'{}'" if media_type == "application/json" else "@FILE"
        header = shlex.quote(f"Content-Type: {media_type}")
        yield from ("-H", header, "--data-binary", body)
