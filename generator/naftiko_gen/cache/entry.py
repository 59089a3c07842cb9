"""Entries of the cache: the diagnostics of a spec, and a digest of its package."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Span

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain


_DIGEST_SIZE = 32
_LEVEL = 1
_TEXT_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of compiling a spec that has no errors.

    Attributes:
        manifest: The SHA-256 of its package's manifest, which has that of each file.
        diagnostics: Its diagnostics, with the severities of their codes.
        quotable: The imports whose lines may be shown.
    """

    manifest: str
    diagnostics: tuple[Diagnostic, ...] = ()
    quotable: tuple[str, ...] = ()


def encode(key: str, entry: Entry) -> bytes:
    """Return the bytes of an entry: the digest of the rest, then JSON, compressed.

    Messages resemble each other: those of a large spec shrink to a twentieth.
    """
    document = {
        "key": key,
        "manifest": entry.manifest,
        "diagnostics": [_plain(diagnostic) for diagnostic in entry.diagnostics],
        "quotable": list(entry.quotable),
    }
    text = json.dumps(document).encode("ascii")
    data = zlib.compress(text, _LEVEL)
    return sha256(data).digest() + data


def decode(key: str, content: bytes) -> Entry | None:
    """Return the entry; None if it was damaged, or encoded under another key."""
    digest, data = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if digest != sha256(data).digest():
        return None
    try:
        return _entry(key, json.loads(_unpack(data)))
    except (ValueError, RecursionError, zlib.error):
        return None


def _unpack(data: bytes) -> bytes:
    """Return the text; a text that is too long is cut, and so isn't JSON."""
    return zlib.decompressobj().decompress(data, _TEXT_LIMIT)


def _plain(diagnostic: Diagnostic) -> dict[str, Plain]:
    span = diagnostic.span
    return {
        "code": diagnostic.code.slug,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "span": [span.line, span.column, span.length] if span else None,
        "hint": diagnostic.hint,
        "imported_at": list(diagnostic.imported_at),
        "acknowledged": diagnostic.acknowledged,
    }


def _entry(key: str, document: Plain) -> Entry:
    match document:
        case {
            "key": str(own_key),
            "manifest": str(manifest),
            "diagnostics": list(diagnostics),
            "quotable": list(names),
        } if (
            own_key == key
        ):
            return Entry(manifest, tuple(map(_diagnostic, diagnostics)), _texts(names))
        case _:
            raise ValueError("not the shape of an entry")


def _diagnostic(document: Plain) -> Diagnostic:
    match document:
        case {
            "code": str(slug),
            "message": str(message),
            "file": str(file),
            "span": span,
            "hint": None | str() as hint,
            "imported_at": list(places),
            "acknowledged": bool(is_acknowledged),
        } if (code := Code.of(slug)) is not None:
            return Diagnostic(
                code,
                message,
                file,
                _span(span),
                hint,
                imported_at=_texts(places),
                acknowledged=is_acknowledged,
            )
        case _:
            raise ValueError("not the shape of a diagnostic")


def _span(document: Plain) -> Span | None:
    match document:
        case None:
            return None
        case [int(line), int(column), int(length)] if min(line, column, length) > 0:
            return Span(line, column, length)
        case _:
            raise ValueError("not the shape of a span")


def _texts(values: list[Plain]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise ValueError("not a list of texts")
    return tuple(map(str, values))
