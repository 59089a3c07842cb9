"""Limits of the adapters: their clients, requests, and concurrent calls."""

import json
import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import httpx2
import pytest
import raw_http
from exact_http import exactly
from faulty_upstream import MIB
from httpx2 import Response
from prime import RUNS, Prime
from service import Package, Service, running

from waiting import PATIENCE

JSON = {"Content-Type": "application/json"}
MINIMAL = b'{"config": {"max_steps": 5}}'
LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
ANY_ADDRESS = str(IPv4Address(0))


@pytest.fixture(scope="module")
def service(with_token: Callable[[str], Service]) -> Service:
    return with_token("pit_valid")


@pytest.fixture(scope="module")
def open_service(training: Package, mock: Prime) -> Iterator[Service]:
    """Run the package for everybody, behind another name."""
    names = {"ALLOWED_HOSTS": "api.example.com, other.example.com:8443"}
    origins = {"ALLOWED_ORIGINS": "https://app.example.com"}
    settings = {**names, **origins, "HOST": ANY_ADDRESS}
    with running(
        training,
        PRIME_API_KEY="pit_valid",
        TRAINING_RUNS_BASE_URI=mock.url,
        TRAINING_RUNS_ALLOW_OPEN="1",
        **{f"TRAINING_RUNS_REST_{name}": value for name, value in settings.items()},
        **{f"TRAINING_RUNS_MCP_{name}": value for name, value in settings.items()},
    ) as process:
        yield process


def ask(service: Service, kind: str, **headers: str) -> Response:
    """Send an adapter a request that needs no upstream."""
    url = service.url(kind).replace(ANY_ADDRESS, "127.0.0.1")
    if kind == "rest":
        return exactly("GET", url, "/openapi.json", headers=headers)
    accept = {"Accept": "application/json, text/event-stream"}
    return exactly("POST", url, "/mcp", LIST, {**JSON, **accept, **headers})


both = pytest.mark.parametrize("kind", ["rest", "mcp"])


@both
@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        *(("Host", f"{name}:{{port}}", 200) for name in ("127.0.0.1", "LocalHost")),
        ("Host", "[::1]:{port}", 200),
        *(("Host", name, 421) for name in ("evil.example", "127.0.0.1", "")),
        *(
            ("Host", f"{name}:{{port}}", 421)
            for name in ("evil.example", "u@localhost")
        ),
        *(
            ("Host", name, 421)
            for name in ("localhost:1", "127.0.0.1:{port}.evil.test")
        ),
        ("Origin", "http://localhost:{port}", 200),
        ("Origin", "https://localhost:{port}", 403),
        ("Origin", "http://localhost:{port}.evil.example", 403),
        ("Origin", "http://localhost:1.evil.example", 403),
        *(("Origin", name, 403) for name in ("https://evil.example", "null")),
        ("Origin", "http://127.0.0.1", 403),
    ],
)
def test_another_host_or_origin_is_not_answered(
    service: Service, kind: str, field: str, value: str, status: int
) -> None:
    port = urlsplit(service.url(kind)).port
    answer = ask(service, kind, **{field: value.format(port=port)})
    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_an_mcp_server_has_one_method(service: Service, method: str) -> None:
    """A stream would keep it from stopping, and it has no sessions to delete."""
    events = {"Accept": "text/event-stream", "MCP-Protocol-Version": "2025-11-25"}

    answer = exactly(method, service.url("mcp"), "/mcp", headers=events)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/mcp/"), ("POST", "/mcp%0A"), ("GET", "/mcp%0A")]
)
def test_a_path_with_more_evades_no_check(
    service: Service, method: str, path: str
) -> None:
    twice = LIST.replace(b'"id"', b'"id": 0, "id"')
    assert exactly(method, service.url("mcp"), path, twice, JSON).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"Host: LOCALHOST:%d\r\nOrigin: http://LOCALHOST:%d", 200),
        (b"Host:   Localhost:%d \t\r\nOrigin: http://Localhost:%d", 200),
        (b"Host: 127.0.0.1:%d\r\nHost: evil.example:%d", 400),
    ],
)
def test_names_are_the_same_in_any_case_and_named_once(
    service: Service, fields: bytes, status: int
) -> None:
    url = service.url("rest")
    port = urlsplit(url).port
    head = b"GET /openapi.json HTTP/1.1\r\n" + fields % (port, port)
    answer = raw_http.ask(url, [head, b"\r\nConnection: close\r\n\r\n"])
    assert answer.statuses == [status]


@both
def test_hosts_and_origins_can_be_allowed(open_service: Service, kind: str) -> None:
    app = "https://app.example.com"
    assert ask(open_service, kind).status_code == 200
    for host in ("api.example.com", "other.example.com:8443"):
        assert ask(open_service, kind, Host=host, Origin=app).status_code == 200


@both
def test_an_open_address_is_no_reason_to_answer_everybody(
    open_service: Service, kind: str
) -> None:
    assert ask(open_service, kind, Host="evil.example").status_code == 421
    assert ask(open_service, kind, Origin="https://evil.example").status_code == 403
    assert ask(open_service, kind, Host="other.example.com").status_code == 421


def test_a_refused_host_is_a_problem(service: Service, prime: Prime) -> None:
    headers = {**JSON, "Host": "evil.example"}
    answer = exactly("POST", service.url("rest"), RUNS, MINIMAL, headers)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 421
    assert prime.requests == []


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_may_have_four_mebibytes(
    service: Service, prime: Prime, *, is_chunked: bool
) -> None:
    def post(size: int) -> Response:
        body = b'{"config": {}}'.ljust(size)
        content = iter([body[:MIB], body[MIB:]]) if is_chunked else body
        url = service.url("rest") + RUNS
        return httpx2.post(url, content=content, headers=JSON, timeout=PATIENCE)

    assert post(4 * MIB).status_code == 201
    answer = post(4 * MIB + 1)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Content Too Large"
    assert len(prime.requests) == 1


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("application/merge-patch+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
def test_a_body_says_that_it_is_json(
    service: Service, prime: Prime, media_type: str, status: int
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = exactly("POST", service.url("rest"), RUNS, MINIMAL, headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == "Unsupported Media Type"
    assert len(prime.requests) == (status == 201)


def test_a_body_that_ends_early_is_not_sent(service: Service, prime: Prime) -> None:
    url = service.url("rest")
    head = f"POST {RUNS} HTTP/1.1\r\nContent-Type: application/json\r\n".encode()
    length = b"Content-Length: 100\r\n\r\n"
    with raw_http.connection(url) as connection:
        connection.sendall(head + raw_http.host_line(url) + length + MINIMAL)
        connection.shutdown(socket.SHUT_WR)
        raw_http.receive_all(connection)
    assert prime.requests == []
