"""Sends a credential in the body of every request."""

from functools import partial
from typing import Any
from urllib.parse import unquote_plus, urlencode

from ..bodies.form import FORM
from ..errors import CallError
from ..json import json_bytes, parse
from ..reply import Reply
from ..transport import Headers, Transport
from .requests import form_text, media_type


class BodyKey:
    """A credential in the JSON object or form of a request.

    A request without a body gets a JSON object with the credential alone. A multipart
    body isn't changed: it already has the credential as a part.
    """

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        return partial(self._send, exchange)

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        kind = media_type(headers)
        if kind == "multipart/form-data":
            return await exchange(method, url, headers, body)
        if kind is None:
            headers = (*headers, ("Content-Type", "application/json"))
        content = self._form(body) if kind == FORM else self._object(body)
        return await exchange(method, url, headers, content)

    def _form(self, body: bytes | None) -> bytes:
        """Add the field to a form; the other fields keep their encoding."""
        content = form_text(body)
        pieces = content.split("&") if content else []
        kept = [one for one in pieces if _field_name(one) != self._name]
        return "&".join([*kept, urlencode([(self._name, self._value)])]).encode()

    def _object(self, body: bytes | None) -> bytes:
        """Set the member in a JSON object; it overrides the client's value."""
        try:
            # The parser takes no subclass of bytes, as the body of a forward is.
            members: Any = parse(bytes(body)) if body else {}
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise CallError(400, "Bad Request", "the body must be a JSON object")
        return json_bytes({**members, self._name: self._value})


def _field_name(piece: str) -> str:
    return unquote_plus(piece.partition("=")[0])
