"""Reads and checks the inputs of a request."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope

from ..errors import CallError, InvalidInputError
from ..http.responses import RawHeaders
from ..inputs import OBJECT, Arguments, Kind
from ..json import DuplicateMemberError, parse_unambiguous, skim

C = TypeVar("C")
T = TypeVar("T")
BODY_LIMIT = 4 * 1024 * 1024


class Call(Generic[C]):
    """A request to a route: its inputs, and the API client to call."""

    __slots__ = ("_body", "_queries", "_receive", "_scope", "client")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.client: C = scope["app"].state.client
        self._scope = scope
        self._receive = receive
        self._queries: list[tuple[str, str]] | None = None
        self._body: bytes | None = None

    def path(self, variable: str, kind: Kind[T], name: str = "") -> T:
        """Return a decoded path variable; error messages call it `name`."""
        text = self._scope["path_params"][variable]
        return kind.read(name or variable, _decoded(text, name or variable))

    def query(self, name: str, kind: Kind[T]) -> T | None:
        """Return a query parameter, or None if it is absent."""
        values = self._query(name)
        if len(values) > 1:
            raise InvalidInputError(name, "must be given once")
        return kind.read(name, values[0]) if values else None

    def required_query(self, name: str, kind: Kind[T]) -> T:
        """Return a required query parameter."""
        return _required(name, self.query(name, kind))

    def query_list(self, name: str, items: Kind[T]) -> list[T] | None:
        """Return all query parameters of one name, or None if there is none."""
        return [items.read(name, value) for value in self._query(name)] or None

    def required_query_list(self, name: str, items: Kind[T]) -> list[T]:
        """Return all query parameters of one name; at least one is required."""
        return _required(name, self.query_list(name, items))

    def header(self, name: str, kind: Kind[T]) -> T | None:
        """Return a header, or None if it is absent."""
        key = name.lower().encode()
        for field, value in self._scope["headers"]:
            if field == key:
                return kind.read(name, value.decode("latin-1"))
        return None

    def required_header(self, name: str, kind: Kind[T]) -> T:
        """Return a required header."""
        return _required(name, self.header(name, kind))

    async def body(self, kind: Kind[Any]) -> bytes:
        """Return the bytes of a required JSON body; its type is checked."""
        body = await self.optional_body(kind)
        return _required("the request body", body)

    async def optional_body(self, kind: Kind[Any]) -> bytes | None:
        """Return the bytes of an optional JSON body, or None; its type is checked."""
        body = await self._read()
        if body:
            # The body is only passed on, so it is parsed only as far as its check
            # needs.
            parser = parse_unambiguous if kind.reads_members else skim
            kind.check("the request body", _parsed(body, parser))
        return body or None

    async def json(self, kind: Kind[T]) -> T:
        """Return the value of a required JSON body."""
        body = _required("the request body", await self._read() or None)
        return kind.check("the request body", _parsed(body))

    async def optional_json(self, kind: Kind[T]) -> T | None:
        """Return the value of an optional JSON body, or None."""
        body = await self._read()
        return kind.check("the request body", _parsed(body)) if body else None

    async def fields(self) -> Arguments:
        """Return the members of a JSON object as the body; none without a body."""
        return Arguments(await self.optional_json(OBJECT) or {})

    async def content(self) -> bytes:
        """Return the bytes of a body of any media type, up to the limit."""
        if self._body is None:
            self._body = await _received(self._receive)
        return self._body

    def _query(self, name: str) -> list[str]:
        if self._queries is None:
            text = self._scope["query_string"].decode("latin-1")
            try:
                self._queries = parse_qsl(
                    text, keep_blank_values=True, max_num_fields=1000, errors="strict"
                )
            except ValueError:
                raise InvalidInputError("the query", "must be valid UTF-8") from None
        return [value for key, value in self._queries if key == name]

    async def _read(self) -> bytes:
        """Return the bytes of a body whose media type is JSON, up to the limit."""
        if self._body is None:
            self._body = await _received(self._receive)
            if self._body and not _is_json(self._scope["headers"]):
                raise CallError(
                    415, "Unsupported Media Type", "send the body as application/json"
                )
        return self._body


def _decoded(text: str, name: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInputError(name, "must be valid UTF-8") from None


async def _received(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError("the request body", "is incomplete")
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        if not message.get("more_body", False):
            return bytes(body)


def _parsed(body: bytes, parser: Callable[[bytes], Any] = parse_unambiguous) -> Any:
    try:
        return parser(body)
    except DuplicateMemberError:
        fault = "must not name a member of an object twice"
        raise InvalidInputError("the request body", fault) from None
    except ValueError:
        raise InvalidInputError("the request body", "must be valid JSON") from None


def _is_json(headers: RawHeaders) -> bool:
    for name, value in headers:
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
            return media_type == b"application/json" or media_type.endswith(b"+json")
    return False


def _required(name: str, value: T | None) -> T:
    if value is None:
        raise InvalidInputError(name, "is required")
    return value
