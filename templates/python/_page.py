"""The page at the root of a REST adapter: its routes, and how to call them."""

import json
import shlex
from base64 import b64encode
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from ._responses import Document, RawHeaders

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
LINKS = {
    "/openapi.json": "the OpenAPI document, for programs",
    "/docs": "the API reference, where each route can be tried out",
}
GUIDANCE = (
    "Each command calls a route from a shell. Write values instead of names in braces,"
    " and your own body instead of {}."
)
STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem;
  padding: 0 1rem; overflow-wrap: anywhere }
h2, h3 { margin: 2rem 0 0 }
h3 { font: 600 1rem/1.5 ui-monospace, monospace }
p { white-space: pre-line; margin: .5rem 0 }
pre { white-space: pre-wrap; margin: .5rem 0; padding: .5rem .75rem;
  background: color-mix(in srgb, currentColor 8%, transparent) }
"""
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
# The page runs no script, sends no form, and is shown in no page of another site.
PAGE_HEADERS: RawHeaders = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'sha256-%b'; img-src data:; base-uri 'none';"
        b" form-action 'none'; frame-ancestors 'none'" % STYLE_HASH.encode(),
    ),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
]


class Index:
    """The response at the root: a page for browsers, and JSON for other clients."""

    def __init__(self, openapi: bytes, links: list[str]) -> None:
        self._openapi = openapi
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as its Accept header asks."""
        answer = self._page(_root(scope)) if _is_browser(scope) else self._json
        await answer(scope, receive, send)

    @cached_property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._openapi)
        return document

    @cached_property
    def _json(self) -> Document:
        index = _index(self._document, self._links)
        listed = json.dumps(index, indent=2, ensure_ascii=False)
        headers = [(b"vary", b"accept")]
        return Document("application/json", f"{listed}\n".encode(), headers)

    def _page(self, root: str) -> Document:
        page = "\n".join(_lines(self._document, self._links, root))
        return Document("text/html; charset=utf-8", f"{page}\n".encode(), PAGE_HEADERS)


def _is_browser(scope: Scope) -> bool:
    return any(
        name == b"accept" and b"text/html" in value.lower()
        for name, value in scope["headers"]
    )


def _root(scope: Scope) -> str:
    """Return the URL of the adapter as the client names it."""
    host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"


def _index(document: dict[str, Any], links: list[str]) -> dict[str, Any]:
    about = document["info"]
    return {
        "name": about["title"],
        "description": about.get("description", ""),
        "links": links,
        "routes": [
            {"method": method, "path": path, "description": _description(operation)}
            for method, path, operation in _routes(document)
        ],
    }


def _lines(document: dict[str, Any], links: list[str], root: str) -> Iterator[str]:
    """Yield the lines of the page; each text of the document is escaped."""
    about = document["info"]
    title = escape(about["title"])
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
    yield f"<title>{title}</title>"
    yield '<meta name="viewport" content="width=device-width">'
    yield f'<link rel="icon" href="data:,">\n<style>{STYLE}</style>\n<h1>{title}</h1>'
    if description := about.get("description"):
        yield f"<p>{escape(description)}</p>"
    yield "<ul>"
    for link in links:
        yield f'<li><a href="{link[1:]}">{link}</a>: {LINKS[link]}</li>'
    yield f"</ul>\n<h2>Routes</h2>\n<p>{GUIDANCE}</p>"
    for method, path, operation in _routes(document):
        yield f"<h3>{method} {escape(path)}</h3>"
        yield f"<p>{escape(_description(operation))}</p>"
        yield f"<pre>{escape(_curl(method, root + path, operation))}</pre>"


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _description(operation: dict[str, Any]) -> str:
    text: str = operation.get("description") or operation.get("summary", "")
    return text


def _curl(method: str, url: str, operation: dict[str, Any]) -> str:
    """Return a command for a shell, with names in braces where values belong."""
    parts = (
        "curl",
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
    """Return the URL with a query; curl would otherwise read braces as alternatives."""
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
