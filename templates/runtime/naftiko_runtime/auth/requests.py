"""The parts of a request that signers read."""

from ..errors import InvalidInputError
from ..transport import Headers


def media_type(headers: Headers) -> str | None:
    """Return the media type of a request body, without parameters, or None."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip().lower() if kinds else None


def form_text(body: bytes | None) -> str:
    """Return the text of a form; raises InvalidInputError unless it is UTF-8."""
    try:
        return (body or b"").decode()
    except UnicodeDecodeError:
        fault = "must be a form in UTF-8"
        raise InvalidInputError("the request body", fault) from None
