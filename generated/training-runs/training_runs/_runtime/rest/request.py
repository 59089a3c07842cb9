"""A request to a route, from which its inputs are read."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from ..errors import CallError, InvalidInputError
from ..inputs import OBJECT
from ..json import DuplicateMemberError, JsonObject, parse_unambiguous

BODY = "the request body"
"""How messages name the body."""
BODY_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body."""


class Request:
    """A request whose body has been received, if one of its inputs needs it."""

    __slots__ = ("_members", "_queries", "_scope", "body")

    def __init__(self, scope: Scope, body: bytes = b"") -> None:
        self.body = body
        self._scope = scope
        self._queries: list[tuple[str, str]] | None = None
        self._members: JsonObject | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """Return the variables of the path, percent-encoded as the client sent them."""
        variables: Mapping[str, str] = self._scope["path_params"]
        return variables

    def queries(self, name: str) -> list[str]:
        """Return the decoded values of all query parameters of a name."""
        if self._queries is None:
            self._queries = self._parsed_query()
        return [value for key, value in self._queries if key == name]

    def header(self, name: bytes) -> str | None:
        """Return the first header with this lower-case name, or None."""
        for field, value in self._scope["headers"]:
            if field == name:
                text: str = value.decode("latin-1")
                return text
        return None

    def fields(self, name: bytes) -> list[str]:
        """Return the values of all headers with this lower-case name."""
        headers = self._scope["headers"]
        return [value.decode("latin-1") for field, value in headers if field == name]

    def json_body(self) -> bytes:
        """Return the body; raises CallError if its media type isn't JSON."""
        if self.body and not self._is_json():
            raise CallError(
                415, "Unsupported Media Type", "send the body as application/json"
            )
        return self.body

    def members(self) -> JsonObject:
        """Return the members of a JSON object as the body; none without a body."""
        if self._members is None:
            body = self.json_body()
            self._members = OBJECT.check(BODY, self.parsed()) if body else {}
        return self._members

    def parsed(self, parser: Callable[[bytes], Any] = parse_unambiguous) -> Any:
        """Return the value of the JSON body."""
        try:
            return parser(self.body)
        except DuplicateMemberError:
            fault = "must not name a member of an object twice"
            raise InvalidInputError(BODY, fault) from None
        except ValueError:
            raise InvalidInputError(BODY, "must be valid JSON") from None

    def _parsed_query(self) -> list[tuple[str, str]]:
        text = self._scope["query_string"].decode("latin-1")
        try:
            return parse_qsl(
                text, keep_blank_values=True, max_num_fields=1000, errors="strict"
            )
        except ValueError:
            raise InvalidInputError("the query", "must be valid UTF-8") from None

    def _is_json(self) -> bool:
        media_type = (self.header(b"content-type") or "").partition(";")[0]
        media_type = media_type.strip().lower()
        return media_type == "application/json" or media_type.endswith("+json")


async def received(receive: Receive) -> bytes:
    """Return the whole body of a request; raises CallError if it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError(BODY, "is incomplete")
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        if not message.get("more_body", False):
            return bytes(body)
