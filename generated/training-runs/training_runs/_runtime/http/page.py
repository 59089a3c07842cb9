"""Pages for browsers: of adapters, of their routes, and of errors."""

import json
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import UnauthorizedError
from .messages import Document, RawHeaders, challenges, own_path

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
# The page runs no script, sends no form and can't be framed by another site.
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
MEDIA_TYPE = "text/html; charset=utf-8"
PATHS = ("/", "/docs")
"""The paths of pages; a guard may refuse a browser there."""
VARIABLES = "The credential is in a variable of your shell, as in the server's."
IN_SHELL = "A browser doesn't send it by itself. This command does, from a shell."

METHOD_OPTIONS: Mapping[str, tuple[str, ...]] = {"GET": (), "HEAD": ("--head",)}
"""curl's options for methods; others are named."""
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
LINKS = {
    "/openapi.json": "the OpenAPI document, for programs",
    "/docs": "the API reference, where each route can be tried out",
}
GUIDANCE = (
    "Each command calls a route from a shell. Write values instead of names in braces,"
    " and your own body instead of {}."
)

START = """
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
"""
# The URL of an asset contains its digest, so the content of a URL never changes.
ASSET_HEADERS: RawHeaders = [(b"cache-control", b"public, max-age=31536000, immutable")]


class Contents(Protocol):
    """The content of a page, for an adapter."""

    @property
    def name(self) -> str:
        """Return the name of the adapter, which is the title of the page."""

    @property
    def description(self) -> str:
        """Return the description, empty if there is none."""

    def index(self, root: str) -> dict[str, Any]:
        """Return the members of the JSON after the name and the description."""

    def lines(self, root: str) -> Iterator[str]:
        """Yield the lines of HTML below the description, with every text escaped."""


class Page:
    """The response at the root of an adapter; a prefix of its URL is encoded."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send HTML or JSON, depending on the Accept header."""
        form = self._html if _is_browser(scope) else self._json
        await form(_root(scope))(scope, receive, send)

    def _json(self, root: str) -> Document:
        about = self._contents
        head = {"name": about.name, "description": about.description}
        index = {**head, **about.index(root)}
        listed = json.dumps(index, indent=2, ensure_ascii=False)
        headers = [(b"vary", b"accept")]
        return Document("application/json", f"{listed}\n".encode(), headers)

    def _html(self, root: str) -> Document:
        about = self._contents
        lines = (*_head(about.name, about.description), *about.lines(root))
        return Document(MEDIA_TYPE, _encoded(lines), PAGE_HEADERS)


def is_page(scope: Scope) -> bool:
    """Return whether a browser asks for a page."""
    is_read = scope["method"] in ("GET", "HEAD")
    return is_read and own_path(scope) in PATHS and _is_browser(scope)


def refusal_page(
    scope: Scope, refusal: UnauthorizedError, credential: Sequence[str]
) -> tuple[int, RawHeaders, bytes]:
    """Build a page that says how to send a credential, of which curl has options."""
    address = shlex.quote(f"{_root(scope)}{own_path(scope)}")
    command = " ".join(("curl", *credential, address))
    about = f"This address is for known clients: {refusal.detail}."
    body = _encoded(
        (
            *_head(refusal.title, about),
            f"<p>{escape(guidance(IN_SHELL, credential))}</p>",
            f"<pre>{escape(command)}</pre>",
        )
    )
    own: RawHeaders = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    return refusal.status, [*own, *PAGE_HEADERS, *challenges(refusal)], body


def guidance(text: str, credential: Sequence[str]) -> str:
    """Return a text about commands, and where the credential of each comes from."""
    has_variable = any("$" in option for option in credential)
    return f"{text} {VARIABLES}" if has_variable else text


def _encoded(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _is_browser(scope: Scope) -> bool:
    return any(
        name == b"accept" and b"text/html" in value.lower()
        for name, value in scope["headers"]
    )


def _root(scope: Scope) -> str:
    """Return the URL of the adapter, with the host that the client requested."""
    host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}"


def _head(name: str, description: str) -> Iterator[str]:
    """Yield the lines of a page up to the description."""
    title = escape(name)
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
    yield f"<title>{title}</title>"
    yield '<meta name="viewport" content="width=device-width">'
    yield f'<link rel="icon" href="data:,">\n<style>{STYLE}</style>\n<h1>{title}</h1>'
    if description:
        yield f"<p>{escape(description)}</p>"


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
        *METHOD_OPTIONS.get(method, ("-X", method)),
        *_address(url, _required(operation, "query")),
        *_headers(_required(operation, "header")),
        *_body(operation),
    )
    return " ".join(parts)


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


def reference(directory: Path) -> dict[str, ASGIApp]:
    """Return the page, which is the first, and its assets by their paths.

    `directory` has the files of Swagger UI.
    """
    script = (directory / "swagger-ui-bundle.js").read_bytes()
    style = (directory / "swagger-ui.css").read_bytes()
    return {
        "/docs": _page(_digest(script), _digest(style)),
        "/docs/swagger-ui-bundle.js": Document(
            "text/javascript; charset=utf-8", script, ASSET_HEADERS
        ),
        "/docs/swagger-ui.css": Document(
            "text/css; charset=utf-8", style, ASSET_HEADERS
        ),
    }


def _page(script: str, style: str) -> Document:
    body = f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>API reference</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css?{style}" integrity="{style}">
<div id="reference"></div>
<script src="docs/swagger-ui-bundle.js?{script}" integrity="{script}"></script>
<script>{START}</script>
"""
    headers = [
        (b"content-security-policy", _policy(script).encode()),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    ]
    return Document("text/html; charset=utf-8", body.encode(), headers)


def _policy(script: str) -> str:
    """Return a policy that allows the page's two scripts and its own server alone."""
    return (
        "default-src 'none'"
        f"; script-src '{script}' '{_digest(START.encode())}'"
        "; style-src 'self'; img-src 'self' data:; connect-src 'self'"
        "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(content: bytes) -> str:
    """Return a digest in the format of integrity attributes and policies."""
    return f"sha256-{b64encode(sha256(content).digest()).decode()}"
