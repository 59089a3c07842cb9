"""A mock upstream in the process, which responds with samples and keeps requests."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from ..json import json_bytes
from ..reply import Reply
from ..transport import Headers
from .expected import Expected, HeaderValue
from .replies import JSON
from .sent import Sent

REMEMBERED = 1000
ANY_METHOD = "*"


@dataclass(frozen=True, slots=True)
class Sample:
    """An operation's sample output; without one, the mock describes the request.

    A reply is returned with the `status`, and another value as JSON.

    The method `*` is any. In `path`, `{}` is a placeholder for a variable. `query` are
    the constant query parameters of the operation.
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
        pattern = "[^/]+".join(map(re.escape, self.path.split("{}")))
        return (
            self.method in (sent.method, ANY_METHOD)
            and re.search(f"{pattern}$", parts.path) is not None
            and self.query.items() <= {*parse_qsl(parts.query, keep_blank_values=True)}
        )

    @property
    def narrowness(self) -> tuple[int, int, int]:
        """Return a sort key, which is higher for samples that match fewer requests."""
        return self.path.count("/"), -self.path.count("{}"), len(self.query)


class MockUpstream:
    """A transport that responds with samples; `requests` are the latest requests."""

    def __init__(self, *samples: Sample) -> None:
        self._samples = sorted(samples, key=lambda s: s.narrowness, reverse=True)
        self.requests: deque[Sent] = deque(maxlen=REMEMBERED)
        self.reply: Reply | None = None
        """If set, the response to every request."""

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
        headers: Mapping[str, HeaderValue] | None = None,
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
                return _reply(sample, sent)
        return Reply(
            404, JSON, json_bytes({"detail": "the mock has no such operation"})
        )


def _reply(sample: Sample, sent: Sent) -> Reply:
    if isinstance(sample.output, Reply):
        return sample.output._replace(status=sample.status)
    output = _account(sample, sent) if sample.output is None else sample.output
    return Reply(sample.status, JSON, json_bytes(output))


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
