"""The embedded upstream: it responds, records requests and compares them."""

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import ndiff
from html import escape
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .transport import Headers, Reply
from .values import VARIABLE, Segments, json_bytes

BOUNDARY = "boundary"

JSON = ((b"content-type", b"application/json"),)

CREATED = Reply(201, JSON, b'{"odd" :  1.0}')
"""A response with unusual spaces, which show that its bytes are passed on unchanged."""

EMPTY = Reply(201, (), b"")
"""A successful response without a body."""

REMEMBERED = 1000
ANY_METHOD = "*"
NUMERAL = re.compile(r"-?[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would have been sent to the upstream."""

    method: str
    url: str
    headers: Headers
    body: bytes | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, ignoring case, or None."""
        values = (v for k, v in self.headers if k.lower() == name.lower())
        return next(values, None)

    @property
    def value(self) -> object:
        """Return the value of a JSON body, None if it is none."""
        try:
            return json.loads(self.body or b"null")
        except ValueError:
            return None


def _with_constant_boundary(request: Sent) -> Sent:
    """Replace the boundary of a multipart body, which is random."""
    media_type = request.header("Content-Type") or ""
    _, _, boundary = media_type.partition("; boundary=")
    if not boundary or request.body is None:
        return request
    headers = tuple((k, v.replace(boundary, BOUNDARY)) for k, v in request.headers)
    body = request.body.replace(boundary.encode(), BOUNDARY.encode())
    return replace(request, headers=headers, body=body)


def _lines(request: Sent, names: Iterable[str], json_body: object) -> Iterator[str]:
    """Yield the lines of a request, whose body is JSON if there is a value of it."""
    yield f"{request.method} {request.url}"
    for name in names:
        yield f"{name}: {request.header(name)!r}"
    if json_body is not None:
        # 1, 1.0 and true differ.
        text = json.dumps(json_body, ensure_ascii=False, indent=2, sort_keys=True)
        yield from text.split("\n")
    elif request.body is None:
        yield "(no body)"
    else:
        yield from map(repr, request.body.splitlines(keepends=True) or [request.body])


def json_reply(document: object) -> Reply:
    """Return a response with status 200 and a JSON body."""
    return Reply(200, JSON, json.dumps(document).encode())


@dataclass(frozen=True, slots=True)
class Sample:
    """An operation's sample output; without one, the mock describes the request.

    A reply is returned with the `status`, and another value as JSON.

    The method `*` is any. In `path`, `{name}` is a placeholder for a variable, and `{}`
    for one without a usable name. `query` are the constant query parameters of the
    operation.
    """

    operation: str
    method: str
    path: str
    output: object = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def matches(self, request: Sent) -> bool:
        """Return whether a request is a call of this operation."""
        parts = urlsplit(request.url)
        return (
            self.method in (request.method, ANY_METHOD)
            and self._variables(parts.path) is not None
            and self.query.items() <= {*parse_qsl(parts.query, keep_blank_values=True)}
        )

    def inputs(self, request: Sent) -> dict[str, object]:
        """Return the variables of the path, the query and the members of the body.

        An id at the end of the path is that of the response: `/books/{bookId}`.
        """
        parts = urlsplit(request.url)
        body = request.value
        variables = self._variables(parts.path) or {}
        last = VARIABLE.fullmatch(self.path.rpartition("/")[2])
        is_id = last and last[1].lower().endswith("id")
        return {
            **({"id": variables[last[1]]} if last and is_id else {}),
            **dict(parse_qsl(parts.query)),
            **(body if isinstance(body, dict) else {}),
            **variables,
        }

    def _variables(self, path: str) -> dict[str, str] | None:
        """Return the values of the variables in a path, or None for another path."""
        end = "/".join(("", *path.rsplit("/", self.path.count("/"))[1:]))
        values = Segments(self.path).match(end)
        if values is None:
            return None
        return {name: unquote(value) for name, value in values.items()}

    @property
    def narrowness(self) -> tuple[int, int, int]:
        """Return a sort key, which is higher for samples that match fewer requests."""
        return self.path.count("/"), -self.path.count("{"), len(self.query)


class MockUpstream:
    """A transport that responds with samples; `requests` are the latest requests."""

    def __init__(self, *samples: Sample) -> None:
        self._samples = sorted(samples, key=lambda s: s.narrowness, reverse=True)
        self.requests: deque[Sent] = deque(maxlen=REMEMBERED)
        self.reply: Reply | None = None
        """If set, the response to every request."""
        self.repeats_inputs = False
        """Whether members of a response have the values of inputs with their names."""

    def reset(self) -> None:
        """Forget the requests and the reply, as before the first request."""
        self.requests.clear()
        self.reply = None

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        """Record a request and return its response."""
        request = Sent(method, url, headers, body)
        self.requests.append(request)
        return self.reply or self._answer(request)

    def assert_received(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        json: object = None,
    ) -> None:
        """Assert that this upstream has received exactly one request, the given one.

        The request may have further headers. Its body must be `body`, be JSON that
        equals `json`, or be missing without either argument. `boundary` replaces the
        random boundary of a multipart body. The message of the AssertionError shows the
        differences.
        """
        __tracebackhide__ = True
        if len(self.requests) != 1:
            targets = "".join(
                f"\n{request.method} {request.url}" for request in self.requests
            )
            raise AssertionError(f"{len(self.requests)} requests, not 1{targets}")
        content = body.encode() if isinstance(body, str) else body
        names = headers or {}
        wanted = Sent(method, url, (*names.items(),), content)
        request = _with_constant_boundary(self.requests[0])
        lines = [*_lines(wanted, names, json)]
        actual = [*_lines(request, names, None if json is None else request.value)]
        if lines != actual:
            message = "another request than expected (- expected, + received)"
            difference = "\n".join(map(str.rstrip, ndiff(lines, actual)))
            raise AssertionError(f"{message}:\n{difference}")

    def _answer(self, request: Sent) -> Reply:
        for sample in self._samples:
            if sample.matches(request):
                return _reply(sample, request, repeats_inputs=self.repeats_inputs)
        return Reply(
            404, JSON, json_bytes({"detail": "the mock has no such operation"})
        )


def _reply(sample: Sample, request: Sent, *, repeats_inputs: bool) -> Reply:
    output = sample.output
    if isinstance(output, Reply):
        return output._replace(status=sample.status)
    if output is None:
        output = _account(sample, request)
    elif repeats_inputs and isinstance(output, dict):
        inputs = {_plain(name): value for name, value in sample.inputs(request).items()}
        output = {
            name: _repeat(value, inputs.get(_plain(name)))
            for name, value in output.items()
        }
    return Reply(sample.status, JSON, json_bytes(output))


def _plain(name: str) -> str:
    """Return a name without its case and punctuation: `bookId` is `book_id`."""
    return re.sub(r"[\W_]", "", name).lower()


def _repeat(value: object, argument: object) -> object:
    """Return the value that was sent, if it has the type of a sample's value."""
    if type(value) is int and isinstance(argument, str) and NUMERAL.fullmatch(argument):
        return int(argument)
    return argument if type(argument) is type(value) else value


def _account(sample: Sample, request: Sent) -> object:
    """Describe the request, without its headers and the content of its body."""
    parts = urlsplit(request.url)
    return {
        "mock": sample.operation,
        "method": request.method,
        "path": unquote(parts.path),
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "bodyBytes": len(request.body or b""),
    }


# An image of one black pixel, in four formats.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\xdac`\0\0\0\2\0\1\xe5'\xde\xfc"
    b"\0\0\0\0IEND\xaeB`\x82"
)
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = (
    b"\xff\xd8"
    + (b"\xff\xdb\0\x43\0" + b"\1" * 64)
    + b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"
    + (b"\xff\xc4\0\x14\0\1" + bytes(16))
    + (b"\xff\xc4\0\x14\x10\1" + bytes(16))
    + b"\xff\xda\0\x08\1\1\0\0\x3f\0\x3f\xff\xd9"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
PDF = b"""\
%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 72 72]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""
ZIP = b"PK\5\6" + bytes(18)
FILES = {
    "image/png": PNG,
    "image/gif": GIF,
    "image/jpeg": JPEG,
    "image/jpg": JPEG,
    "image/svg+xml": SVG,
    "application/pdf": PDF,
    "application/zip": ZIP,
}
BYTES = b"\0\xff\1\xfe"
"""The content of all other media types."""

XML = ((b"content-type", b"application/xml; charset=utf-8"),)
TABLE = ((b"content-type", b"text/plain; charset=utf-8"),)


def file_reply(media_type: str) -> Reply:
    """Return a response of bytes: a file of the media type, if a small one is known."""
    content = FILES.get(media_type.partition(";")[0].strip().lower(), BYTES)
    return Reply(200, ((b"content-type", media_type.encode()),), content)


def content_reply(media_type: str, content: str | bytes) -> Reply:
    """Return a response of a media type; a text is sent in UTF-8.

    The header says so, unless the media type has parameters or is JSON, which has none.
    """
    if isinstance(content, bytes):
        return Reply(200, ((b"content-type", media_type.encode()),), content)
    is_whole = ";" in media_type or media_type.endswith("json")
    header = media_type if is_whole else f"{media_type}; charset=utf-8"
    return Reply(200, ((b"content-type", header.encode()),), content.encode())


def xml_reply(document: Any) -> Reply:
    """Return a response whose root element has the members of a document."""
    children = {"item": document} if isinstance(document, list) else document
    return Reply(200, XML, "".join(_element("root", children)).encode())


def table_reply(rows: Sequence[Mapping[str, str]], separator: str) -> Reply:
    """Return a response with a line of names, and a line for each row."""
    text = io.StringIO()
    table = csv.DictWriter(text, [*rows[0]], delimiter=separator)
    table.writeheader()
    table.writerows(rows)
    return Reply(200, TABLE, text.getvalue().encode())


def _element(name: str, value: Any) -> Iterator[str]:
    match value:
        case list():
            for item in value:
                yield from _element(name, item)
        case dict():
            inside = (piece for member in value.items() for piece in _element(*member))
            yield f"<{name}>{''.join(inside)}</{name}>"
        case _:
            yield f"<{name}>{escape(value, quote=False)}</{name}>"
