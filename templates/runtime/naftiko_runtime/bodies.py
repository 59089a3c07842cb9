"""Bodies of requests that aren't plain JSON: texts, XML, GraphQL, base64 and forms."""

import base64
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from html import escape
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from .errors import InvalidInputError
from .inputs import STRING, narrow
from .transport import FORM, Content
from .values import (
    SEPARATORS,
    Deep,
    EncodedText,
    body_room,
    deep_pairs,
    delimited_items,
    delimited_text,
    exploded_members,
    header_value,
    json_bytes,
    parse_unambiguous,
    reserved_parts,
    text_of,
)

# Characters that XML forbids, even as a character reference.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NAME = re.compile("[_A-Za-z][_0-9A-Za-z]*")
# Text that is written without quotes: a number, an enum value or field names.
BARE = re.compile(rf"-?[0-9]+(\.[0-9]+)?|{NAME.pattern}([\s,]+{NAME.pattern})*")


def text_body(media_type: str, text: object) -> Content | None:
    """Return a body of UTF-8 text, or None if there is no text.

    Raises InvalidInputError for a list or an object as XML: it would be sent as JSON.
    """
    if media_type.endswith("xml") and isinstance(text, (dict, list)):
        raise InvalidInputError("the request body", "must be a text of XML")
    return None if text is None else Content(encode_text(text_of(text)), media_type)


def bytes_body(media_type: str, value: object) -> Content | None:
    """Return a body of bytes; `Content` keeps its own media type."""
    if isinstance(value, Content):
        return value
    if isinstance(value, bytes):
        return Content(value, media_type)
    return text_body(media_type, value)


def bare_media_type(value: object) -> str | None:
    """Return a media type in lower case, without its parameters."""
    return None if value is None else text_of(value).partition(";")[0].strip().lower()


def write_text(*parts: object) -> str:
    """Join values as text; None is empty text."""
    return "".join("" if part is None else text_of(part) for part in parts)


def items_of(value: object) -> list[object]:
    """Return the items of a list, one item for another value, none for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def encode_text(text: str) -> bytes:
    """Encode text as UTF-8; raises InvalidInputError for lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("the request body", fault) from None


def xml_escaped(value: object) -> str:
    """Escape a value for an XML element or attribute."""
    text = write_text(value)
    if NO_XML.search(text):
        raise InvalidInputError("the request body", "must hold what XML can")
    return escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;")


def listed_type(value: object, *choices: str) -> str | None:
    """Return the first of several types and ranges that has a media type."""
    media_type = bare_media_type(value)
    if media_type is None:
        return None
    return next((choice for choice in choices if _has(choice, media_type)), None)


def _has(choice: str, media_type: str) -> bool:
    if choice == "*/*":
        return "/" in media_type
    start, star, end = choice.partition("*")
    if not star:
        return media_type == choice
    return media_type.startswith(start) and media_type.endswith(end)


def parse_body(body: object) -> Any:
    """Return the value of a JSON body, which may be bytes."""
    if not isinstance(body, bytes):
        return body
    try:
        return parse_unambiguous(body)
    except ValueError:
        raise InvalidInputError("the request body", "must be JSON") from None


def graphql_text(value: object) -> str:
    """Escape a value for use inside quotes; None is empty text."""
    return "" if value is None else json_bytes(text_of(value)).decode()[1:-1]


def graphql_block(value: object) -> str:
    """Escape a value for use inside triple quotes; None is empty text."""
    text = "" if value is None else text_of(value).replace('"""', '\\"""')
    # A quote or backslash at the end would change the meaning of the closing quotes.
    return f"{text} " if text.endswith(('"', "\\")) else text


def graphql_value(value: object) -> str:
    """Return a value for use outside quotes; None is null."""
    bare = isinstance(value, str) and BARE.fullmatch(value)
    return bare.group() if bare else _literal(value)


