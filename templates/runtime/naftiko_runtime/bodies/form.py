"""URL-encoded request bodies."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

from ..reply import Content
from ..sizes import Room, body_room
from ..styles import Deep, deep_pairs
from ..values import EncodedText
from .text import encoded, items_of, text_body, written


def form_escaped(value: object) -> str:
    """Percent-encode a value for a URL-encoded form."""
    if isinstance(value, EncodedText):
        return value
    if isinstance(value, Content):
        return quote_plus(value.data)
    if isinstance(value, bytes):
        return quote_plus(value)
    return quote_plus(encoded(written(value)))


def form_body(form: Mapping[str, Any] | str | None) -> Content | None:
    """Return a URL-encoded body: it omits None and repeats the name for a list.

    Raises CallError if the body is too long.
    """
    if not isinstance(form, dict):
        return text_body(FORM, form)
    names = body_room()
    pairs = (
        f"{form_escaped(key)}={form_escaped(item)}"
        for name, value in form.items()
        for key, item in _fields(name, value, names)
    )
    return Content("&".join(body_room().counted(pairs)).encode(), FORM)


def _fields(name: str, value: object, names: Room) -> Iterator[tuple[str, object]]:
    """Yield the names and values of the fields that have one."""
    pairs = (
        deep_pairs(name, value.value, names)
        if isinstance(value, Deep)
        else ((name, value),)
    )
    for key, held in pairs:
        yield from ((key, item) for item in items_of(held))


FORM = "application/x-www-form-urlencoded"
