"""The template of all pages: it makes HTML of contents, with every text escaped."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..http.page import NEIGHBOURS, ROOT, escaped, frame, shell
from ..http.surroundings import Surroundings
from ..values import JsonObject
from .contents import Answer, Contents, Entry, Input, Section
from .schemas import written

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
CUT = "…"
MOST_CHOICES = 20
MOCKED = "The answers of this server are made up (--mock): no upstream is called."
FURTHER = "… and {} more optional inputs."
TAGS = re.compile(r"[^a-z0-9]+")


def page(
    contents: Contents,
    surroundings: Surroundings,
    credentials: Sequence[JsonObject],
    script: str,
) -> str:
    """Return the page of an adapter, with the places of its URL and neighbours."""
    sections = list(contents.sections)
    count = sum(len(section.entries) for section in sections)
    drawn = _Entries(max(LEAST, min(MOST, SIZE // max(1, count) - 800)))
    shown = json.dumps(credentials) if credentials else ""
    attributes = f' data-credentials="{escaped(shown)}"' if shown else ""
    lists = [(section, list(drawn.keys(section))) for section in sections]
    return frame(
        contents.name,
        (
            '<a class="skip" href="#list">Skip to the list</a>\n<div class="page">',
            *_top(contents, surroundings),
            *_table(lists, count),
            f'<main class="list{" long" if count > LONG_PAGE else ""}" id="list">',
            *(line for section, keys in lists for line in drawn.section(section, keys)),
            f"</main>\n</div>\n<script>{script}</script>",
        ),
        attributes,
    )


def _top(contents: Contents, surroundings: Surroundings) -> Iterator[str]:
    yield f'<header class="top"><p class="kind">{escaped(contents.kind)}</p>'
    yield f"<h1>{escaped(contents.name)}</h1>"
    yield '<ul class="facts">'
    yield from (f"<li>{escaped(one)}</li>" for one in (ROOT, *contents.facts))
    yield "</ul>"
    if surroundings.is_mocked:
        yield f'<p class="notice" role="note">{MOCKED}</p>'
    if contents.description:
        yield f'<p class="prose">{escaped(contents.description)}</p>'
    if contents.links:
        yield '<ul class="links">'
        for link in contents.links:
            address = escaped(link.address)
            yield f'<li><a href="{address}">{escaped(link.subject)}</a></li>'
        yield "</ul>"
    yield f"{NEIGHBOURS}</header>"


def neighbours(addresses: Iterable[tuple[str, str, str]]) -> str:
    """Return the list of the adapters beside a page: kind, name and address."""
    rows = [
        f"<li>{escaped(kind)} {_linked(name, address)}</li>"
        for kind, name, address in addresses
    ]
    if not rows:
        return ""
    return (
        f'<p class="label">Served beside it</p><ul class="beside">{"".join(rows)}</ul>'
    )


def _linked(name: str, address: str) -> str:
    return (
        f'<a href="{escaped(address)}">{escaped(name)}</a>'
        if address
        else escaped(name)
    )


Keyed = Sequence[tuple[Section, list[str]]]


def _table(lists: Keyed, count: int) -> Iterator[str]:
    """Yield the table of contents, with a search if it is long."""
    yield '<nav class="toc" aria-label="Contents">'
    if count > LONG_LIST:
        yield (
            '<input class="search" type="search" aria-label="Search" hidden'
            ' placeholder="Search" autocomplete="off">'
        )
    for section, keys in lists:
        if not keys:
            continue
        yield f'<p class="label">{escaped(section.title)}</p><ul>'
        for entry, key in zip(section.entries, keys, strict=True):
            badge = _badge(entry) if entry.badge.isupper() else ""
            yield f'<li><a href="#{key}">{badge}<span>{escaped(entry.name)}</span></a>'
        yield "</ul>"
    yield "</nav>"


def _badge(entry: Entry) -> str:
    badge = escaped(entry.badge)
    return f'<span class="badge {badge}">{badge}</span> ' if badge else ""


class _Entries:
    """Draws sections and their entries, each of which may have so many characters."""

    def __init__(self, space: int) -> None:
        self._space = space
        self._taken: set[str] = set()

    def keys(self, section: Section) -> Iterator[str]:
        """Yield an anchor for each entry, unlike all others."""
        for entry in section.entries:
            name = TAGS.sub("-", f"{entry.badge} {entry.name}".lower()).strip("-")[:60]
            key, number = name or "entry", 2
            while key in self._taken or key == "list":
                key = f"{name}-{number}"
                number += 1
            self._taken.add(key)
            yield key

    def section(self, section: Section, keys: Iterable[str]) -> Iterator[str]:
        """Yield a section."""
        yield f"<section><h2>{escaped(section.title)}</h2>"
        if section.description:
            yield f'<p class="prose">{escaped(section.description)}</p>'
        if section.commands:
            boxes = (shell(label, command) for label, command in section.commands)
            yield f'<div class="boxes">{"".join(boxes)}</div>'
        for entry, key in zip(section.entries, keys, strict=True):
            yield from self._entry(entry, key)
        yield "</section>"

    def _entry(self, entry: Entry, key: str) -> Iterator[str]:
        name = f'<a class="path" href="#{key}">{escaped(entry.name)}</a>'
        effect = entry.effect and not (
            entry.badge.isupper() and entry.effect != "destructive"
        )
        word = f'<span class="effect {entry.effect}">{entry.effect}</span>'
        yield f'<article class="entry" id="{key}"{_facts(entry)}>'
        yield f"<h3>{_badge(entry)}{name}{word if effect else ''}</h3>"
        yield '<div class="parts"><div>'
        yield from self._about(entry)
        yield from self._inputs(entry.inputs)
        yield '</div><div class="side">'
        if entry.command:
            yield shell("Shell", entry.command)
        if entry.request is not None:
            yield '<div class="tried" hidden></div>'
        yield from self._answers(entry.answers)
        yield "</div></div></article>"

    def _about(self, entry: Entry) -> Iterator[str]:
        title, about = entry.title, self._cut(entry.description, 4)
        if title and title.rstrip(".") != about.rstrip("."):
            yield f'<p class="title">{escaped(title)}</p>'
        if about:
            yield f'<p class="prose">{escaped(about)}</p>'

    def _inputs(self, inputs: Sequence[Input]) -> Iterator[str]:
        """Yield the inputs, those that are required first, as far as there is room."""
        if not inputs:
            return
        yield '<h4>Inputs</h4><ul class="inputs">'
        room = self._space // 2
        for place, one in enumerate(
            sorted(inputs, key=lambda one: not one.is_required)
        ):
            row = self._input(one)
            room -= len(row)
            if room < 0 and not one.is_required:
                yield f"<li><small>{FURTHER.format(len(inputs) - place)}</small></li>"
                break
            yield row
        yield "</ul>"

    def _input(self, one: Input) -> str:
        words = [
            f"<code>{escaped(one.name)}</code>",
            f"<span>{escaped(one.kind)}</span>",
        ]
        if one.place in WORDS:
            words.append(f"<span>{WORDS[one.place]}</span>")
        if one.is_required:
            words.append('<span class="needed">required</span>')
        about = self._cut(" ".join(_notes(one)), 8)
        text = f"<p>{escaped(about)}</p>" if about else ""
        return f"<li{_control(one)}>{''.join(words)}{text}</li>"

    def _answers(self, answers: Sequence[Answer]) -> Iterator[str]:
        if not answers:
            return
        yield "<h4>Answer</h4>"
        for one in answers:
            words = " · ".join(filter(None, (one.label, one.media_type)))
            yield f'<div class="answer"><p class="label">{escaped(words)}</p>'
            if one.description:
                yield f'<p class="soft">{escaped(self._cut(one.description, 8))}</p>'
            if one.shape:
                yield f"<pre>{escaped(self._cut(one.shape, 4))}</pre>"
            yield "</div>"

    def _cut(self, text: str, part: int) -> str:
        limit = self._space // part
        return text if len(text) <= limit else f"{text[:limit]}{CUT}"


def _notes(one: Input) -> Iterator[str]:
    """Yield the description of an input, then its choices and its default."""
    if one.description:
        yield one.description
    if one.choices:
        listed = ", ".join(map(written, one.choices[:MOST_CHOICES]))
        yield f"One of {listed}{', …' if len(one.choices) > MOST_CHOICES else ''}."
    if one.usual is not None:
        yield f"Without it: {written(one.usual)}."


def _control(one: Input) -> str:
    """Return the attributes of which the script makes a field of a form."""
    choices = json.dumps(one.choices, ensure_ascii=False) if one.choices else None
    values = {
        "in": one.place,
        "type": one.control,
        "choices": choices,
        "sample": one.sample,
        "needed": "" if one.is_required else None,
    }
    return _attributes(values)


def _facts(entry: Entry) -> str:
    if entry.request is None:
        return ""
    asks = "" if entry.effect == "destructive" else None
    return _attributes({"try": "", **entry.request, "asks": asks})


def _attributes(values: Mapping[str, str | None]) -> str:
    return "".join(
        f' data-{name}="{escaped(value)}"' if value else f" data-{name}"
        for name, value in values.items()
        if value is not None
    )