def _literal(value: object) -> str:
    match value:
        case dict():
            members = (f"{_name(key)}: {_literal(part)}" for key, part in value.items())
            return "{" + ", ".join(members) + "}"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case _:
            return json_bytes(value).decode()


def _name(key: str) -> str:
    if NAME.fullmatch(key):
        return key
    raise InvalidInputError("the request body", "must have names as keys")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


# Texts that parsers of base64 accept (RFC 4648): groups of four, the last one padded.
PATTERN = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
BASE64 = narrow(
    STRING,
    _is_base64,
    noun="bytes in base64",
    schema={
        "type": "string",
        "contentEncoding": "base64",
        "pattern": PATTERN,
        "description": "Bytes in base64.",
    },
)
"""The type of bytes in JSON: text, which `decode_base64` turns into bytes."""


def decode_base64(value: Any) -> Any:
    """Decode checked base64 text, or each item of a list."""
    if isinstance(value, list):
        return [decode_base64(item) for item in value]
    return None if value is None else base64.b64decode(value)


def base64_body(media_type: str, value: object) -> Content | None:
    """Return a body of bytes, whose text in base64 no input has checked yet."""
    return None if value is None else Content(base64_bytes(value), media_type)


def base64_text(value: object) -> object:
    """Encode bytes as base64, or each item of a list."""
    match value:
        case list():
            return [base64_text(item) for item in value]
        case Content(data=data) | (bytes() as data):
            return base64.b64encode(data).decode()
        case _:
            return value


def base64_bytes(value: object) -> bytes:
    """Decode base64 text; raises InvalidInputError for other values."""
    if isinstance(value, str) and BASE64.accepts(value):
        return base64.b64decode(value)
    raise InvalidInputError("the request body", "must be bytes in base64")


# Receivers may take the last piece of a path, or write to the path.
NO_FILE_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")
NAME_MARKS = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})

JSON = "application/json"


def form_escaped(value: object) -> str:
    """Percent-encode a value for a URL-encoded form."""
    if isinstance(value, EncodedText):
        return value
    data = value.data if isinstance(value, Content) else value
    return quote_plus(
        data if isinstance(data, bytes) else encode_text(write_text(data))
    )


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
        for key, part in (
            deep_pairs(name, value.value, names)
            if isinstance(value, Deep)
            else ((name, value),)
        )
        for item in items_of(part)
    )
    return Content("&".join(body_room().count(pairs)).encode(), FORM)


def object_form(
    value: Any,
    *,
    styles: Mapping[str, str] | None = None,
    reserved: Collection[str] = (),
) -> Content | None:
    """Return a URL-encoded body of an object's members.

    `styles` are the styles of members by their names. In the members that `reserved`
    lists, reserved characters aren't encoded.
    """
    if not isinstance(value, dict):
        return form_body(value)
    fields: dict[str, Any] = {}
    for name, member in value.items():
        part = reserved_parts(member) if name in reserved else member
        fields |= _member_fields((styles or {}).get(name), name, part)
    return form_body(fields)


def _member_fields(style: str | None, name: str, value: object) -> dict[str, Any]:
    """Return the fields that a member becomes."""
    if style == "deep":
        return {name: Deep(value)}
    if style == "members":
        return exploded_members(name, value)
    if style is None:
        return {name: value}
    separator = SEPARATORS[style]
    text = separator if separator == "," else quote(separator, safe="")
    return {name: delimited_items(text, value)}


def multipart_body(*groups: Iterable[bytes]) -> Content:
    """Return `multipart/form-data` (RFC 7578) of parts with their headers.

    Raises CallError if the body is too long.
    """
    # A random boundary can't occur in the content.
    boundary = secrets.token_hex(16)
    start = f"--{boundary}\r\n".encode()
    parts = (start + part + b"\r\n" for part in chain(*groups))
    body = b"".join(body_room().count(parts))
    media_type = f"multipart/form-data; boundary={boundary}"
    return Content(body + f"--{boundary}--\r\n".encode(), media_type)


