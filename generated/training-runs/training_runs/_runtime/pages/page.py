"""The page at the root of an adapter: HTML for browsers, and JSON for others."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from ..http.guards import Surroundings
from ..http.messages import Document
from ..http.page import (
    MEDIA_TYPE,
    NEIGHBOURS,
    OWN_STYLE,
    ROOT,
    Children,
    Markup,
    digest,
    frame,
    is_for_browser,
    page_headers,
    root_of,
    shell,
    tag,
)
from ..values import JsonObject, text_of
from .contents import Answer, Contents, Entry, Input, Section, Source

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
CUT = "…"
MOST_CHOICES = 20
MOCKED = "The answers of this server are made up (--mock): no upstream is called."
FURTHER = "… and {} more optional inputs."
TAGS = re.compile(r"[^a-z0-9]+")

Keyed = tuple[str, Entry]
"""An anchor, and its entry."""


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
        return text if len(text) <= limit else f"{text[:limit]}{CUT}"


def _notes(source: Input) -> Iterator[str]:
    """Yield the description of an input, then its choices and its default."""
    if source.description:
        yield source.description
    if source.choices:
        values = ", ".join(map(text_of, source.choices[:MOST_CHOICES]))
        yield f"One of {values}{', …' if len(source.choices) > MOST_CHOICES else ''}."
    if source.usual is not None:
        yield f"Without it: {text_of(source.usual)}."
