"""Formats of upstream responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir

if TYPE_CHECKING:
    from naftiko_gen.language import models

_FORMATS = {known.value: known for known in ir.Format}
_BYTES = ("application/octet-stream",)
_MEDIA_TYPES = {
    "json": ir.JSON_MEDIA,
    "xml": ("application/xml", "text/xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "psv": ("text/plain",),
    "yaml": ("application/yaml", "text/yaml"),
    "html": ("text/html",),
    "markdown": ("text/markdown",),
    "text": ("text/plain",),
}


def answer_format(operation: models.ConsumedOperation) -> ir.Format | None:
    """Return the format of an operation's response, or None if it can't be parsed."""
    return _FORMATS.get(operation.raw_format.lower())


def media_types(operation: models.ConsumedOperation) -> tuple[str, ...]:
    """Return the media types of an operation's response; an unknown format is bytes."""
    return _MEDIA_TYPES.get(operation.raw_format.lower(), _BYTES)
