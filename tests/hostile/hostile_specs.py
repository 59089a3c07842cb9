"""A document with a marker in every place of an author's text, and texts for them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from naftiko_gen.diagnostics.span import Plain, Span

_MARKER = re.compile(r"<(text|template|user|name|field|value|path):([a-z ]+)>")

_ESCAPED = re.compile(r'["\\]+|[^ -~]+')


@dataclass(frozen=True)
class Marker:
    """A place of the document: which texts it takes, and its name among the others."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Written:
    """A document in YAML, on one line, and where it has the texts of its markers."""

    text: str
    places: tuple[tuple[Marker, int, int], ...]
    """The marker, the start and the end of each text."""

    def markers_at(self, span: Span) -> set[Marker]:
        """Return the markers whose texts are in a span."""
        start = span.column - 1
        end = start + span.length
        return {
            marker
            for marker, first, last in self.places
            if first < end and start < last
        }


@cache
def everything() -> Plain:
    """Return the document, markers in the place of all text; nobody changes it."""
    path = Path(__file__).with_name("everything.yaml")
    document: Plain = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return document


def markers(document: Plain) -> list[Marker]:
    """Return the markers of a document, each once."""
    all_markers = (
        Marker(*m) for text in _texts(document) for m in _MARKER.findall(text)
    )
    return list(dict.fromkeys(all_markers))


def benign(marker: Marker) -> str:
    """Return a harmless text for a place; a name among them is no identifier."""
    match marker.kind:
        case "field":
            return f"X-{marker.name.replace(' ', '-')}"
        case "path":
            return marker.name.replace(" ", "-")
        case _:
            return f"the {marker.name}"


def fill_markers(document: Plain, fill: Callable[[Marker], str]) -> Plain:
    """Return the document with texts in the place of its markers."""
    match document:
        case str():
            return _MARKER.sub(lambda m: fill(Marker(m[1], m[2])), document)
        case list():
            return [fill_markers(item, fill) for item in document]
        case dict():
            entries = document.items()
            return {
                str(fill_markers(k, fill)): fill_markers(v, fill) for k, v in entries
            }
        case _:
            return document


def write_document(document: Plain, fill: Callable[[Marker], str]) -> Written:
    """Return the document with texts in the place of its markers, in YAML."""
    source = as_yaml(document)
    parts, places, end, size = list[str](), list[tuple[Marker, int, int]](), 0, 0
    for match in _MARKER.finditer(source):
        marker = Marker(match[1], match[2])
        before, text = source[end : match.start()], as_yaml(fill(marker))[1:-1]
        size += len(before) + len(text)
        parts += before, text
        places.append((marker, size - len(text), size))
        end = match.end()
    return Written("".join((*parts, source[end:])), tuple(places))


def as_yaml(document: Plain) -> str:
    """Return a document in YAML, every text between double quotes."""
    match document:
        case str():
            return f'"{_ESCAPED.sub(_escape, document)}"'
        case list():
            return f"[{', '.join(map(as_yaml, document))}]"
        case dict():
            # Without the question mark, a key may have 1,024 characters.
            entries = document.items()
            return (
                f"{{{', '.join(f'? {as_yaml(k)} : {as_yaml(v)}' for k, v in entries)}}}"
            )
        case bool():
            return str(document).lower()
        case _:
            return str(document)


def _escape(match: re.Match[str]) -> str:
    text = match[0]
    if text[0] in '"\\':
        return re.sub(".", r"\\\g<0>", text)
    return text if text.isprintable() else "".join(map(_escaped_character, text))


def _escaped_character(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _texts(document: Plain) -> Iterator[str]:
    match document:
        case str():
            yield document
        case list():
            for item in document:
                yield from _texts(item)
        case dict():
            for key, value in document.items():
                yield key
                yield from _texts(value)
        case _:
            pass
