"""Pages for browsers: of an adapter, with JSON for other clients, and of a refusal."""

import asyncio
import json
import re
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from starlette.types import Receive, Scope, Send

from ..errors import UnauthorizedError
from ..values import JsonObject, text_of
from .messages import Document, RawHeaders, challenges, own_path

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


# --- contents -------------------------------------------------------------------------

Effect = Literal["read-only", "changes", "destructive"]

DEEPEST = 4
"""The most levels of shapes and samples, and of references to references."""
LONGEST_SHAPE = 1_200
"""The most characters of a shape."""
LARGEST_SAMPLE = 300
"""The most members of all objects in a sample."""
LONGEST_SAMPLE = 2_000
"""The most characters of the sample of an input."""
SHORT_COMMAND = 76
BROKEN = frozenset(("-H", "-b", "-d", "-F", "--data-urlencode", "--data-binary"))
"""The options that begin a line of a long command."""
MORE = "…"
FORMATS: Mapping[str, str] = {
    "date": "2026-05-01",
    "date-time": "2026-05-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "6f1c2b34-5d6e-4f70-8a91-b2c3d4e5f607",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
}


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a route or tool.

    `place` is where a request has it: `path`, `query`, `header`, `cookie`, `body` (a
    member), `whole` (the body itself) or `argument`. `kind` is its type in words, and
    `control` that of a field of a form. `sample` is the value that the command sends,
    if it sends one.
    """

    name: str
    place: str
    kind: str = "string"
    is_required: bool = False
    description: str = ""
    control: str = "string"
    choices: Sequence[Any] = ()
    usual: Any = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, or nothing, its media type and its shape."""

    label: str
    media_type: str
    shape: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route, tool, resource or prompt.

    `badge` is a word in front of the name. `command` is a command for a shell, or
    empty. `request` are the facts by which the script of the page sends a request;
    without any, the entry can't be tried.
    """

    name: str
    badge: str = ""
    effect: Effect | None = None
    title: str = ""
    description: str = ""
    inputs: Sequence[Input] = ()
    answers: Sequence[Answer] = ()
    command: str = ""
    request: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of entries, with a text above it and commands that concern all of them."""

    title: str
    entries: Sequence[Entry] = ()
    description: str = ""
    commands: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a page: the adapter, and its lists.

    `facts` are short, such as the version. `links` lead to documents of the adapter:
    addresses relative to the page, and their subjects.
    """

    kind: str
    name: str
    description: str
    sections: Sequence[Section]
    facts: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()


class Source(Protocol):
    """An adapter as its page shows it."""

    def contents(self) -> Contents:
        """Return the contents of the page."""

    def index(self, root: str) -> JsonObject:
        """Return the members of the JSON for other clients than browsers."""


class Members(NamedTuple):
    """The members of an object by name, and the names of those that it must have."""

    schemas: Mapping[str, JsonObject]
    required: frozenset[str]


class Schemas:
    """The schemas of a document, whose references are resolved in it."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._objects: dict[int, tuple[JsonObject, Members]] = {}

    def resolve(self, node: Any) -> JsonObject:
        """Return an object itself, or the one that it refers to."""
        for _ in range(DEEPEST):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            others = {key: value for key, value in node.items() if key != "$ref"}
            node = self._target(reference)
            if isinstance(node, dict) and others:
                node = {**node, **others}
        return {}

    def _target(self, reference: str) -> Any:
        node: Any = self._document
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, dict) else None
        return node

    def input(
        self, name: str, place: str, node: Any, about: str = "", *, is_required: bool
    ) -> Input:
        """Return an input of a schema, with a sample if it is required."""
        schema = self.resolve(node)
        kind = self.word(schema)
        plain = kind.removesuffix(" or null")
        is_plain = plain in ("string", "integer", "number", "boolean")
        is_file = schema.get("format") == "binary"
        sample = text_of(self.sample(schema)) if is_required else ""
        return Input(
            name,
            place,
            kind="file" if is_file else kind,
            is_required=is_required,
            description=about or schema.get("description", ""),
            control="file" if is_file else plain if is_plain else "json",
            choices=[choice for choice in schema.get("enum", ()) if choice is not None],
            usual=schema.get("default"),
            sample=sample if is_required and len(sample) <= LONGEST_SAMPLE else None,
        )

    def inputs(self, schema: JsonObject, place: str) -> list[Input]:
        """Return an input for each member of an object."""
        members, required = self.members(schema)
        return [
            self.input(name, place, member, is_required=name in required)
            for name, member in members.items()
        ]

    def members(self, schema: JsonObject) -> Members:
        """Return the members of an object, also those of all its parts."""
        schema = self.resolve(schema)
        entry = self._objects.get(id(schema))
        if entry is None or entry[0] is not schema:
            parts = list(self._parts(schema, 0))
            schemas = {
                name: self.resolve(member)
                for part in parts
                for name, member in part.get("properties", {}).items()
            }
            required = (name for part in parts for name in part.get("required", ()))
            entry = schema, Members(schemas, frozenset(required))
            self._objects[id(schema)] = entry
        return entry[1]

    def _parts(self, schema: JsonObject, depth: int) -> Iterator[JsonObject]:
        """Yield the parts of a schema by `allOf`, then the schema itself."""
        schema = self.resolve(schema)
        for part in schema.get("allOf", ()) if depth < DEEPEST else ():
            yield from self._parts(part, depth + 1)
        yield schema

    def word(self, schema: JsonObject, depth: int = 0) -> str:
        """Return the type of a schema in few words."""
        schema = self.resolve(schema)
        if "const" in schema:
            return json.dumps(schema["const"], ensure_ascii=False)
        if alternatives := _alternatives(schema):
            words = [self.word(part, depth + 1) for part in alternatives[:4]]
            is_any = depth >= DEEPEST or "any" in words
            return "any" if is_any else " or ".join(dict.fromkeys(words))
        names = _types(schema)
        if names[:1] == ["array"] and depth < DEEPEST:
            items = self.word(schema.get("items", {}), depth + 1)
            items = f"({items})" if " or " in items else items
            names[0] = "list" if items == "any" else f"list of {items}"
        has_members = bool(self.members(schema).schemas)
        return " or ".join(names) or ("object" if has_members else "any")

    def shape(self, schema: JsonObject) -> str:
        """Return the shape of a value as indented text, cut if it is long."""
        lines: list[str] = []
        size = 0
        for line in self._lines(schema, "", "", 0):
            size += len(line) + 1
            if size > LONGEST_SHAPE:
                return "\n".join((*lines, MORE))
            lines.append(line)
        return "\n".join(lines)

    def _lines(
        self, schema: JsonObject, indent: str, name: str, depth: int
    ) -> Iterator[str]:
        schema = self.resolve(schema)
        for part, word in (schema, ""), (schema.get("items", {}), "list of "):
            members, required = self.members(part)
            if members and depth < DEEPEST:
                yield f"{indent}{name}{word}{{"
                for key, member in members.items():
                    mark = "" if key in required or not required else "?"
                    start = f"{key}{mark}: "
                    yield from self._lines(member, f"{indent}  ", start, depth + 1)
                yield f"{indent}}}"
                return
        yield f"{indent}{name}{self.word(schema)}"

    def sample(
        self, schema: JsonObject, depth: int = 0, room: Iterator[int] | None = None
    ) -> Any:
        """Return a value of a schema: its example, its default, or one of its type.

        Each value takes a place of the room that is left.
        """
        schema = self.resolve(schema)
        for key in ("example", "const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        for key in ("examples", "enum"):
            values = schema.get(key)
            if isinstance(values, list) and values:
                return values[0]
        room = room or iter(range(LARGEST_SAMPLE))
        if (alternatives := _alternatives(schema)) and depth < DEEPEST:
            return self.sample(alternatives[0], depth + 1, room)
        has_members = bool(self.members(schema).schemas)
        match (_types(schema) or ["object" if has_members else ""])[0]:
            case "integer" | "number":
                return _number(schema)
            case "boolean":
                return True
            case "array":
                items = schema.get("items", {})
                count = min(schema.get("minItems", 0), 3) if depth < DEEPEST else 0
                return [self.sample(items, depth + 1, room) for _ in range(count)]
            case "object":
                return self.required_sample(schema, depth, room)
            case _:
                return _text(schema)

    def required_sample(
        self, schema: JsonObject, depth: int = 0, room: Iterator[int] | None = None
    ) -> JsonObject:
        """Return an object with the members that it must have."""
        members, required = self.members(schema)
        room = room or iter(range(LARGEST_SAMPLE))
        return {
            name: self.sample(member, depth + 1, room)
            for name, member in members.items()
            if name in required and depth < DEEPEST and next(room, None) is not None
        }


def curl(*words: str, options: Iterable[tuple[str, str]] = ()) -> str:
    """Return a command for a shell, whose options have lines of their own if long."""
    pairs = ((name, shlex.quote(text)) for name, text in options)
    words = ("curl", *words, *(word for pair in pairs for word in pair))
    command = " ".join(words)
    if len(command) <= SHORT_COMMAND:
        return command
    return " ".join(f"\\\n  {word}" if word in BROKEN else word for word in words)


def count_of(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _types(schema: JsonObject) -> list[str]:
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    return sorted(names, key=lambda name: name == "null")


def _alternatives(schema: JsonObject) -> list[Any]:
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    return alternatives if isinstance(alternatives, list) else []


def _number(schema: JsonObject) -> float | int:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    high = schema.get("maximum", low)
    value = low if low > high or low >= 1 else max(low, min(1, high))
    step = schema.get("multipleOf")
    if step and value % step:
        value = step * (value // step + 1)
    return int(value) if value == int(value) else float(value)


def _text(schema: JsonObject) -> str:
    text = FORMATS.get(schema.get("format", ""), "example")
    longest = schema.get("maxLength", LONGEST_SAMPLE)
    return text.ljust(min(schema.get("minLength", 0), LONGEST_SAMPLE), "e")[:longest]


# --- the page of an adapter -----------------------------------------------------------

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
# The page runs its own script, which sends requests only to the adapter and shows the
# pictures that it gets.
HEADERS = page_headers(
    f"{OWN_STYLE}; script-src '{digest(SCRIPT.encode())}'; connect-src 'self'"
    "; img-src data: blob:"
)
SIZE = 1_500_000
"""About how many characters all entries of a page may have."""
MOST, LEAST = 20_000, 700
"""The most and the fewest characters of the texts of an entry."""
LONG_LIST = 6
"""The most entries of a page without a search."""
LONG_PAGE = 60
"""The most entries of which a browser draws those that aren't seen yet."""
WORDS = {
    "path": "in the path",
    "query": "in the query",
    "header": "a header",
    "cookie": "a cookie",
    "body": "in the body",
    "whole": "the body",
}
SEARCH = Markup(
    '<input class="search" type="search" aria-label="Search" hidden'
    ' placeholder="Search" autocomplete="off">'
)
MOST_CHOICES = 20
MOCKED = "The answers of this server are made up (--mock): no upstream is called."
FURTHER = "… and {} more optional inputs."
TAGS = re.compile(r"[^a-z0-9]+")

Keyed = tuple[str, Entry]
"""An anchor, and its entry."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another adapter of the package: its name, its kind, and where it listens."""

    name: str
    kind: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The port of an adapter, the adapters beside it, and whether answers are made up.

    Without a port, another server serves the application.
    """

    port: int | None = None
    neighbours: tuple[Neighbour, ...] = ()
    is_mocked: bool = False


class Page:
    """The response at the root of an adapter; a prefix of its URL is encoded.

    `credentials` say which parts of a credential a person types in to try something.
    The page is made when it is first asked for.
    """

    def __init__(
        self,
        source: Source,
        surroundings: Surroundings,
        credentials: Sequence[JsonObject] = (),
    ) -> None:
        self._source = source
        self._surroundings = surroundings
        self._credentials = credentials
        self._template = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send HTML or JSON, depending on the Accept header."""
        root = root_of(scope)
        if is_for_browser(scope):
            # That of a large adapter takes a while, for which calls mustn't wait.
            document = await asyncio.to_thread(self._html, root)
        else:
            document = self._json(root)
        await document(scope, receive, send)

    def _json(self, root: str) -> Document:
        index = self._source.index(root)
        if self._surroundings.is_mocked:
            index["mock"] = True
        if neighbours := self._neighbours(root):
            index["beside"] = neighbours
        text = json.dumps(index, indent=2, ensure_ascii=False)
        return Document(
            "application/json", f"{text}\n".encode(), [(b"vary", b"accept")]
        )

    def _html(self, root: str) -> Document:
        if not self._template:
            contents = self._source.contents()
            self._template = page(contents, self._surroundings, self._credentials)
        beside = _beside(self._neighbours(root))
        body = self._template.replace(ROOT, root).replace(NEIGHBOURS, beside)
        return Document(MEDIA_TYPE, body.encode(), HEADERS)

    def _neighbours(self, root: str) -> list[dict[str, str]]:
        """Return the kind, the name and the URL of each adapter beside this one.

        URLs are known if nothing stands between the client and the adapter.
        """
        url, port = urlsplit(root), self._surroundings.port
        host = f"{url.scheme}://{url.netloc.rpartition(':')[0]}"
        is_direct = url.netloc.endswith(f":{port}")
        return [
            {
                "kind": neighbour.kind,
                "name": neighbour.name,
                "url": f"{host}:{neighbour.port}{neighbour.path}" if is_direct else "",
            }
            for neighbour in self._surroundings.neighbours
        ]


def page(
    contents: Contents,
    surroundings: Surroundings,
    credentials: Sequence[JsonObject] = (),
) -> str:
    """Return the page of an adapter, with the places of its URL and neighbours."""
    sections = list(_with_anchors(contents.sections))
    size = sum(len(rows) for _, rows in sections)
    drawing = _Drawing(max(LEAST, min(MOST, SIZE // max(1, size) - 800)))
    return frame(
        contents.name,
        tag("a.skip", "Skip to the list", href="#list"),
        tag(
            "div.page",
            _top(contents, surroundings),
            _table(sections, has_search=size > LONG_LIST),
            tag(
                "main.list.long" if size > LONG_PAGE else "main.list",
                (drawing.section(section, rows) for section, rows in sections),
                id="list",
            ),
        ),
        tag("script", Markup(SCRIPT)),
        data_credentials=json.dumps(credentials) if credentials else None,
    )


def _with_anchors(sections: Iterable[Section]) -> Iterator[tuple[Section, list[Keyed]]]:
    """Yield each section and its entries, whose anchors are unlike all others."""
    anchors = {"list"}
    for section in sections:
        rows = []
        for entry in section.entries:
            text = TAGS.sub("-", f"{entry.badge} {entry.name}".lower()).strip("-")[:60]
            others = (f"{text}-{number}" for number in count(2))
            key = next(
                key for key in chain([text or "entry"], others) if key not in anchors
            )
            anchors.add(key)
            rows.append((key, entry))
        yield section, rows


def _top(contents: Contents, surroundings: Surroundings) -> Markup:
    links = (tag("a", subject, href=address) for address, subject in contents.links)
    return tag(
        "header.top",
        tag("p.kind", contents.kind),
        tag("h1", contents.name),
        tag("ul.facts", (tag("li", fact) for fact in (ROOT, *contents.facts))),
        tag("p.notice", MOCKED if surroundings.is_mocked else None, role="note"),
        tag("p.prose", contents.description),
        tag("ul.links", (tag("li", link) for link in links)),
        Markup(NEIGHBOURS),
    )


def _beside(neighbours: Iterable[dict[str, str]]) -> str:
    """Return the list of the adapters beside a page, empty if there are none."""
    rows = []
    for kind, name, url in map(dict.values, neighbours):
        link = tag("a", name, href=url) if url else name
        rows.append(tag("li", f"{kind} ", link))
    return tag("p.label", "Served beside it") + tag("ul.beside", rows) if rows else ""


def _table(
    sections: Iterable[tuple[Section, list[Keyed]]], *, has_search: bool
) -> Markup:
    """Return the table of contents, maybe with a search."""
    lists = (
        (tag("p.label", section.title), tag("ul", (_link(*row) for row in rows)))
        for section, rows in sections
        if rows
    )
    return tag("nav.toc", SEARCH if has_search else None, lists, aria_label="Contents")


def _link(key: str, entry: Entry) -> Markup:
    badge = entry.badge if entry.badge.isupper() else ""
    return tag("li", tag("a", _badge(badge), tag("span", entry.name), href=f"#{key}"))


def _badge(badge: str) -> Children:
    return badge and (tag(f"span.badge.{badge}", badge), " ")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws sections, each of whose entries may have so many characters."""

    space: int

    def section(self, section: Section, rows: Iterable[Keyed]) -> Markup:
        return tag(
            "section",
            tag("h2", section.title),
            tag("p.prose", section.description),
            tag("div.boxes", (shell(*command) for command in section.commands)),
            (self._entry(key, entry) for key, entry in rows),
        )

    def _entry(self, key: str, entry: Entry) -> Markup:
        is_destructive = entry.effect == "destructive"
        # A method says the other effects.
        effect = entry.effect if is_destructive or not entry.badge.isupper() else None
        facts: dict[str, str | None] = {}
        if entry.request is not None:
            facts = {"try": "", **entry.request, "asks": "" if is_destructive else None}
        return tag(
            "article.entry",
            tag(
                "h3",
                _badge(entry.badge),
                tag("a.path", entry.name, href=f"#{key}"),
                tag(f"span.effect.{effect}", effect),
            ),
            tag(
                "div.parts",
                tag("div", self._about(entry), self._inputs(entry.inputs)),
                tag(
                    "div.side",
                    entry.command and shell("Shell", entry.command),
                    tag("div.tried", hidden="") if facts else None,
                    tag("h4", "Answer" if entry.answers else None),
                    map(self._answer, entry.answers),
                ),
            ),
            id=key,
            **{f"data_{name}": fact for name, fact in facts.items()},
        )

    def _about(self, entry: Entry) -> Children:
        about = self._cut(entry.description, 4)
        is_alike = entry.title.rstrip(".") == about.rstrip(".")
        return tag("p.title", None if is_alike else entry.title), tag("p.prose", about)

    def _inputs(self, inputs: Sequence[Input]) -> Children:
        """Return the inputs, those that are required first, as far as there is room."""
        rows: list[Markup] = []
        room = self.space // 2
        for source in sorted(inputs, key=lambda source: not source.is_required):
            row = self._input(source)
            room -= len(row)
            if room < 0 and not source.is_required:
                rest = FURTHER.format(len(inputs) - len(rows))
                rows.append(tag("li", tag("small", rest)))
                break
            rows.append(row)
        return rows and (tag("h4", "Inputs"), tag("ul.inputs", rows))

    def _input(self, source: Input) -> Markup:
        """Return an input, with the facts of which the script makes a field."""
        about = self._cut(" ".join(_notes(source)), 8)
        choices = json.dumps(source.choices, ensure_ascii=False)
        return tag(
            "li",
            tag("code", source.name),
            tag("span", source.kind),
            tag("span", WORDS.get(source.place)),
            tag("span.needed", "required" if source.is_required else None),
            tag("p", about),
            data_in=source.place,
            data_type=source.control,
            data_choices=choices if source.choices else None,
            data_sample=source.sample,
            data_needed="" if source.is_required else None,
        )

    def _answer(self, answer: Answer) -> Markup:
        label = " · ".join(filter(None, (answer.label, answer.media_type)))
        return tag(
            "div.answer",
            tag("p.label", label),
            tag("p.soft", self._cut(answer.description, 8)),
            tag("pre", self._cut(answer.shape, 4)),
        )

    def _cut(self, text: str, part: int) -> str:
        limit = self.space // part
        return text if len(text) <= limit else f"{text[:limit]}{MORE}"


def _notes(source: Input) -> Iterator[str]:
    """Yield the description of an input, then its choices and its default."""
    if source.description:
        yield source.description
    if source.choices:
        values = ", ".join(map(text_of, source.choices[:MOST_CHOICES]))
        yield f"One of {values}{', …' if len(source.choices) > MOST_CHOICES else ''}."
    if source.usual is not None:
        yield f"Without it: {text_of(source.usual)}."
