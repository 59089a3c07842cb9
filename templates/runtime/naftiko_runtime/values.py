"""JSON, and values in URLs and headers: as text, and as the variables of paths."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, AnyStr, NamedTuple, TypeAlias
from urllib.parse import quote

import orjson

from .errors import CallError, InvalidInputError, NaftikoError

JsonObject: TypeAlias = dict[str, Any]
JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
"""Any value that JSON can represent (RFC 8259)."""

# orjson rounds or refuses integers beyond 64 bits; these have 19 digits or more.
LONG = b"0" * 19
ZEROS = bytes.maketrans(b"123456789", b"000000000")
# Digits of a fraction or exponent, and digits after a leading zero, don't match.
LONG_INTEGER = re.compile(rb"(?<![0-9.+eE])(?<![eE]-)[1-9][0-9]{18,}")
# The start of an escaped colon, with which counting colons is unreliable.
ESCAPED_COLON = b"\\u003"
# The SDK of MCP accepts no deeper requests, and writes hardly deeper responses.
LEVELS = 200

HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")

BODY_LIMIT = 16 * 1024 * 1024
HEAD_LIMIT = 64 * 1024

# Reserved characters (RFC 3986) that are part of a value in a query and in a form.
RESERVED = ":/?@!$'()*,;="
SEPARATORS = {"commas": ",", "spaces": " ", "pipes": "|"}
TRIPLE = re.compile("(%[0-9A-Fa-f]{2})")


class DuplicateMemberError(NaftikoError, ValueError):
    """An object that names a member twice; parsers use either value."""


def parse(body: bytes) -> Any:
    """Parse JSON of up to 200 levels, with integers of any size; raises ValueError."""
    short = _with_short_numbers(body)
    document = _document(short)
    return document if short is body else _exact(body)


def parse_unambiguous(body: bytes) -> Any:
    """Parse JSON; raises DuplicateMemberError if an object names a member twice."""
    short = _with_short_numbers(body)
    document = _document(short)
    if ESCAPED_COLON in short:
        json.loads(short, object_pairs_hook=_unambiguous)
    # Each member has a colon, so a dropped duplicate member lowers their number.
    elif short.count(b":") != orjson.dumps(document).count(b":"):
        raise DuplicateMemberError
    return document if short is body else _exact(body)


def json_bytes(value: object) -> bytes:
    """Encode a value as JSON; bytes are already JSON and returned unchanged."""
    if isinstance(value, bytes):
        return value
    try:
        return orjson.dumps(value, default=_exact_text)
    except TypeError:  # an integer beyond 64 bits, which orjson refuses
        return json.dumps(value, allow_nan=False).encode()


def _exact_text(value: object) -> orjson.Fragment:
    """Return the text of a number; raises TypeError for other values."""
    if isinstance(value, ExactNumber):
        return orjson.Fragment(value.text)
    raise TypeError(value)


def _with_short_numbers(body: bytes) -> bytes:
    """Return JSON with zero for each long integer; the same object if there is none."""
    # Replacing digits by zeros and searching for 19 is much faster than the expression.
    if LONG not in body.translate(ZEROS):
        return body
    pieces, end = [], 0
    for start, stop in _long_integers(body):
        pieces.append(body[end:start])
        end = stop
    return b"0".join([*pieces, body[end:]]) if pieces else body


def _long_integers(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of long integers outside strings, by counting quotes."""
    plain = body.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    quotes = end = 0
    for match in LONG_INTEGER.finditer(body):
        quotes += plain.count(b'"', end, match.start())
        end = match.end()
        if quotes % 2 == 0:
            yield match.span()


def _document(short: bytes) -> Any:
    # orjson refuses lone surrogates, NaN and Infinity, which `json` accepts.
    document = orjson.loads(short)
    # Each level has at least two bytes.
    if len(short) > 2 * LEVELS:
        openings = short.count(b"[") + short.count(b"{")
        if openings > LEVELS and _is_deep(document):
            raise ValueError("nested too deeply")
    return document


def _exact(body: bytes) -> Any:
    return json.loads(body, parse_float=_finite)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMemberError
    return members


