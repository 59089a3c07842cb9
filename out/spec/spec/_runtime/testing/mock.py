"""The embedded upstream: responds, records requests and compares them."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import ndiff
from urllib.parse import parse_qsl, unquote, urlsplit

from ..transport import Headers, Reply
from ..values import json_bytes

BOUNDARY = "boundary"

JSON = ((b"content-type", b"application/json"),)

CREATED = Reply(201, JSON, b'{"odd" :  1.0}')
"""A response with unusual spaces, which show that its bytes are passed on unchanged."""

EMPTY = Reply(201, (), b"")
"""A successful response without a body."""

REMEMBERED = 1000
ANY_METHOD = "*"
NUMERAL = re.compile(r"-?[0-9]{1,15}", re.ASCII)
VARIABLE = re.compile(r"\{[^{}]*\}")


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


@dataclass(frozen=True, slots=True)
class Expected:
    """A request that a test expects: its body is `body`, JSON equal to `json`, or none.

    A request may have other headers.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    json: object

    def difference(self, sent: Sent) -> str:
        """Return the differences of a request line by line, or "" without any."""
        expected = list(self._lines())
        received = list(self._lines_of(_with_constant_boundary(sent)))
        if expected == received:
            return ""
        return "\n".join(map(str.rstrip, ndiff(expected, received)))

    def _lines(self) -> Iterator[str]:
        yield f"{self.method} {self.url}"
        for name, value in self.headers.items():
            yield f"{name}: {value!r}"
        if self.json is None:
            yield from _byte_lines(self.body)
        else:
            yield from _json_lines(self.json)

    def _lines_of(self, sent: Sent) -> Iterator[str]:
        """Yield the lines of a request, without headers that the test doesn't name."""
        yield f"{sent.method} {sent.url}"
        for name in self.headers:
            yield f"{name}: {sent.header(name)!r}"
        try:
            if self.json is None or sent.body is None:
                yield from _byte_lines(sent.body)
            else:
                yield from _json_lines(json.loads(sent.body))
        except ValueError:
            yield from _byte_lines(sent.body)


def _with_constant_boundary(sent: Sent) -> Sent:
    """Replace the boundary of a multipart body, which is random."""
    media_type = sent.header("Content-Type") or ""
    _, _, boundary = media_type.partition("; boundary=")
    if not boundary or sent.body is None:
        return sent
    headers = tuple((k, v.replace(boundary, BOUNDARY)) for k, v in sent.headers)
    body = sent.body.replace(boundary.encode(), BOUNDARY.encode())
    return replace(sent, headers=headers, body=body)


def _byte_lines(body: bytes | None) -> Iterator[str]:
    if body is None:
        yield "(no body)"
    else:
        yield from map(repr, body.splitlines(keepends=True) or [body])


def _json_lines(value: object) -> list[str]:
    """Return the lines of a value, in which 1, 1.0 and true differ."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text.split("\n")


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

    def matches(self, sent: Sent) -> bool:
        """Return whether a request is a call of this operation."""
        parts = urlsplit(sent.url)
        return (
            self.method in (sent.method, ANY_METHOD)
            and self._variables(parts.path) is not None
            and self.query.items() <= {*parse_qsl(parts.query, keep_blank_values=True)}
        )

    def inputs(self, sent: Sent) -> dict[str, object]:
        """Return the variables of the path, the query and the members of the body.

        An id at the end of the path is that of the response: `/books/{bookId}`.
        """
        parts = urlsplit(sent.url)
        try:
            body = json.loads(sent.body or b"null")
        except ValueError:
            body = None
        variables = self._variables(parts.path) or {}
        last = self.path.rpartition("/")[2]
        is_id = VARIABLE.fullmatch(last) and last[-3:-1].lower() == "id"
        return {
            **({"id": variables[last[1:-1]]} if is_id else {}),
            **dict(parse_qsl(parts.query)),
            **(body if isinstance(body, dict) else {}),
            **variables,
        }

    def _variables(self, path: str) -> dict[str, str] | None:
        """Return the values of the variables in a path, or None for another path."""
        literals = map(re.escape, VARIABLE.split(self.path))
        values = re.search("([^/]+)".join(literals) + "$", path)
        if values is None:
            return None
        names = VARIABLE.finditer(self.path)
        return {
            name[0][1:-1]: unquote(value)
            for name, value in zip(names, values.groups(), strict=True)
        }

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
        sent = Sent(method, url, headers, body)
        self.requests.append(sent)
        return self.reply or self._answer(sent)

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
            received = "".join(f"\n{sent.method} {sent.url}" for sent in self.requests)
            raise AssertionError(f"{len(self.requests)} requests, not 1{received}")
        content = body.encode() if isinstance(body, str) else body
        expected = Expected(method, url, headers or {}, content, json)
        if difference := expected.difference(self.requests[0]):
            message = "another request than expected (- expected, + received)"
            raise AssertionError(f"{message}:\n{difference}")

    def _answer(self, sent: Sent) -> Reply:
        for sample in self._samples:
            if sample.matches(sent):
                return _reply(sample, sent, repeats_inputs=self.repeats_inputs)
        return Reply(
            404, JSON, json_bytes({"detail": "the mock has no such operation"})
        )


def _reply(sample: Sample, sent: Sent, *, repeats_inputs: bool) -> Reply:
    output = sample.output
    if isinstance(output, Reply):
        return output._replace(status=sample.status)
    if output is None:
        output = _account(sample, sent)
    elif repeats_inputs and isinstance(output, dict):
        inputs = {_plain(name): value for name, value in sample.inputs(sent).items()}
        output = {
            name: _repeated(value, inputs.get(_plain(name)))
            for name, value in output.items()
        }
    return Reply(sample.status, JSON, json_bytes(output))


def _plain(name: str) -> str:
    """Return a name without its case and punctuation: `bookId` is `book_id`."""
    return re.sub(r"[\W_]", "", name).lower()


def _repeated(value: object, sent: object) -> object:
    """Return the value that was sent, if it has the type of a sample's value."""
    if type(value) is int and isinstance(sent, str) and NUMERAL.fullmatch(sent):
        return int(sent)
    return sent if type(sent) is type(value) else value


def _account(sample: Sample, sent: Sent) -> object:
    """Describe the request, without its headers and the content of its body."""
    parts = urlsplit(sent.url)
    return {
        "mock": sample.operation,
        "method": sent.method,
        "path": unquote(parts.path),
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "bodyBytes": len(sent.body or b""),
    }
