"""One client takes a bounded share of a server: bytes, connections, time."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import repeat

import pytest
from exact_http import exactly
from prime import RUNS
from raw_http import Answer, ask, connection, host_line, receive_all
from service import Package, Service, running
from upstream_process import upstream_process

MIB = 1024 * 1024
ENDLESS = 48 * MIB
"""Bytes that stand for a head without end."""
GROWTH = 16 * MIB
"""Bytes that a process may grow by while a client sends such a head."""
HELD = 256 * MIB
"""Bytes that a process holds for clients."""
BESIDE = 96 * MIB
"""Bytes that a process may need beside those that it counts."""
BODY = 4_000_000
LARGE = 8 * MIB - 1024
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
CLOSE = b"Connection: close\r\n\r\n"
JSON = b"Content-Type: application/json\r\nAccept: application/json\r\n"

both = pytest.mark.parametrize("kind", ["rest", "mcp"])


@pytest.fixture(scope="module")
def service(training: Package) -> Iterator[Service]:
    with running(training, "serve", "--mock") as process:
        yield process


@pytest.fixture(scope="module")
def hasty_service(hasty: Package) -> Iterator[Service]:
    with running(hasty, "serve", "--mock") as process:
        yield process


def path_of(kind: str) -> bytes:
    return RUNS.encode() if kind == "rest" else b"/mcp"


def post(service: Service, kind: str) -> bytes:
    """Return the start of the head of a POST that an adapter answers."""
    head = b"POST %s HTTP/1.1\r\n" % path_of(kind)
    return head + host_line(service.url(kind)) + JSON


def is_refusal(answer: Answer, status: int) -> bool:
    """Say whether the last response is a problem document that ends the connection."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["connection"] == "close"
    assert answer.problem.keys() == {"title", "status", "detail"}
    assert answer.problem["status"] == status
    return answer.statuses[-1] == status


