"""URL-encoded request bodies."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from ..reply import Content
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
    """Return a URL-encoded body: it omits None and repeats the name for a list."""
    if not isinstance(form, dict):
        return text_body(FORM, form)
    pairs = (
        f"{form_escaped(name)}={form_escaped(item)}"
        for name, value in form.items()
        for item in items_of(value)
    )
    return Content("&".join(pairs).encode(), FORM)


FORM = "application/x-www-form-urlencoded"
