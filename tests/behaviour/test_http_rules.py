"""Requests that two readers of HTTP could take in two ways are refused."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from raw_http import Answer, ask, connection, host_line
from service import Package, Service, running

both = pytest.mark.parametrize("kind", ["rest", "mcp"])
PATHS = {"rest": "/openapi.json", "mcp": "/mcp"}
# An MCP server without sessions has no stream to offer.
STATUSES = {"rest": 200, "mcp": 405}
TYPE = b"Content-Type: application/json\r\nContent-Length: 2\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def service(training: Package) -> Iterator[Service]:
    with running(training, "serve", "--mock") as process:
        yield process


def check_refusal(answer: Answer, status: int) -> None:
    """Check that one problem document is the only response."""
    assert answer.statuses == [status]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"
    assert answer.problem.keys() == {"title", "status", "detail"}
    assert answer.problem["status"] == status


@both
@pytest.mark.parametrize(
    "line",
    [
        b"GET /",
        b"GET / HTTP/0.9",
        b"GET / HTTP/2.0",
        b"GET / HTTP/3.0",
        b"PRI * HTTP/2.0",
        b"GET / http/1.1",
        b"CONNECT localhost:1 HTTP/1.1",
        b"GET openapi.json HTTP/1.1",
        b"GET localhost HTTP/1.1",
    ],
)
def test_request_lines(service: Service, kind: str, line: bytes) -> None:
    url = service.url(kind)

    check_refusal(ask(url, [line + b"\r\n", host_line(url), b"\r\n"]), 400)


@both
@pytest.mark.parametrize(
    "framing",
    [
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: foo\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: \r\n",
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: +3\r\n",
    ],
)
def test_framings(service: Service, kind: str, framing: bytes) -> None:
    url = service.url(kind)
    head = f"POST {PATHS[kind]} HTTP/1.1\r\n".encode() + host_line(url)

    check_refusal(ask(url, [head, framing, b"\r\n"]), 400)


UPGRADE = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAABgAGAAA\r\n"
)


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_an_upgrade_is_ignored(
    service: Service, *, is_split: bool, is_chunked: bool
) -> None:
    url = service.url("rest")
    body = b'{"a": "GET /openapi.json HTTP/1.1"}'
    fields = host_line(url) + UPGRADE + b"Content-Type: application/json\r\n"
    path = b"/v1/api/v1/training/runs"
    head = b"POST " + path + b" HTTP/1.1\r\n" + fields
    if is_chunked:
        framing = b"Transfer-Encoding: chunked\r\n\r\n"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    else:
        framing = b"Content-Length: %d\r\n\r\n" % len(body)
    after = b"GET /none HTTP/1.1\r\n" + host_line(url) + UPGRADE + CLOSE
    content = (head + framing + body) * 2 + after
    pieces = (
        [content[at : at + 1] for at in range(len(content))] if is_split else [content]
    )

    assert ask(url, pieces).statuses == [200, 200, 404]


@both
@pytest.mark.parametrize("framing", [b"Content-Length: 3\r\n", b""])
def test_no_tunnel_is_opened(service: Service, kind: str, framing: bytes) -> None:
    url = service.url(kind)
    line = f"CONNECT {url}{PATHS[kind]} HTTP/1.1\r\n".encode()

    check_refusal(ask(url, [line, host_line(url), UPGRADE, framing, b"\r\n"]), 400)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_an_upgrade_on_a_last_request_is_ignored(
    service: Service, version: bytes
) -> None:
    url = service.url("rest")
    line = b"GET /openapi.json HTTP/" + version + b"\r\n"

    assert ask(url, [line, host_line(url), UPGRADE, CLOSE]).statuses == [200]


def test_an_upgrade_changes_no_rule(service: Service) -> None:
    url = service.url("rest")
    head = b"POST / HTTP/1.1\r\n" + host_line(url) + UPGRADE
    framing = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"

    check_refusal(ask(url, [head, framing]), 400)


@both
def test_chunks_need_http_1_1(service: Service, kind: str) -> None:
    url = service.url(kind)
    head = b"POST / HTTP/1.0\r\n" + host_line(url)

    answer = ask(url, [head, b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])

    check_refusal(answer, 400)


@both
@pytest.mark.parametrize("hosts", [0, 2])
def test_a_request_has_one_host(service: Service, kind: str, hosts: int) -> None:
    url = service.url(kind)

    answer = ask(url, [b"GET / HTTP/1.1\r\n", host_line(url) * hosts, b"\r\n"])

    check_refusal(answer, 400)


@both
@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example{path}",
        "http://user@{host}{path}",
        "http://{host}:1{path}",
        "https://{host}{path}",
        "ftp://{host}{path}",
        "http:{path}",
    ],
)
def test_urls_of_other_hosts(service: Service, kind: str, target: str) -> None:
    url = service.url(kind)
    target_url = target.format(host=urlsplit(url).netloc, path=PATHS[kind])
    head = f"GET {target_url} HTTP/1.1\r\n".encode() + host_line(url)

    check_refusal(ask(url, [head, b"\r\n"]), 400)


@both
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_the_url_of_this_host_is_its_path(
    service: Service, kind: str, scheme: str
) -> None:
    url = service.url(kind)
    target = f"{scheme}://{urlsplit(url).netloc}{PATHS[kind]}"

    answer = ask(url, [f"GET {target} HTTP/1.1\r\n".encode(), host_line(url), CLOSE])

    assert answer.statuses == [STATUSES[kind]]


@both
@pytest.mark.parametrize("rest", ["", "?a=b"])
def test_a_url_may_lack_a_path(service: Service, kind: str, rest: str) -> None:
    url = service.url(kind)
    line = f"GET http://{urlsplit(url).netloc}{rest} HTTP/1.1\r\n".encode()

    assert ask(url, [line, host_line(url), CLOSE]).statuses == [200]


@both
@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"identity, gzip", b"br"])
@pytest.mark.parametrize(
    "length", [b"Content-Length: 3", b"Transfer-Encoding: chunked"]
)
def test_encoded_bodies_are_refused(
    service: Service, kind: str, coding: bytes, length: bytes
) -> None:
    url = service.url(kind)
    head = f"POST {PATHS[kind]} HTTP/1.1\r\n".encode() + host_line(url)

    answer = ask(
        url, [head, b"Content-Encoding: " + coding, b"\r\n", length, b"\r\n\r\n"]
    )

    check_refusal(answer, 415)
    assert answer.headers["accept-encoding"] == "identity"


@both
@pytest.mark.parametrize("body", [b"", b"Content-Length: 0\r\n"])
def test_a_coding_of_nothing_is_nothing(
    service: Service, kind: str, body: bytes
) -> None:
    url = service.url(kind)
    head = f"GET {PATHS[kind]} HTTP/1.1\r\n".encode() + host_line(url)

    answer = ask(url, [head, b"Content-Encoding: gzip\r\n", body, CLOSE])

    assert answer.statuses == [STATUSES[kind]]


@both
def test_identity_is_no_coding(service: Service, kind: str) -> None:
    url = service.url(kind)
    head = f"POST {PATHS['mcp']} HTTP/1.1\r\n".encode() + host_line(url)

    answer = ask(url, [head, b"Content-Encoding: identity\r\n", TYPE, CLOSE, b"{}"])

    assert answer.statuses != [415]


@pytest.mark.parametrize("line", [b"HEAD /openapi.json", b"POST /openapi.json"])
def test_a_response_is_sent_before_the_next_request(
    service: Service, line: bytes
) -> None:
    url = service.url("rest")
    request = line + b" HTTP/1.1\r\n" + host_line(url) + b"\r\n"

    with connection(url) as client:
        for _ in range(2):
            client.sendall(request)
            content = b""
            while b"\r\n\r\n" not in content:
                content += client.recv(64 * 1024)
            assert content.startswith(b"HTTP/1.1 ")
            assert (len(content.partition(b"\r\n\r\n")[2]) > 0) == (b"POST" in line)


def test_a_head_comes_with_its_body(service: Service) -> None:
    url = service.url("rest")

    with connection(url) as client:
        client.sendall(b"GET /openapi.json HTTP/1.1\r\n" + host_line(url) + b"\r\n")
        _, _, body = client.recv(64 * 1024).partition(b"\r\n\r\n")

    assert body.startswith(b"{")
