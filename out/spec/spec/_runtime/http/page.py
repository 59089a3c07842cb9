"""Pages for browsers: how they are asked for, and that of a refusal."""

import re
import shlex
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from urllib.parse import quote

from starlette.types import Scope

from ..errors import UnauthorizedError
from .messages import RawHeaders, challenges, own_path
from .style import STYLE

MEDIA_TYPE = "text/html; charset=utf-8"
PATHS = ("/", "/docs")
"""The paths of pages; a guard may refuse a browser there."""
VARIABLES = "The credential is in a variable of your shell, as in the server's."
IN_SHELL = "A browser doesn't send it by itself. This command does, from a shell."
OPENING = (
    "Whoever runs the server can open its pages, and nothing else, by the setting"
    " that ends in _PAGES and has the value open."
)
HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]*")
LONGEST_HOST = 260
"""The most characters of a host with its port; a page repeats it for each entry."""


ROOT, NEIGHBOURS = "\0", "\1"
"""The places of the adapter's URL and of the adapters beside it, which each response
fills in.
"""


def frame(title: str, lines: Iterable[str], attributes: str = "") -> str:
    """Return a whole page of lines of HTML, whose body has these attributes."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
            f"<title>{escaped(title)}</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<link rel="icon" href="data:,">\n<style>{STYLE}</style>',
            f"<body{attributes}>",
            *lines,
            "",
        )
    )


def _plain(title: str, paragraphs: Iterable[str], command: str) -> str:
    """Return a page of few words and a command."""
    return frame(
        title,
        (
            f'<main class="plain"><h1>{escaped(title)}</h1>',
            *(f'<p class="prose">{escaped(one)}</p>' for one in paragraphs),
            shell("Shell", command),
            "</main>",
        ),
    )


def shell(label: str, command: str) -> str:
    """Return a box with a command to copy."""
    return (
        f'<figure class="shell"><figcaption>{escaped(label)}</figcaption>'
        f"<pre>{escaped(command)}</pre></figure>"
    )


def escaped(text: str) -> str:
    """Escape a text; of the places that are filled in, it has only the URL."""
    return escape(text.replace(NEIGHBOURS, ""))


def page_headers(policy: str) -> RawHeaders:
    """Return the headers of a page with the style of all, and this policy beside it.

    It sends no form by itself and can't be framed by another site.
    """
    style = b64encode(sha256(STYLE.encode()).digest()).decode()
    return [
        (
            b"content-security-policy",
            f"default-src 'none'; style-src 'sha256-{style}'; {policy};"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'".encode(),
        ),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept"),
    ]


def is_page(scope: Scope) -> bool:
    """Return whether a browser asks for a page."""
    is_read = scope["method"] in ("GET", "HEAD")
    return is_read and own_path(scope) in PATHS and is_for_browser(scope)


def is_for_browser(scope: Scope) -> bool:
    """Return whether a request accepts HTML by name."""
    return any(
        name == b"accept" and b"text/html" in value.lower()
        for name, value in scope["headers"]
    )


def root_of(scope: Scope) -> str:
    """Return the URL of the adapter, with the host that the client requested.

    Guards that aren't the adapter's may allow a host of any characters and length.
    """
    sent = dict(scope["headers"]).get(b"host", b"localhost")
    host = sent[:LONGEST_HOST].decode("latin-1")
    named = host if HOST.fullmatch(host) else quote(host)
    return f"{scope['scheme']}://{named}{scope.get('root_path', '')}"


def refusal_page(
    scope: Scope, refusal: UnauthorizedError, credential: Sequence[str]
) -> tuple[int, RawHeaders, bytes]:
    """Build a page that says how to send a credential, of which curl has options."""
    address = shlex.quote(f"{root_of(scope)}{own_path(scope)}")
    about = f"This address is for known clients: {refusal.detail}."
    has_variable = any("$" in option for option in credential)
    paragraphs = about, IN_SHELL, *((VARIABLES,) if has_variable else ()), OPENING
    command = " ".join(("curl", *credential, address))
    body = _plain(refusal.title, paragraphs, command).encode()
    own: RawHeaders = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    headers = page_headers("img-src data:")
    return refusal.status, [*own, *headers, *challenges(refusal)], body