def _is_deep(document: Any) -> bool:
    for _ in range(254 - LEVELS):
        document = [document]
    try:
        orjson.dumps(document)
    except TypeError:  # orjson writes at most 254 levels
        return True
    return False


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def read_table(module: str) -> JsonObject:
    """Return the values in the JSON file beside a module, which has its name."""
    table: JsonObject = json.loads(Path(module).with_suffix(".json").read_bytes())
    return table


def header_value(name: str, value: object) -> str:
    """Return the text of a header; raises InvalidInputError unless it is ASCII."""
    text = text_of(value)
    if not HEADER_VALUE.fullmatch(text):
        raise InvalidInputError(name, "must be visible ASCII text")
    return text


class EncodedText(str):
    """Text of a URL or a form that is percent-encoded already."""

    __slots__ = ()


class ExactNumber(float):
    """A number of a client, which is sent on as its text: a float may round it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def text_of(value: object) -> str:
    """Return a value as text for a URL or header: strings unchanged, others as JSON."""
    return value if isinstance(value, str) else json_bytes(value).decode()


def quote_value(value: object, name: str = "a query parameter", safe: str = "") -> str:
    """Percent-encode a value except for safe characters.

    Raises InvalidInputError for lone surrogates.
    """
    if isinstance(value, EncodedText):
        return value
    try:
        return quote(text_of(value), safe=safe)
    except UnicodeEncodeError:
        raise InvalidInputError(name, "must be valid Unicode text") from None


def join_values(*parts: object) -> str:
    """Join values as text."""
    return "".join(map(text_of, parts))


def join_if_present(*parts: object) -> str | None:
    """Join values as text, or return None if one of them is None."""
    return None if None in parts else join_values(*parts)


def without_absent(members: JsonObject, *optional: str) -> JsonObject:
    """Return the members without the optional ones that are None."""
    return {k: v for k, v in members.items() if v is not None or k not in optional}


def without_none(**members: Any) -> JsonObject:
    """Return the members that aren't None."""
    return {name: value for name, value in members.items() if value is not None}


class Room:
    """The bytes or values for which there is still room; `refuse` makes the refusal."""

    def __init__(self, limit: int, refuse: Callable[[], Exception]) -> None:
        self._left = limit
        self._refuse = refuse

    def take(self, size: int) -> None:
        """Count bytes or values; raises the refusal if there is no room for them."""
        self._left -= size
        if self._left < 0:
            raise self._refuse()

    def count(self, pieces: Iterable[AnyStr]) -> Iterator[AnyStr]:
        """Yield pieces while there is room for them."""
        for piece in pieces:
            self.take(len(piece))
            yield piece


def body_room() -> Room:
    """Return the room of a body."""
    detail = "the request to the upstream API would have a body above 16 MiB"
    return Room(BODY_LIMIT, lambda: CallError(413, "Content Too Large", detail))


def head_room(part: str = "the URL of the request to the upstream API") -> Room:
    """Return the room of a target, or of the headers of a request."""
    fault = "would have more than 64 KiB"
    return Room(HEAD_LIMIT, lambda: InvalidInputError(part, fault))


def keep_reserved(value: object) -> Any:
    """Encode a value, or each item of a list, except for reserved characters.

    Characters that are encoded already stay as they are.
    """
    if isinstance(value, list):
        return [keep_reserved(item) for item in value]
    return None if value is None else EncodedText(_reserved_text(text_of(value)))


def reserved_parts(value: object) -> Any:
    """Encode the values in lists and objects except for reserved characters."""
    match value:
        case dict():
            return {name: reserved_parts(part) for name, part in value.items()}
        case list():
            return [reserved_parts(part) for part in value]
        case _:
            return keep_reserved(value)


def _reserved_text(text: str) -> str:
    try:
        pieces = [
            piece if TRIPLE.fullmatch(piece) else quote(piece, safe=RESERVED)
            for piece in TRIPLE.split(text)
        ]
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("a query parameter", fault) from None
    return "".join(pieces)


