"""Inputs of routes: path, query, header fields, cookies and bodies."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope

from ..errors import CallError, InvalidInputError
from ..inputs import OBJECT, STRING, JsonType
from ..transport import Content
from ..values import DuplicateMemberError, JsonObject, parse_unambiguous, skim

BODY = "the request body"
"""How messages name the body."""
BODY_LIMIT = 4 * 1024 * 1024
"""The most bytes of a body."""

T = TypeVar("T")

_LESS = (
    "if the upstream takes it nevertheless, set `check` of this input in the spec to"
    " shallow or none (`naftiko-gen import --check`)"
)

SPACE = " \t"


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
        return next(iter(self.fields(name)), None)

    def fields(self, name: bytes) -> list[str]:
        """Return the values of all headers with this lower-case name."""
        headers = self._scope["headers"]
        return [value.decode("latin-1") for key, value in headers if key == name]

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
            self._members = OBJECT.check(BODY, self.parse_body()) if body else {}
        return self._members

    def parse_body(self, parser: Callable[[bytes], Any] = parse_unambiguous) -> Any:
        """Return the value of the JSON body."""
        try:
            return parser(self.body)
        except DuplicateMemberError:
            fault = "must not name a member of an object twice"
            raise InvalidInputError(BODY, fault) from None
        except ValueError:
            raise InvalidInputError(BODY, "must be valid JSON") from None

    def _parsed_query(self) -> list[tuple[str, str]]:
        if not self._scope["query_string"]:
            return []
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


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request; raises CallError if it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidInputError(BODY, "is incomplete")
        piece: bytes = message.get("body", b"")
        if len(body) + len(piece) > BODY_LIMIT:
            raise CallError(413, "Content Too Large", "a body may have 4 MiB")
        if not body and not message.get("more_body", False):
            return piece  # most bodies, which needn't be copied
        body += piece
        if not message.get("more_body", False):
            return bytes(body)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a route.

    `keyword` is the argument that gets its value, the input's own name unless another
    is given. An optional input that is absent is a copy of the default.
    """

    reads_body: ClassVar[bool] = False

    name: str
    type: JsonType = STRING
    required: bool = field(default=True, kw_only=True)
    default: Any = field(default=None, kw_only=True)
    keyword: str = field(default="", kw_only=True)

    @property
    def argument(self) -> str:
        """Return the keyword argument that gets the value."""
        return self.keyword or self.name

    def read(self, request: Request) -> Any:
        """Return the value; raises CallError if it is missing or not of its type."""
        raise NotImplementedError

    def _body(self, body: T | None) -> T | None:
        if not body and self.required:
            raise InvalidInputError(BODY, "is required")
        return body or None

    def _only(self, texts: Sequence[str]) -> Any:
        """Return the value of the only text, None if there is none."""
        if len(texts) > 1:
            raise InvalidInputError(self.name, "must be given once")
        return self.type.read(self.name, texts[0]) if texts else None

    def _present(self, value: Any) -> Any:
        if value is not None:
            return value
        if self.required:
            raise InvalidInputError(self.name, "is required")
        return copy.deepcopy(self.default)


@dataclass(frozen=True, slots=True)
class Path(Input):
    """A variable of the route's path, which the path calls `variable`."""

    variable: str = field(default="", kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value of the decoded variable."""
        text = request.variables[self.variable or self.argument]
        if "%" in text:
            try:
                text = unquote(text, errors="strict")
            except UnicodeDecodeError:
                raise InvalidInputError(self.name, "must be valid UTF-8") from None
        return self.type.read(self.name, text)


class Query(Input):
    """A query parameter; the name of an array is repeated for each item."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value, or a list of the values of all parameters of the name."""
        texts = request.queries(self.name)
        if self.type.items:
            items = [self.type.items.read(self.name, text) for text in texts]
            value = self.type.check(self.name, items) if items else None
        elif self.type.possible_items and texts:
            value = self.type.read_list(self.name, texts)
        else:
            value = self._only(texts)
        return self._present(value)


class Header(Input):
    """A header field."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value of the first field with the name."""
        text = request.header(self.name.lower().encode())
        return self._present(None if text is None else self.type.read(self.name, text))


class Body(Input):
    """The whole JSON body, as the bytes that the client sent; its type is checked."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> bytes | None:
        """Return the bytes."""
        body = request.json_body()
        if body:
            # The body is only passed on, so it is parsed only as far as its check
            # needs.
            parser = parse_unambiguous if self.type.reads_members else skim
            _check(self.type, BODY, request.parse_body(parser), "body")
        return self._body(body)


class JsonBody(Input):
    """The value of the whole JSON body."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> Any:
        """Return the value."""
        body = self._body(request.json_body())
        return _check(self.type, BODY, request.parse_body(), "body") if body else None


@dataclass(frozen=True, slots=True)
class Member(Input):
    """A member of a JSON object as the body, at a `path` of keys, else at its name."""

    reads_body: ClassVar[bool] = True

    path: Sequence[str] = field(default=(), kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value; a member that is null is absent, unless it is required."""
        *outer, name = self.path or (self.name,)
        members = request.members()
        for key in outer:
            inner = members.get(key)
            members = {} if inner is None else OBJECT.check(key, inner)
        if not self.required and members.get(name) is None:
            return copy.deepcopy(self.default)
        if name not in members:
            raise InvalidInputError(name, "is required")
        return _check(self.type, name, members[name])


class TextBody(Input):
    """The whole body as text in UTF-8."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> str | None:
        """Return the text."""
        try:
            text = request.body.decode() or None
        except UnicodeDecodeError:
            raise InvalidInputError(BODY, "must be text in UTF-8") from None
        return self._body(text)


@dataclass(frozen=True, slots=True)
class RawBody(Input):
    """The whole body as bytes; `media_type` applies if the client sends none."""

    reads_body: ClassVar[bool] = True

    media_type: str = field(default="application/octet-stream", kw_only=True)

    def read(self, request: Request) -> Content | None:
        """Return the bytes with their media type; None if there is neither."""
        media_type = request.header(b"content-type")
        if not request.body and media_type is None:
            return self._body(None)
        return Content(request.body, media_type or self.media_type)


def _check(kind: JsonType, name: str, value: Any, prefix: str = "") -> Any:
    """Return a value from a body; an error of its parts names the spec's setting."""
    try:
        return kind.check(name, value, prefix)
    except InvalidInputError as error:
        if not kind.reads_members:
            raise
        place, _, fault = error.detail.partition(" ")
        raise InvalidInputError(place, f"{fault}; {_LESS}") from None


class Cookie(Input):
    """A cookie; its value is read as it stands, without decoding it."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value of the only cookie with the name, which has case."""
        pairs = (
            pair.partition("=")
            for header in request.fields(b"cookie")
            for pair in header.split(";")
        )
        texts = [text for name, _, text in pairs if name.strip(SPACE) == self.name]
        return self._present(self._only([text.strip(SPACE) for text in texts]))
