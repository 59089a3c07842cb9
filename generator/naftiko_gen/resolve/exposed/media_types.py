"""Media types of files, by the endings of their names."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A table of our own: the one of the standard library depends on the machine.
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "css": "text/css",
        "csv": "text/csv",
        "gif": "image/gif",
        "gz": "application/gzip",
        "htm": "text/html",
        "html": "text/html",
        "jpeg": "image/jpeg",
        "jpg": "image/jpeg",
        "js": "text/javascript",
        "json": "application/json",
        "jsonl": "application/jsonl",
        "md": "text/markdown",
        "markdown": "text/markdown",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "pdf": "application/pdf",
        "png": "image/png",
        "sql": "application/sql",
        "svg": "image/svg+xml",
        "toml": "application/toml",
        "tsv": "text/tab-separated-values",
        "txt": "text/plain",
        "wav": "audio/wav",
        "webp": "image/webp",
        "xml": "application/xml",
        "yaml": "application/yaml",
        "yml": "application/yaml",
        "zip": "application/zip",
    }
)


def media_type_of(name: str, content: bytes) -> str:
    """Return the media type of a file, by its name, else by whether it is text."""
    ending = name.rpartition("/")[2].rpartition(".")[2].lower()
    media_type = _TYPES.get(ending)
    if media_type is not None:
        return media_type
    return "text/plain" if _is_text(content) else "application/octet-stream"


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except ValueError:
        return False
