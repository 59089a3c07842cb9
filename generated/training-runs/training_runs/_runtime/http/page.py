"""Pages for browsers: how they are asked for, and that of a refusal."""

import re
import shlex
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.types import Scope

from ..errors import UnauthorizedError
from .messages import RawHeaders, challenges, own_path

STYLE = Path(__file__).with_suffix(".css").read_text("utf-8")
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


class Markup(str):
    """Text that is HTML; any other text is escaped."""

    __slots__ = ()


Children = str | Iterable["Children"] | None
"""A text, an element, nothing, or several of them."""


def tag(name: str, *children: Children, **attributes: str | None) -> Markup:
    """Return an element of HTML; its name may have classes behind it: `p.title`.

    It is empty text if there are children, and all are empty. An attribute that is
    None is left out, and `_` in its name stands for `-`.
    """
    content = _join(children)
    if children and not content:
        return Markup()
    kind, *classes = name.split(".")
    facts = {"class": " ".join(classes) or None, **attributes}
    text = "".join(
        f' {key.replace("_", "-")}' + (f'="{escape_text(value)}"' if value else "")
        for key, value in facts.items()
        if value is not None
    )
    return Markup(f"<{kind}{text}>{content}</{kind}>")


def _join(children: Children) -> str:
    match children:
        case Markup():
            return children
        case str():
            return escape_text(children)
        case None:
            return ""
        case _:
            return "".join(map(_join, children))


def frame(title: str, *content: Children, **attributes: str | None) -> str:
    """Return a whole page, whose body has these attributes."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
            tag("title", title),
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            tag("style", Markup(STYLE)),
            tag("body", *content, **attributes),
            "",
        )
    )


def shell(label: str, command: str) -> Markup:
    """Return a box with a command to copy."""
    return tag("figure.shell", tag("figcaption", label), tag("pre", command))


def escape_text(text: str) -> str:
    """Escape a text; of the places that are filled in, it has only the URL."""
    return escape(text.replace(NEIGHBOURS, ""))


def digest(content: bytes) -> str:
    """Return a digest in the format of integrity attributes and policies."""
    return f"sha256-{b64encode(sha256(content).digest()).decode()}"


OWN_STYLE = f"style-src '{digest(STYLE.encode())}'"
"""The part of a policy that allows the style of all pages."""


def page_headers(policy: str) -> RawHeaders:
    """Return the headers of a page that loads only as much as a policy allows.

    It sends no form by itself and can't be framed by another site.
    """
    return [
        (
            b"content-security-policy",
            f"default-src 'none'; {policy}; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'".encode(),
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
    value = dict(scope["headers"]).get(b"host", b"localhost")
    host = value[:LONGEST_HOST].decode("latin-1")
    name = host if HOST.fullmatch(host) else quote(host)
    return f"{scope['scheme']}://{name}{scope.get('root_path', '')}"


def refusal_page(
    scope: Scope, refusal: UnauthorizedError, credential: Sequence[str]
) -> tuple[int, RawHeaders, bytes]:
    """Build a page that says how to send a credential, of which curl has options."""
    address = shlex.quote(f"{root_of(scope)}{own_path(scope)}")
    about = f"This address is for known clients: {refusal.detail}."
    has_variable = any("$" in option for option in credential)
    paragraphs = about, IN_SHELL, *((VARIABLES,) if has_variable else ()), OPENING
    command = " ".join(("curl", *credential, address))
    main = tag(
        "main.plain",
        tag("h1", refusal.title),
        (tag("p.prose", text) for text in paragraphs),
        shell("Shell", command),
    )
    body = frame(refusal.title, main).encode()
    own: RawHeaders = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    headers = page_headers(f"{OWN_STYLE}; img-src data:")
    return refusal.status, [*own, *headers, *challenges(refusal)], body
