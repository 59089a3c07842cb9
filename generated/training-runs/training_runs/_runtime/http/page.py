"""The page at the root of an adapter, as HTML for browsers and JSON for others."""

import json
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from ..errors import UnauthorizedError
from .mounting import own_path
from .responses import Document, RawHeaders, challenges

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
