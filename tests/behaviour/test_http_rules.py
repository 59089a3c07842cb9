"""Requests that two readers of HTTP could take in two ways are refused."""

from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import pytest
import yaml
from prime import RUNS
from raw_http import Answer, ask, connection, host_line
from service import Service

both = pytest.mark.parametrize("kind", ["rest", "mcp"])
PATHS = {"rest": "/openapi.json", "mcp": "/mcp"}
# An MCP server without sessions has no stream to offer.
STATUSES = {"rest": 200, "mcp": 405}
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = (
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAABgAGAAA\r\n"
)
GZIP = "Content-Encoding: gzip\r\n"
CLOSE = "Connection: close\r\n\r\n"


RULES = yaml.safe_load(Path(__file__).with_name("http_rules.yaml").read_text("utf-8"))
REFUSED = [
    *(f"{line}\r\n$HOST\r\n" for line in RULES["lines"]),
    *(f"POST $PATH HTTP/1.1\r\n${{HOST}}{text}\r\n" for text in RULES["framings"]),
    *RULES["requests"],
]
"""Requests that are refused with the status 400."""
CODED = [
    f"POST $PATH HTTP/1.1\r\n${{HOST}}Content-Encoding: {coding}\r\n{length}"
    for coding in ("gzip", "GZIP", "identity, gzip", "br")
    for length in ("Content-Length: 3\r\n\r\n", CHUNKED)
]


def fill(text: str, url: str, kind: str) -> bytes:
    """Return a request with the names of a server in it."""
    netloc = urlsplit(url).netloc
    values = {"HOST": host_line(url).decode(), "NETLOC": netloc, "PATH": PATHS[kind]}
    values |= {"CHUNKED": CHUNKED, "UPGRADE": UPGRADE}
    return Template(text).substitute(values, URL=url + PATHS[kind]).encode()


def check_refusal(answer: Answer, status: int) -> None:
    """Check that one problem document is the only response."""
    assert answer.statuses == [status]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"
    assert answer.problem.keys() == {"title", "status", "detail"}
    assert answer.problem["status"] == status


@both
@pytest.mark.parametrize("request_", REFUSED)
def test_ambiguous_requests_are_refused(
    mock_service: Service, kind: str, request_: str
) -> None:
    url = mock_service.url(kind)
    check_refusal(ask(url, [fill(request_, url, kind)]), 400)


@both
@pytest.mark.parametrize("request_", CODED)
def test_encoded_bodies_are_refused(
    mock_service: Service, kind: str, request_: str
) -> None:
    url = mock_service.url(kind)
    answer = ask(url, [fill(request_, url, kind)])
    check_refusal(answer, 415)
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_an_upgrade_is_ignored(
    mock_service: Service, *, is_split: bool, is_chunked: bool
) -> None:
    url = mock_service.url("rest")
    body = '{"a": "GET /openapi.json HTTP/1.1"}'
    framing = f"Content-Length: {len(body)}\r\n\r\n"
    if is_chunked:
        framing, body = CHUNKED, f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    head = (
        f"POST {RUNS} HTTP/1.1\r\n${{HOST}}{UPGRADE}Content-Type: application/json\r\n"
    )
    after = f"GET /none HTTP/1.1\r\n${{HOST}}{UPGRADE}{CLOSE}"
    content = fill(f"{head}{framing}{body}" * 2 + after, url, "rest")
    pieces = map(bytes, zip(content)) if is_split else [content]
    assert ask(url, pieces).statuses == [200, 200, 404]


@both
@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (f"GET $PATH HTTP/1.1\r\n${{HOST}}{UPGRADE}", None),
        (f"GET $PATH HTTP/1.0\r\n${{HOST}}{UPGRADE}", None),
        ("GET http://$NETLOC$PATH HTTP/1.1\r\n${HOST}", None),
        ("GET HTTP://$NETLOC$PATH HTTP/1.1\r\n${HOST}", None),
        ("GET http://$NETLOC HTTP/1.1\r\n${HOST}", 200),
        ("GET http://$NETLOC?a=b HTTP/1.1\r\n${HOST}", 200),
        (f"GET $PATH HTTP/1.1\r\n${{HOST}}{GZIP}", None),
        (f"GET $PATH HTTP/1.1\r\n${{HOST}}{GZIP}Content-Length: 0\r\n", None),
        ("GET $PATH HTTP/1.1\r\n${HOST}Content-Encoding: identity\r\n", None),
    ],
)
def test_unambiguous_requests_are_answered(
    mock_service: Service, kind: str, request_: str, status: int | None
) -> None:
    url = mock_service.url(kind)
    answer = ask(url, [fill(request_ + CLOSE, url, kind)])
    assert answer.statuses == [status or STATUSES[kind]]


@pytest.mark.parametrize("line", ["HEAD /openapi.json", "POST /openapi.json"])
def test_a_response_is_sent_before_the_next_request(
    mock_service: Service, line: str
) -> None:
    url = mock_service.url("rest")
    request = fill(f"{line} HTTP/1.1\r\n$HOST\r\n", url, "rest")
    with connection(url) as client:
        for _ in range(2):
            client.sendall(request)
            content = b""
            while b"\r\n\r\n" not in content:
                content += client.recv(64 * 1024)
            assert content.startswith(b"HTTP/1.1 ")
            assert (len(content.partition(b"\r\n\r\n")[2]) > 0) == ("POST" in line)


def test_a_head_comes_with_its_body(mock_service: Service) -> None:
    url = mock_service.url("rest")
    with connection(url) as client:
        client.sendall(fill("GET /openapi.json HTTP/1.1\r\n$HOST\r\n", url, "rest"))
        _, _, body = client.recv(64 * 1024).partition(b"\r\n\r\n")
    assert body.startswith(b"{")
