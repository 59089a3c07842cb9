"""The inputs of routes: where a request has them, and how they are read."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

from ..errors import InvalidInputError
from ..inputs import OBJECT, STRING, JsonType
from ..json import parse_unambiguous, skim
from ..reply import Content
from .request import BODY, Request

T = TypeVar("T")

_LESS = (
    "if the upstream takes it nevertheless, set `check` of this input in the spec to"
    " shallow or none (`naftiko-gen import --check`)"
)


@dataclass(frozen=True, slots=True)
class Input(ABC):
    """An input of a route.

    `keyword` is the argument that gets its value, the input's own name unless another
    is given. An optional input that is absent is None.
    """

    reads_body: ClassVar[bool] = False

    name: str
    type: JsonType = STRING
    required: bool = field(default=True, kw_only=True)
    keyword: str = field(default="", kw_only=True)

    @property
    def argument(self) -> str:
        """Return the keyword argument that gets the value."""
        return self.keyword or self.name

    @abstractmethod
    def read(self, request: Request) -> Any:
        """Return the value; raises CallError if it is missing or not of its type."""

    def _present(self, value: Any) -> Any:
        if value is None and self.required:
            raise InvalidInputError(self.name, "is required")
        return value


@dataclass(frozen=True, slots=True)
class Path(Input):
    """A variable of the route's path, which the path calls `variable`."""

    variable: str = field(default="", kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value of the decoded variable."""
        text = request.variables[self.variable or self.argument]
        try:
            decoded = unquote(text, errors="strict")
        except UnicodeDecodeError:
            raise InvalidInputError(self.name, "must be valid UTF-8") from None
        return self.type.read(self.name, decoded)


class Query(Input):
    """A query parameter; the name of an array is repeated for each item."""

    __slots__ = ()

    def read(self, request: Request) -> Any:
        """Return the value, or a list of the values of all parameters of the name."""
        texts = request.queries(self.name)
        if self.type.items:
            items = [self.type.items.read(self.name, text) for text in texts]
            checked = self.type.check(self.name, items) if items else None
            return self._present(checked)
        return self._present(self._value(texts) if texts else None)

    def _value(self, texts: list[str]) -> Any:
        """Return the value of one text, or the array of several."""
        if self.type.possible_items:
            return self.type.read_list(self.name, texts)
        if len(texts) > 1:
            raise InvalidInputError(self.name, "must be given once")
        return self.type.read(self.name, texts[0])


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
            _check(self.type, BODY, request.parsed(parser), "body")
        return _required(body, self.required)


class JsonBody(Input):
    """The value of the whole JSON body."""

    __slots__ = ()
    reads_body = True

    def read(self, request: Request) -> Any:
        """Return the value."""
        body = _required(request.json_body(), self.required)
        return _check(self.type, BODY, request.parsed(), "body") if body else None


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
            return None
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
        return _required(text, self.required)


@dataclass(frozen=True, slots=True)
class RawBody(Input):
    """The whole body as bytes; `media_type` applies if the client sends none."""

    reads_body: ClassVar[bool] = True

    media_type: str = field(default="application/octet-stream", kw_only=True)

    def read(self, request: Request) -> Content | None:
        """Return the bytes with their media type; None if there is neither."""
        media_type = request.header(b"content-type")
        if not request.body and media_type is None:
            return _required(None, self.required)
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


def _required(value: T | None, is_required: bool) -> T | None:
    if not value and is_required:
        raise InvalidInputError(BODY, "is required")
    return value or None
