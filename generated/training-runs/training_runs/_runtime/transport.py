"""Responses of upstreams, and the way to them: a function that sends a request."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

from .errors import CallError, InvalidBodyError
from .values import JsonValue, parse

RawHeaders = tuple[tuple[bytes, bytes], ...]
"""Names and values of headers, as received and in their order."""
SECONDS = re.compile(r"[0-9]{1,9}")
NAMED_CHARSET = re.compile(r';\s*charset\s*=\s*"?([\w.:-]+)', re.IGNORECASE)
# Python has more codecs, but some aren't charsets, and some are very slow. Python keeps
# every name that it looks up, so there must be few.
CHARSET = re.compile(
    r"utf-?(8|16|32)(-?(le|be))?|(us-)?ascii|latin-?1|iso-8859-\d\d?|"
    r"(windows-|cp)125\d|koi8-[ru]|shift_jis|iso-2022-(jp|kr)|euc-(jp|kr)|gbk|"
    r"gb2312|gb18030|big5"
)

TITLES = {status.value: status.phrase for status in HTTPStatus}
KEPT = 32
"""How many media types are kept with a decision about them: upstreams send few."""

Headers = tuple[tuple[str, str], ...]
FORM = "application/x-www-form-urlencoded"


class HeaderView(Mapping[str, str]):
    """Headers by their names, whose case has no meaning (RFC 9110, section 5.1).

    The values of a repeated header are joined by commas (section 5.3). Bytes are
    decoded as Latin-1.
    """

    __slots__ = ("_values",)

    def __init__(self, raw: RawHeaders) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            values = self._values.setdefault(name.decode("latin-1").lower(), [])
            values.append(value.decode("latin-1"))

    def __getitem__(self, name: str) -> str:
        """Return the value of a header; raises KeyError if it is absent."""
        if not (values := self.all(name)):
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in lower case, each once."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return the number of different names."""
        return len(self._values)

    def __repr__(self) -> str:
        """Return the headers as a dictionary."""
        return f"{type(self).__name__}({dict(self)!r})"

    def all(self, name: str) -> list[str]:
        """Return every value of a header, such as Set-Cookie; empty if absent."""
        return [*self._values.get(name.lower(), ())]


class Reply(NamedTuple):
    """A response of the upstream: `raw_headers` as received, `body` decompressed.

    Responses of any status are returned, including errors.
    """

    status: int
    raw_headers: RawHeaders
    body: bytes
    structured: bytes | None = None
    """The output of a tool as a JSON object, which fits the schema of the tool."""
    is_binary: bool = False
    """Whether the body is bytes even if it could be text, as the spec declares."""

    @property
    def ok(self) -> bool:
        """Return whether the status is below 400."""
        return self.status < 400

    @property
    def headers(self) -> HeaderView:
        """Return the headers, to look up by name in any case."""
        return HeaderView(self.raw_headers)

    @property
    def text(self) -> str:
        """Return the body as text, in the charset of Content-Type or else UTF-8.

        Bytes that aren't text in this charset become U+FFFD.
        """
        charset = self.charset or "utf-8"
        charset = charset if CHARSET.fullmatch(charset) else "utf-8"
        try:
            return self.body.decode(charset, "replace")
        except LookupError:  # such as ISO-8859-12, which was never published
            return self.body.decode("utf-8", "replace")

    @property
    def charset(self) -> str | None:
        """Return the charset that Content-Type names, in lower case."""
        return _named_charset(self.header(b"content-type") or "")

    @property
    def retry_after(self) -> int | None:
        """Return the seconds in Retry-After (RFC 9110, section 10.2.3), if it has some.

        A date counts as none.
        """
        seconds = (self.header(b"retry-after") or "").strip()
        return int(seconds) if SECONDS.fullmatch(seconds) else None

    def json(self) -> Any:
        """Parse the body as JSON (RFC 8259), with integers of any size.

        Raises InvalidBodyError if it isn't JSON or has more than 200 levels.
        """
        try:
            return parse(self.body)
        except ValueError:
            fault = f"the body of a response with the status {self.status} is not JSON"
            raise InvalidBodyError(fault) from None

    def raise_for_status(self) -> Self:
        """Return this response; raises StatusError if its status is 400 or above."""
        if not self.ok:
            raise StatusError(self)
        return self

    def header(self, name: bytes) -> str | None:
        """Return the first header with this lower-case name, or None."""
        size = len(name)
        for key, value in self.raw_headers:
            if len(key) == size and key.lower() == name:
                return value.decode("latin-1")
        return None


class StatusError(CallError):
    """A response whose status is 400 or above; only `raise_for_status` raises it.

    `reply` is the response. The message contains only its status, because the body may
    contain any text.
    """

    def __init__(self, reply: Reply) -> None:
        detail = f"the upstream API answered with the status {reply.status}"
        title = TITLES.get(reply.status, "Upstream Error")
        super().__init__(reply.status, title, detail, reply.retry_after)
        self.reply = reply


class Content(NamedTuple):
    """A request body that isn't JSON: its bytes and their media type."""

    data: bytes
    media_type: str


FileContent: TypeAlias = Content | bytes
"""Bytes to send, perhaps with their media type."""
BodyValue: TypeAlias = (
    bytes | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]
)
"""A JSON body: bytes are sent unchanged, another value is encoded as JSON."""


@lru_cache(KEPT)
def _named_charset(content_type: str) -> str | None:
    match = NAMED_CHARSET.search(content_type)
    return match[1].lower() if match else None


def text(reply: Reply) -> str:
    """Decode a body in its charset, UTF-8 by default; raises ValueError."""
    return decoded_text(reply.body, reply.header(b"content-type") or "")


def decoded_text(body: bytes, content_type: str) -> str:
    """Decode a body of a media type, UTF-8 by default; raises ValueError."""
    charset = _named_charset(content_type) or "utf-8"
    if charset != "utf-8" and not CHARSET.fullmatch(charset):
        raise ValueError("an unknown charset")
    try:
        return body.decode(charset)
    except LookupError as error:
        raise ValueError("an unknown charset") from error


def utf8(reply: Reply) -> bytes:
    """Return a body in UTF-8, or unchanged if it isn't text in its charset."""
    if reply.charset in (None, "utf-8", "utf8"):
        return reply.body
    try:
        return text(reply).removeprefix("\ufeff").encode()
    except ValueError:
        return reply.body


Transport = Callable[[str, str, Headers, bytes | None], Awaitable[Reply]]
"""A function that sends a request and returns the upstream's response.

Its arguments are method, URL, headers and body. It raises NotSentError, NoAnswerError,
or CallError if too many calls are in flight. A call that raised NotSentError or
ConnectionLostError may be repeated.
"""
TransportMiddleware = Callable[[Transport], Transport]
"""A function that wraps a transport, for example to log or to trace requests.

It is called once for each upstream. The transport that it returns is called for each
request, and again if the request is repeated.
"""


class Credential(Protocol):
    """A credential of requests to an upstream."""

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
