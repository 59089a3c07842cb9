"""An entry of the cache: what a run says, and the digest of what it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from naftiko_gen.codes import Code
from naftiko_gen.diagnostics import Diagnostic
from naftiko_gen.tree import Span

if TYPE_CHECKING:
    from naftiko_gen.tree import Plain


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a spec that compiles.

    Attributes:
        manifest: The SHA-256 of its package's manifest, which has that of each file.
        diagnostics: What there is to say about it, as severe as the codes say.
        quotable: Of its imports, those whose lines may be shown.
    """

    manifest: str
    diagnostics: tuple[Diagnostic, ...] = ()
    quotable: tuple[str, ...] = ()


def encode(key: str, entry: Entry) -> bytes:
    """Return the bytes of an entry: a line with the digest of the rest, then JSON."""
    document = {
        "key": key,
        "manifest": entry.manifest,
        "diagnostics": [_plain(found) for found in entry.diagnostics],
        "quotable": list(entry.quotable),
    }
    text = json.dumps(document).encode("ascii")
    return _digest(text) + b"\n" + text


def decode(key: str, content: bytes) -> Entry | None:
    """Return the entry, or None if it isn't what was encoded under that key."""
    digest, _, text = content.partition(b"\n")
    if digest != _digest(text):
        return None
    try:
        return _entry(key, json.loads(text))
    except (ValueError, RecursionError):
        return None


def _digest(text: bytes) -> bytes:
    return sha256(text).hexdigest().encode("ascii")


def _plain(found: Diagnostic) -> dict[str, Plain]:
    span = found.span
    return {
        "code": found.code.slug,
        "message": found.message,
        "file": found.file,
        "span": [span.line, span.column, span.length] if span else None,
        "hint": found.hint,
        "imported_at": list(found.imported_at),
    }


def _entry(key: str, document: Plain) -> Entry:
    match document:
        case {
            "key": str(named),
            "manifest": str(manifest),
            "diagnostics": list(found),
            "quotable": list(names),
        } if (
            named == key
        ):
            return Entry(manifest, tuple(map(_diagnostic, found)), _texts(names))
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
        } if (code := Code.of(slug)) is not None:
            way = _texts(places)
            return Diagnostic(code, message, file, _span(span), hint, imported_at=way)
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
