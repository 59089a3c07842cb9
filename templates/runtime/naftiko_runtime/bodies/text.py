"""Request bodies of text and bytes."""

from ..errors import InvalidInputError
from ..reply import Content
from ..values import text_of


def text_body(media_type: str, text: object) -> Content | None:
    """Return a body of UTF-8 text, or None if there is no text.

    Raises InvalidInputError for a list or an object as XML: it would be sent as JSON.
    """
    if media_type.endswith("xml") and isinstance(text, (dict, list)):
        raise InvalidInputError("the request body", "must be a text of XML")
    return None if text is None else Content(encoded(text_of(text)), media_type)


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


def written(*parts: object) -> str:
    """Join values as text; None is empty text."""
    return "".join("" if part is None else text_of(part) for part in parts)


def items_of(value: object) -> list[object]:
    """Return the items of a list, one item for another value, none for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def encoded(text: str) -> bytes:
    """Encode text as UTF-8; raises InvalidInputError for lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        fault = "must be valid Unicode text"
        raise InvalidInputError("the request body", fault) from None