@both
@pytest.mark.parametrize(
    "part", ["headers", "value", "empty-lines", "chunk", "trailers"]
)
def test_no_head_is_without_end(service: Service, kind: str, part: str) -> None:
    head = post(service, kind)
    start, piece = {
        "headers": (head, b"a:b\r\n"),
        "value": (head + b"a:", b"b"),
        "empty-lines": (b"", b"\r\n"),
        "chunk": (head + CHUNKED + b"1;", b"a"),
        "trailers": (head + CHUNKED + b"1\r\n1\r\n0\r\n", b"a:b\r\n"),
    }[part]
    before = service.peak_memory
    pieces = repeat(piece * (64 * 1024), ENDLESS // (64 * 1024 * len(piece)))

    answer = ask(service.url(kind), [start, *pieces])

    assert is_refusal(answer, 431)
    assert service.peak_memory - before < GROWTH


@both
def test_a_url_has_a_limit_of_its_own(service: Service, kind: str) -> None:
    before = service.peak_memory
    pieces = repeat(b"a" * MIB, ENDLESS // MIB)

    assert is_refusal(ask(service.url(kind), [b"GET /", *pieces]), 414)
    assert service.peak_memory - before < GROWTH


@both
@pytest.mark.parametrize(
    ("target", "more", "status"),
    [
        ("/" + "a" * (16 * 1024 - 1), b"", 404),
        ("/" + "a" * 16 * 1024, b"", 414),
        ("/none", b"a:b\r\n" * 98, 404),
        ("/none", b"a:b\r\n" * 99, 431),
        ("/none", b"a:" + b"b" * 65_000 + b"\r\n", 404),
        ("/none", b"a:" + b"b" * 66_000 + b"\r\n", 431),
    ],
    ids=["long-url", "longer-url", "100-headers", "101-headers", "long", "too-long"],
)
def test_limits_are_exact(
    service: Service, kind: str, target: str, more: bytes, status: int
) -> None:
    url = service.url(kind)
    head = f"GET {target} HTTP/1.1\r\n".encode() + host_line(url)

    assert ask(url, [head, more, b"Connection: close\r\n\r\n"]).statuses == [status]


def test_only_a_malformed_request_is_a_warning(training: Package) -> None:
    with running(training, "serve", "--mock") as service:
        url = service.url("rest")
        too_long = b"GET /" + b"a" * 16 * 1024 + b" HTTP/1.1\r\n" + host_line(url)
        assert ask(url, [too_long + b"\r\n"]).statuses == [414]
        assert ask(url, [b"malformed\r\n\r\n"]).statuses == [400]
        service.signal(signal.SIGTERM)
        assert service.end() == 0

        assert service.output.count("WARNING") == 1


@both
def test_a_pipelined_request_has_the_same_limits(service: Service, kind: str) -> None:
    url = service.url(kind)
    first = b"GET /none HTTP/1.1\r\n" + host_line(url)

    answer = ask(url, [first + b"\r\n" + first + b"a:b\r\n" * 100 + b"\r\n"])

    assert answer.statuses == [404, 431]


@both
def test_few_requests_of_a_connection_wait(service: Service, kind: str) -> None:
    url = service.url(kind)
    request = b"GET /none HTTP/1.1\r\n" + host_line(url) + b"\r\n"

    answer = ask(url, [request * 1000])

    assert answer.statuses[0] == 404
    assert is_refusal(answer, 503)
    assert len(answer.statuses) < 1000


def test_trailers_are_no_headers(service: Service) -> None:
    url = service.url("rest")
    body = b"2\r\n{}\r\n0\r\nHost: evil.example\r\nOrigin: evil\r\n\r\n"
    head = post(service, "rest") + b"Connection: close\r\n"

    assert ask(url, [head + CHUNKED + body]).statuses == [200]


@both
def test_connections_have_a_limit(training: Package, kind: str) -> None:
    with (
        running(
            training, "serve", "--mock", TRAINING_RUNS_MAX_CONNECTIONS="8"
        ) as process,
        ExitStack() as stack,
    ):
        url = process.url(kind)
        clients = [stack.enter_context(connection(url)) for _ in range(40)]
        answers = [Answer(receive_all(client)) for client in clients[-8:]]
        assert all(is_refusal(answer, 503) for answer in answers)
        assert answers[0].headers["retry-after"] == "1"
        for client in clients:
            client.close()
        assert exactly("GET", url, "/none").status_code in (404, 503)


@pytest.mark.parametrize("kind", ["rest", "mcp"])
def test_a_stalled_body_is_answered(hasty_service: Service, kind: str) -> None:
    head = post(hasty_service, kind) + b"Content-Length: 10\r\n\r\n"

    assert is_refusal(ask(hasty_service.url(kind), [head, b"{"]), 408)


def test_bodies_that_are_not_complete_are_bounded(training: Package) -> None:
    with running(training, "serve", "--mock") as process, ExitStack() as stack:
        head = post(process, "rest") + b"Content-Length: %d\r\n\r\n" % (BODY + 1)
        before = process.peak_memory
        clients = []
        for _ in range(2 * HELD // BODY):
            client = stack.enter_context(connection(process.url("rest")))
            client.sendall(head + bytes(BODY))
            clients.append(client)
        growth = process.peak_memory - before
    print(f"{growth / MIB:.0f} MiB more")
    assert growth < HELD + BESIDE


def test_a_body_that_trickles_is_answered(hasty_service: Service) -> None:
    head = post(hasty_service, "rest") + b"Content-Length: 1000\r\n\r\n"

    def trickle() -> Iterator[bytes]:
        yield head
        for _ in range(60):
            yield b" "
            time.sleep(0.5)

    assert is_refusal(ask(hasty_service.url("rest"), trickle()), 408)


@both
@pytest.mark.parametrize("chunk", [b"1\r\n1\r\n", b"400\r\n" + b"1" * 1024 + b"\r\n"])
def test_a_body_after_its_response_ends(
    service: Service, kind: str, chunk: bytes
) -> None:
    url = service.url(kind)
    head = b"POST /nix HTTP/1.1\r\n" + host_line(url) + JSON + CHUNKED
    pieces = repeat(chunk * (64 * 1024 // len(chunk)), ENDLESS // (64 * 1024))
    body = b""
    with connection(url) as client:
        client.sendall(head)
        while b"\r\n\r\n" not in body:
            body += client.recv(64 * 1024)
        with suppress(ConnectionError):
            for piece in pieces:
                client.sendall(piece)
        # A client that was read to the end would get a second response.
        with suppress(ConnectionError):
            client.sendall(b"0\r\n\r\nGET /nix HTTP/1.1\r\n" + host_line(url) + CLOSE)
        body += receive_all(client)

    assert Answer(body).statuses == [404]


@both
def test_a_moderate_body_after_its_response_is_read(
    service: Service, kind: str
) -> None:
    url = service.url(kind)
    head = b"POST /nix HTTP/1.1\r\n" + host_line(url) + JSON
    posts = (head + b"Content-Length: 500000\r\n\r\n" + b" " * 500_000) * 4
    last = b"GET /nix HTTP/1.1\r\n" + host_line(url) + CLOSE

    assert ask(url, [posts, last]).statuses == [404] * 5


def test_responses_that_nobody_reads_are_bounded(training: Package) -> None:
    with (
        upstream_process("steady_upstream.py", "0", str(LARGE)) as upstream,
        running(
            training, PRIME_API_KEY="key", TRAINING_RUNS_BASE_URI=upstream.url
        ) as process,
        ExitStack() as stack,
    ):
        url = process.url("rest")
        head = f"DELETE {RUNS}/1 HTTP/1.1\r\n".encode() + host_line(url) + b"\r\n"
        before = process.peak_memory
        clients = []
        for _ in range(60):
            client = stack.enter_context(connection(url))
            client.sendall(head)
            assert client.recv(12) == b"HTTP/1.1 200"
            clients.append(client)
        growth = process.peak_memory - before
        lengths = [len(client.makefile("rb").read(LARGE)) for client in clients[-2:]]
    print(f"{growth / MIB:.0f} MiB more")
    assert growth < HELD + BESIDE
    assert lengths == [LARGE, LARGE]


def test_a_body_that_comes_byte_by_byte_is_held_as_one(training: Package) -> None:
    process = training.execute(PIECES)

    assert process.stdout.splitlines() == ["b'abc'", "too large"], process.stderr


PIECES = """\
import asyncio
from RUNTIME.mcp.http import HttpRefusalError, receive_body

async def tell(length):
    pieces = iter(b"abcdefg"[:length])
    async def receive():
        piece = bytes([next(pieces)])
        more = pieces.__length_hint__() > 0
        return {"type": "http.request", "body": piece, "more_body": more}
    try:
        print(await receive_body(receive, 4))
    except HttpRefusalError:
        print("too large")

for length in (3, 7):
    asyncio.run(tell(length))
"""
