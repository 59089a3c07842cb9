"""The expected parameters of lists and objects with a style."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import quote

from naftiko_gen.emit.requests.parts import wire_text
from naftiko_gen.ir import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from naftiko_gen.diagnostics.span import Plain

    Encode = Callable[[str], str]

encoded = partial(quote, safe="")


def with_reserved_text(text: str) -> str:
    """Encode a text except for reserved characters, and for encoded ones."""
    encoded_text = quote(text, safe=":/?@!$'()*,;=%")
    return re.sub("%(?![0-9A-Fa-f]{2})", "%25", encoded_text)


def styled_texts(
    style: Style | None,
    name: str,
    value: Plain,
    encode: Encode,
    encode_item: Encode = encoded,
) -> Iterator[tuple[str, str]]:
    """Yield names, and values that are encoded; separators between them are as well."""
    separator = style.separator if style else None
    if value is None:
        return
    if separator is not None:
        items = [encode_item(wire_text(item)) for item in _parts(value)]
        if items:
            between = separator if separator == "," else encode_item(separator)
            yield name, between.join(items)
    elif style is Style.DEEP:
        yield from ((key, encode(wire_text(item))) for key, item in _deep(name, value))
    elif style is Style.MEMBERS and isinstance(value, dict):
        for key, item in value.items():
            yield from ((key, encode(wire_text(i))) for i in _list(item))
    else:
        yield from ((name, encode(wire_text(item))) for item in _list(value))


def styled_path(style: Style | None, name: str, value: Plain) -> str:
    """Return the expected segment of a path."""
    explode = style is not None and style.is_exploded
    match style:
        case Style.LABEL | Style.LABEL_MEMBERS:
            texts = _texts(value, explode)
            return "." + ("." if explode else ",").join(texts)
        case Style.MATRIX:
            return f";{encoded(name)}=" + ",".join(_texts(value, explode=False))
        case Style.MATRIX_MEMBERS:
            start = "" if isinstance(value, dict) else f"{encoded(name)}="
            return "".join(f";{start}{text}" for text in _texts(value, explode))
        case Style.SIMPLE | Style.SIMPLE_MEMBERS:
            return ",".join(_texts(value, explode))
        case Style.RESERVED:
            return quote(wire_text(value), safe="/:@!$'()*,;=")
        case _:
            return encoded(wire_text(value))


def _texts(value: Plain, explode: bool, encode: Encode = encoded) -> list[str]:
    """Return the texts between separators."""
    if isinstance(value, dict) and explode:
        return [f"{encode(k)}={encode(wire_text(v))}" for k, v in value.items()]
    return [encode(wire_text(item)) for item in _parts(value)]


def styled_field(style: Style, value: Plain) -> Plain:
    """Return the expected value of a header, None if it isn't sent."""
    return ",".join(_texts(value, style.is_exploded, str)) or None


def _parts(value: Plain) -> list[Plain]:
    return [*chain(*value.items())] if isinstance(value, dict) else _list(value)


def _list(value: Plain) -> list[Plain]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _deep(name: str, value: Plain) -> Iterator[tuple[str, Plain]]:
    inner: dict[str, Plain] = {}
    if isinstance(value, dict):
        inner = value
    elif isinstance(value, list):
        inner = {str(at): item for at, item in enumerate(value)}
    else:
        yield name, value
    for key, item in inner.items():
        yield from _deep(f"{name}[{key}]", item)
