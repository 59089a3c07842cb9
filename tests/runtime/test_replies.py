"""Responses of upstreams, the exceptions of a package, and middleware."""

import ast
import asyncio
import codecs
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import naftiko_runtime
from case_tables import in_table
from naftiko_runtime import errors
from naftiko_runtime.errors import (
    CallError,
    ConnectionLostError,
    InvalidBodyError,
    NaftikoError,
)
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.settings import BaseSettings, Limits
from naftiko_runtime.testing import content_reply
from naftiko_runtime.transport import (
    Headers,
    Reply,
    StatusError,
    Transport,
    TransportMiddleware,
    utf8,
)
from naftiko_runtime.upstream.client import ClientPool
from naftiko_runtime.upstream.credentials import HeaderKeys, QueryKeys


@pytest.fixture
def looked_up() -> Iterator[list[str]]:
    """Record the names that reach the registry of codecs, which keeps them forever."""
    names: list[str] = []

    def search(name: str) -> None:
        names.append(name)

    codecs.register(search)
    yield names
    codecs.unregister(search)


def declaring(encoding: str) -> Reply:
    """Return a document of XML that declares an encoding."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><a><b>\xe9</b></a>'
    return Reply(200, ((b"content-type", b"text/xml"),), document.encode("latin-1"))


def reply_of_charset(charset: str) -> Reply:
    """Return a response with a charset in its Content-Type."""
    media_type = b"text/plain; charset=" + charset.encode()
    return Reply(200, ((b"content-type", media_type),), b"{}")


@pytest.mark.parametrize("charset", ["unheard-of-1", "iso-8859-1234567", "cp12500"])
def test_unknown_charsets_take_no_memory(looked_up: list[str], charset: str) -> None:
    assert utf8(reply_of_charset(charset)) == b"{}"
    assert reply_of_charset(charset).text == "{}"
    assert not looked_up


@pytest.mark.parametrize("encoding", ["unheard-of-2", "iso-8859-7654321", "zip"])
def test_unknown_encodings_take_no_memory(looked_up: list[str], encoding: str) -> None:
    with pytest.raises(ValueError, match="encoding"):
        xml_document(declaring(encoding))
    assert not looked_up


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "Windows-1252", "iso-8859-15"])
def test_documents_declare_their_encodings(encoding: str) -> None:
    assert xml_document(declaring(encoding)) == {"b": "é"}


JSON = (b"Content-Type", b"application/json")


def test_headers_are_looked_up_in_any_case() -> None:
    headers = Reply(200, (JSON, (b"etag", b'"a"')), b"").headers

    assert headers["content-type"] == headers["CONTENT-TYPE"] == "application/json"
    assert "Etag" in headers
    assert headers.get("missing") is None
    assert dict(headers) == {"content-type": "application/json", "etag": '"a"'}
    assert len(headers) == 2


def test_a_missing_header_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="ETag"):
        Reply(200, (), b"").headers["ETag"]


def test_values_of_a_repeated_header_are_joined() -> None:
    headers = Reply(200, ((b"Link", b"<a>"), (b"link", b"<b>")), b"").headers

    assert headers["Link"] == "<a>, <b>"
    assert headers.all("LINK") == ["<a>", "<b>"]
    assert headers.all("via") == []
    assert list(headers) == ["link"]


def test_json_keeps_integers_of_any_size() -> None:
    assert Reply(200, (), b'{"id": %d}' % 2**80).json() == {"id": 2**80}


@pytest.mark.parametrize("body", [b"", b"<p>", b"NaN", b"[" * 201 + b"]" * 201])
def test_a_body_that_is_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(InvalidBodyError, match="status 200 is not JSON"):
        Reply(200, (), body).json()


@pytest.mark.parametrize(
    ("media_type", "body", "text"),
    [
        (b"text/plain", "né".encode(), "né"),
        (b"text/plain; charset=latin-1", "né".encode("latin-1"), "né"),
        (b'text/plain; Charset="utf-16-le"', "né".encode("utf-16-le"), "né"),
        (b"text/plain; charset=unknown", "né".encode(), "né"),
        (b"text/plain; charset=base64", b"abc", "abc"),
        (b"text/plain; charset=punycode", b"abc-dma", "abc-dma"),
        (b"text/plain; charset=unicode_escape", rb"\x41", r"\x41"),
        (b"text/plain", b"\xff", "\ufffd"),
    ],
)
def test_text_is_in_the_charset_of_the_response(
    media_type: bytes, body: bytes, text: str
) -> None:
    assert Reply(200, ((b"content-type", media_type),), body).text == text


@pytest.mark.parametrize("status", [200, 204, 304, 399])
def test_a_success_raises_nothing(status: int) -> None:
    reply = Reply(status, (), b"")

    assert reply.raise_for_status() is reply


def test_an_error_is_raised_with_its_response() -> None:
    reply = Reply(429, ((b"retry-after", b"7"),), b"secret")

    with pytest.raises(StatusError) as exception:
        reply.raise_for_status()

    error = exception.value
    assert isinstance(error, CallError)
    assert error.reply is reply
    assert (error.status, error.title) == (429, "Too Many Requests")
    assert error.retry_after == 7
    assert "secret" not in str(error)


def test_an_unknown_status_can_be_raised() -> None:
    with pytest.raises(StatusError, match="status 599"):
        Reply(599, (), b"").raise_for_status()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"0", 0), (b" 12 ", 12), (b"-1", None), (b"1.5", None), (b"1" * 10, None)],
)
def test_retry_after_is_a_whole_number(value: bytes, seconds: int | None) -> None:
    assert Reply(503, ((b"Retry-After", value),), b"").retry_after == seconds


@in_table
def test_a_sample_is_utf_8_of_its_media_type(media_type: str, content: str) -> None:
    reply = content_reply(media_type, "ü")

    assert reply.headers["content-type"] == content
    assert reply.body == "ü".encode()


CREDENTIAL = "key of the API"


class Network:
    """A transport that records requests, and loses the first connections."""

    def __init__(self, losses: int = 0) -> None:
        self.requests: list[tuple[str, Headers]] = []
        self._losses = losses

    async def __call__(
        self, _: str, url: str, headers: Headers, __: bytes | None
    ) -> Reply:
        self.requests.append((url, headers))
        if len(self.requests) <= self._losses:
            raise ConnectionLostError("broke the connection")
        return Reply(200, (), b"")


def noting(log: list[str], name: str) -> TransportMiddleware:
    def wrap(send: Transport) -> Transport:
        async def send_and_note(
            method: str, url: str, headers: Headers, body: bytes | None
        ) -> Reply:
            log.append(f"{name} {method} {url} {headers}")
            return await send(method, url, (*headers, ("X-Trace", name)), body)

        return send_and_note

    return wrap


def get(transport: Transport, middleware: Sequence[TransportMiddleware]) -> Reply:
    async def call() -> Reply:
        pool = ClientPool("books", BaseSettings(limits=Limits()), transport, middleware)
        return await pool.upstream("https://api.example").send("GET", "/books")

    return asyncio.run(call())


def test_the_first_middleware_is_outermost() -> None:
    log: list[str] = []
    network = Network()

    get(network, [noting(log, "outer"), noting(log, "inner")])

    assert [line.split()[0] for line in log] == ["outer", "inner"]
    [(_, headers)] = network.requests
    assert headers[-2:] == (("X-Trace", "outer"), ("X-Trace", "inner"))


def test_middleware_sees_no_credential() -> None:
    log: list[str] = []
    network = Network()
    query = QueryKeys(("key", CREDENTIAL)).over(network)
    keys = HeaderKeys(("Authorization", CREDENTIAL)).over(query)

    get(keys, [noting(log, "outer")])

    [line] = log
    assert CREDENTIAL not in line
    [(url, headers)] = network.requests
    assert url == "https://api.example/books?key=key%20of%20the%20API"
    assert headers[-1] == ("Authorization", CREDENTIAL)


def test_middleware_gets_a_repeated_request_twice() -> None:
    log: list[str] = []

    reply = get(Network(losses=1), [noting(log, "outer")])

    assert reply.ok
    assert len(log) == 2


def exceptions() -> Iterator[type[BaseException]]:
    """Yield the classes of exceptions that modules of the runtime define."""
    modules = pkgutil.walk_packages(naftiko_runtime.__path__, "naftiko_runtime.")
    for entry in modules:
        module = importlib.import_module(entry.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, BaseException) and value.__module__ == entry.name:
                yield value


KINDS = list(exceptions())
GOLDEN = Path(__file__).parents[1] / "golden"
EXPORTS = GOLDEN / "package-layout" / "expected" / "__init__.py"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_derives_from_one(kind: type[BaseException]) -> None:
    assert issubclass(kind, NaftikoError)


def test_packages_export_the_exceptions_that_users_meet() -> None:
    package = ast.parse(EXPORTS.read_text("utf-8"))
    [names] = (node.value for node in package.body if isinstance(node, ast.Assign))
    expected = {"NaftikoError", "CallError", "StatusError", "errors"}
    assert expected <= set(ast.literal_eval(names))


@pytest.mark.parametrize(
    "kind", ["NotSentError", "NoAnswerError", "ConnectionLostError"]
)
def test_a_module_that_packages_export_has_the_exceptions_of_transports(
    kind: str,
) -> None:
    assert issubclass(getattr(errors, kind), NaftikoError)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_is_documented(kind: type[BaseException]) -> None:
    assert kind.__doc__