def delimited_items(separator: str, value: object) -> EncodedText | None:
    """Join the items of a list, or the names and values of an object.

    The separator is encoded already. Nothing is sent for an empty list or object.
    """
    items = [quote_value(item) for item in _flat_items(value)]
    return EncodedText(separator.join(items)) if items else None


def delimited_text(separator: str, value: object) -> str | None:
    """Join items like `delimited_items`, without encoding them."""
    items = [text_of(item) for item in _flat_items(value)]
    return separator.join(items) if items else None


def exploded_members(name: str, value: object) -> dict[str, Any]:
    """Return the members of an object as parameters; another value has the name."""
    return value if isinstance(value, dict) else {name: value}


class Deep(NamedTuple):
    """A value that is sent as a field for each value in it."""

    value: object


def deep_pairs(name: str, value: object, room: Room) -> Iterator[tuple[str, Any]]:
    """Yield a field for each value in an object: `name[member]`, `name[0]`.

    Raises CallError if there is no room for the names.
    """
    room.take(len(name))
    match value:
        case dict():
            for member, inner in value.items():
                yield from deep_pairs(f"{name}[{member}]", inner, room)
        case list():
            for index, inner in enumerate(value):
                yield from deep_pairs(f"{name}[{index}]", inner, room)
        case _:
            yield name, value


def _flat_items(value: object) -> list[object]:
    match value:
        case None:
            return []
        case list():
            return value
        case dict():
            return [part for pair in value.items() for part in pair]
        case _:
            return [value]


# --- paths with variables -------------------------------------------------------------

VARIABLE = re.compile(r"\{([^{}]*)\}")
TAIL = ":path"
"""The end of the name of a variable that is any number of whole segments."""
Pieces = Sequence[str]
"""The pieces of a segment: a literal, then a name and a literal for each variable."""


class Variables(dict[str, str]):
    """The variables of a path by name, in place of a match of an expression."""

    def groupdict(self) -> dict[str, str]:
        """Return the variables."""
        return self


class Segments:
    """Matches paths as Starlette's expression does: earlier variables are longer.

    It takes linear time. An expression tries all splits of a segment with several
    variables, of which a long one has billions.
    """

    def __init__(self, path: str) -> None:
        self._segments = [VARIABLE.split(segment) for segment in path.split("/")]
        tails = [at for at, pieces in enumerate(self._segments) if _is_tail(pieces)]
        self._tail = tails[0] if tails else None
        self.has_several = any(len(pieces) > 3 for pieces in self._segments)
        """Whether a segment has several variables."""

    def match(self, path: str) -> Variables | None:
        """Return the variables of a path, None if it doesn't match."""
        texts = path.split("/")
        if self._tail is not None:
            # The segments of the tail are one, which may be empty.
            end = len(texts) - (len(self._segments) - self._tail - 1)
            if end <= self._tail:
                return None
            texts[self._tail : end] = ["/".join(texts[self._tail : end])]
        if len(texts) != len(self._segments):
            return None
        variables = Variables()
        for pieces, text in zip(self._segments, texts, strict=True):
            values = [text] if _is_tail(pieces) else _values(pieces, text)
            if values is None:
                return None
            names = (name.removesuffix(TAIL) for name in pieces[1::2])
            variables |= zip(names, values, strict=True)
        return variables


def _is_tail(pieces: Pieces) -> bool:
    return len(pieces) == 3 and pieces[1].endswith(TAIL)


def _values(pieces: Pieces, text: str) -> list[str] | None:
    """Return the values of a segment's variables, None if it doesn't match.

    Each literal is where it stands last, so that earlier variables are the longest.
    """
    first, *between, last = pieces[::2] if len(pieces) > 1 else (pieces[0], "")
    rest = text.removeprefix(first).removesuffix(last)
    if len(first) + len(rest) + len(last) != len(text):
        return None
    if len(pieces) == 1:
        return None if rest else []
    values = []
    for literal in reversed(between):
        at = rest.rfind(literal, 1, len(rest) - 1)
        if at < 0:
            return None
        values.append(rest[at + len(literal) :])
        rest = rest[:at]
    return [rest, *reversed(values)] if rest else None