PartHeaders = Iterable[tuple[str, object]]
"""Names and values of further headers; None is omitted."""


def field_parts(
    name: str,
    value: object,
    media_type: str | None = None,
    *,
    headers: PartHeaders = (),
) -> Iterator[bytes]:
    """Yield the part of a field: one for each item of a list, none for None."""
    text = f'Content-Disposition: form-data; name="{name.translate(NAME_MARKS)}"'
    text = f"{text}\r\nContent-Type: {media_type}" if media_type else text
    header = encode_text(text + _header_lines(headers))
    for item in items_of(value):
        yield b"\r\n\r\n".join((header, _part_bytes(item)))


def deep_parts(name: str, value: object) -> Iterator[bytes]:
    """Yield a part for each value in an object, called `name[member]`."""
    for pair in deep_pairs(name, value, body_room()):
        yield from field_parts(*pair)


def file_parts(
    name: str,
    value: object,
    filename: object,
    media_type: object,
    *,
    headers: PartHeaders = (),
) -> Iterator[bytes]:
    """Yield the part of a file: one for each item of a list, none for None."""
    lines = _header_lines(headers)
    for item in items_of(value):
        yield _file_part(name, item, filename, media_type, lines)


def checked_file_name(value: object) -> str:
    """Return a file's name that a client chooses.

    Raises InvalidInputError for a path, and for control characters.
    """
    name = write_text(value)
    if NO_FILE_NAME.search(name):
        fault = "must not contain slashes, backslashes or control characters"
        raise InvalidInputError("the name of a file", fault)
    return name


def _header_lines(headers: PartHeaders) -> str:
    lines = (
        f"\r\n{name}: {header_value(name, value)}"
        for name, value in headers
        if value is not None
    )
    return "".join(lines)


def _file_part(
    name: str, value: object, filename: object, media_type: object, lines: str
) -> bytes:
    kind = value.media_type if isinstance(value, Content) else write_text(media_type)
    header_value("the type of a file", kind)
    file = write_text(filename).translate(NAME_MARKS)
    names = f'name="{name.translate(NAME_MARKS)}"; filename="{file}"'
    header = f"Content-Disposition: form-data; {names}\r\nContent-Type: {kind}{lines}"
    return b"\r\n\r\n".join((encode_text(header), _part_bytes(value)))


def _part_bytes(value: object) -> bytes:
    match value:
        case Content():
            return value.data
        case bytes():
            return value
        case _:
            return encode_text(text_of(value))


class FieldMember(NamedTuple):
    """The type of a member's part, the style of its value, and further headers."""

    media_type: str | None = None
    style: str | None = None
    headers: PartHeaders = ()


class FileMember(NamedTuple):
    """The type and the name of a member that is a file, in base64."""

    media_type: object
    filename: object
    headers: PartHeaders = ()


USUAL = FieldMember()
Members = Mapping[str, FieldMember | FileMember]


def multipart_object(value: object, members: Members | None = None) -> Content | None:
    """Return a part for each member of an object.

    `members` say how some of them are sent, by their names.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidInputError("the request body", "must be an object")
    ways = members or {}
    return multipart_body(
        *(_parts(name, part, ways.get(name, USUAL)) for name, part in value.items())
    )


def _parts(
    name: str, value: object, member: FieldMember | FileMember
) -> Iterator[bytes]:
    if isinstance(member, FileMember):
        contents = [base64_bytes(item) for item in items_of(value)]
        about = member.filename, member.media_type
        yield from file_parts(name, contents, *about, headers=member.headers)
        return
    pairs: Iterable[tuple[str, object]] = [(name, value)]
    if member.style == "deep":
        pairs = deep_pairs(name, value, body_room())
    elif member.style:
        pairs = [(name, delimited_text(SEPARATORS[member.style], value))]
    for key, part in pairs:
        for item in items_of(part):
            usual = JSON if isinstance(item, dict) else None
            media_type = member.media_type or usual
            yield from field_parts(key, item, media_type, headers=member.headers)
