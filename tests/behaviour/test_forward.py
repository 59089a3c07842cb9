"""Routes that forward requests: an upstream process, and clients of any kind."""

import hashlib
import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from exact_http import exactly
from exchanges import rows
from raw_http import ask, connection, host_line, receive_all
from service import Package, Service, running
from streaming_upstream import PIECE
from upstream_process import UpstreamProcess, upstream_process

from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("depots.yaml")
ENV = {"DEPOT_TOKEN": "t0ken", "EDITION": "first", "CLIENTS_KEY": "k"}
MEBIBYTE = 1024 * 1024
MUCH = 272 * MEBIBYTE
"""More than a server holds of all bodies at once."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[UpstreamProcess]:
    with upstream_process("streaming_upstream.py") as process:
        yield process


def environment(upstream: UpstreamProcess, **others: str) -> dict[str, str]:
    names = ("DEPOT", "KEYED", "BODY_KEYED")
    addresses = {f"{name}_BASE_URI": f"{upstream.url}/base" for name in names}
    return {**ENV, **addresses, "DEPOTS_TIMEOUT": str(PATIENCE), **others}


@pytest.fixture(scope="module")
def service(package: Package, upstream: UpstreamProcess) -> Iterator[Service]:
    with running(package, **environment(upstream)) as service:
        yield service


@pytest.fixture(scope="module")
def hasty(package: Package, upstream: UpstreamProcess) -> Iterator[Service]:
    """Run the package with little patience."""
    env = environment(upstream, DEPOTS_TIMEOUT="2")
    with running(package, **env) as service:
        yield service


def open_connection(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname
    return HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)


def ask_for(
    service: Service,
    target: str,
    method: str = "GET",
    body: bytes | Iterable[bytes] | None = None,
    adapter: str = "parts",
    **headers: str,
) -> tuple[HTTPResponse, bytes]:
    client = open_connection(service.url(adapter))
    with closing(client):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        client.request(method, target, body, fields)
        response = client.getresponse()
        return response, response.read()


def forward(service: Service, target: str, **options: Any) -> dict[str, Any]:
    """Return the request that the upstream has received, by its own account."""
    response, body = ask_for(service, target, **options)
    assert response.status == 200, body
    account: dict[str, Any] = json.loads(body)
    return account


def log(upstream: UpstreamProcess) -> list[dict[str, Any]]:
    account: list[dict[str, Any]] = json.loads(ask_upstream(upstream, "log"))
    return account


def ask_upstream(upstream: UpstreamProcess, name: str) -> bytes:
    client = open_connection(upstream.url)
    with closing(client):
        client.request("GET", f"/base/{name}")
        return client.getresponse().read()


def fields(account: dict[str, Any]) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for name, value in account["fields"]:
        by_name.setdefault(name.lower(), []).append(value)
    return by_name


OWN_FIELDS = {
    *("host", "accept", "accept-encoding", "user-agent"),
    *("depot-edition", "authorization"),
}
"""The fields that each request has."""

# --- requests ----------------------------------------------------


CASES = rows(Path(__file__).with_name("forwarded.yaml"))


@pytest.mark.parametrize("case", CASES, ids=itemgetter("title"))
def test_the_upstream_gets_the_request(service: Service, case: dict[str, Any]) -> None:
    method, target = case["request"].split()
    headers = {k.replace("-", "_"): v for k, v in case.get("headers", {}).items()}
    body, adapter = case.get("body", "").encode() or None, case.get("adapter", "parts")
    account = forward(
        service, target, method=method, body=body, adapter=adapter, **headers
    )
    facts = ("target", "method", "size")
    assert all(account[name] == case[name] for name in facts if name in case)
    forwarded_fields, expected = fields(account), case.get("fields", {})
    assert {name: forwarded_fields.get(name) for name in expected} == expected
    assert forwarded_fields.keys() <= {*expected, *OWN_FIELDS, "content-length"}


def test_a_head_is_forwarded(service: Service) -> None:
    response, body = ask_for(service, "/all/sized/77", "HEAD")
    assert (response.status, body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("TRACE", "a"), ("CONNECT", "a")),
        *(("GET", path) for path in ("..", "a/../b", "%2e%2e/x", "a%2f..%2fb", ".")),
        *(("GET", path) for path in ("%252e%252e/x", "..;x/a", "a%00b")),
    ],
)
def test_nothing_shows_the_credential_or_leaves_the_base_uri(
    service: Service, upstream: UpstreamProcess, method: str, path: str
) -> None:
    before = len(log(upstream))
    response = exactly(method, service.url("parts"), f"/all/{path}")
    assert response.status_code in (400, 404, 405)
    assert len(log(upstream)) == before


def test_only_an_exact_path_is_forwarded(service: Service) -> None:
    response, _ = ask_for(service, "/exactly/below")
    assert response.status == 404


def test_a_request_without_headers_gets_none(service: Service) -> None:
    assert set(fields(forward_exactly(service))) == OWN_FIELDS


def forward_exactly(service: Service, lines: bytes = b"") -> Any:
    """Return the account of a request that has these header lines."""
    url, end = service.url("parts"), b"Connection: close\r\n\r\n"
    answer = ask(url, [b"GET /all/a HTTP/1.1\r\n", host_line(url), lines + end])
    assert answer.statuses == [200]
    return answer.problem


def test_a_repeated_header_is_repeated(service: Service) -> None:
    account = forward_exactly(
        service, b"X-Correlation-Id: a\r\nX-Correlation-ID: b\r\n"
    )
    assert fields(account)["x-correlation-id"] == ["a", "b"]


def test_a_key_becomes_a_part_of_the_body(service: Service) -> None:
    body, kind = b'{"a": 1, "api_key": "mine"}', "application/json"
    account = forward(
        service, "/body/echo", method="POST", body=body, Content_Type=kind
    )
    full_body = b'{"a":1,"api_key":"t0ken"}'
    assert account["digest"] == hashlib.sha256(full_body).hexdigest()
    response, answer = ask_for(service, "/body/echo", "POST", bytes(5 * MEBIBYTE))
    assert (response.status, json.loads(answer)["status"]) == (413, 413)


def test_operations_come_first(service: Service) -> None:
    response, _ = ask_for(service, "/all/own", "POST")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


def test_pages_of_the_adapter_stay_its_own(service: Service) -> None:
    response, body = ask_for(service, "/openapi.json?key=k", adapter="guarded")
    assert (response.status, b"openapi" in body) == (200, True)


def test_guards_come_before_the_body(
    service: Service, upstream: UpstreamProcess
) -> None:
    before = len(log(upstream))
    url = service.url("guarded")
    head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n"
    answer = ask(url, [head, host_line(url), b"Connection: close\r\n\r\n"])
    assert answer.statuses == [401]
    assert len(log(upstream)) == before


# --- bodies ------------------------------------------------------


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // len(PIECE)):
        yield PIECE


def digest_of(size: int) -> str:
    digest = hashlib.sha256()
    for piece in pieces(size):
        digest.update(piece)
    return digest.hexdigest()


@pytest.mark.parametrize("is_sized", [True, False])
def test_a_large_body_passes_through(
    package: Package, upstream: UpstreamProcess, *, is_sized: bool
) -> None:
    size = MUCH
    with running(package, **environment(upstream)) as service:
        before = service.peak_memory
        length = {"Content_Length": str(size)} if is_sized else {}
        account = forward(service, "/all/x", method="PUT", body=pieces(size), **length)
        growth = service.peak_memory - before
    assert (account["size"], account["digest"]) == (size, digest_of(size))
    forwarded_fields = fields(account)
    assert forwarded_fields.get("content-length") == ([str(size)] if is_sized else None)
    assert growth < 32 * MEBIBYTE


@pytest.mark.parametrize("kind", ["chunked", "sized"])
def test_a_large_response_passes_through(
    package: Package, upstream: UpstreamProcess, kind: str
) -> None:
    size = MUCH
    digest, length = hashlib.sha256(), 0
    with running(package, **environment(upstream)) as service:
        before = service.peak_memory
        client = open_connection(service.url("parts"))
        with closing(client):
            client.request("GET", f"/all/{kind}/{size}")
            response = client.getresponse()
            while piece := response.read(65536):
                digest.update(piece)
                length += len(piece)
        growth = service.peak_memory - before
    assert (length, digest.hexdigest()) == (size, digest_of(size))
    assert response.headers["Content-Type"] == "application/x-bytes"
    content_length = response.headers["Content-Length"]
    assert content_length == (str(size) if kind == "sized" else None)
    assert growth < 32 * MEBIBYTE


@contextmanager
def asking(
    service: Service, request: str, body: bytes = b"", size: int = 0
) -> Iterator[socket.socket]:
    """Send a request, perhaps with a part of its body; leave at the end."""
    url, length = service.url("parts"), b"Content-Length: %d\r\n\r\n" % size
    with connection(url) as client:
        head = f"{request} HTTP/1.1\r\n".encode() + host_line(url)
        client.sendall(head + length + body)
        yield client


def test_pieces_arrive_before_the_end(
    service: Service, upstream: UpstreamProcess
) -> None:
    """Neither side of a slow exchange waits for the whole of it."""
    with asking(service, "POST /all/x/slowly", b"abc", 6) as client:
        eventually(lambda: [r["size"] for r in _requests(upstream, "slowly")] == [3])
        client.sendall(b"def")
        assert b" 200 " in client.recv(65536)


def test_a_slow_client_of_a_response_holds_the_upstream_back(
    service: Service, upstream: UpstreamProcess
) -> None:
    with asking(service, "GET /all/stalled") as client:
        content = b""
        while not content.endswith(b"half"):
            content += client.recv(65536)
    # The client has left: nobody waits for the other half.
    eventually(lambda: all(r["is_gone"] for r in _requests(upstream, "stalled")))


def _requests(upstream: UpstreamProcess, name: str) -> list[dict[str, Any]]:
    return [request for request in log(upstream) if name in request["target"]]


@pytest.mark.parametrize(
    ("method", "name", "body", "size"),
    [("POST", "x/left", b"abc", 100), ("GET", "silent/g", b"", 0)],
)
def test_a_client_that_leaves_ends_its_upload_or_read(
    service: Service,
    upstream: UpstreamProcess,
    method: str,
    name: str,
    body: bytes,
    size: int,
) -> None:
    with asking(service, f"{method} /all/{name}", body, size):
        eventually(lambda: bool(_requests(upstream, name)))
    eventually(lambda: _requests(upstream, name)[0]["is_gone"])
    assert _requests(upstream, name)[0]["is_complete"] is (method == "GET")


def test_a_client_that_leaves_ends_no_change(
    service: Service, upstream: UpstreamProcess
) -> None:
    with asking(service, "DELETE /all/late") as client:
        eventually(lambda: bool(_requests(upstream, "late")))
        client.shutdown(socket.SHUT_WR)
        # The server ends the connection when it has seen that the client leaves.
        assert receive_all(client) == b""
    assert ask_upstream(upstream, "release") == b"released"
    eventually(lambda: "the caller of a DELETE had gone: 200" in service.output)
    assert not _requests(upstream, "late")[0]["is_gone"]


def test_an_early_response_ends_the_upload(
    package: Package, upstream: UpstreamProcess
) -> None:
    with running(package, **environment(upstream)) as service:
        for upload in (repeat(PIECE, 64), PIECE * 64):
            # There is a connection to reuse.
            assert ask_for(service, "/all/status/200")[0].status == 200
            response, body = ask_for(service, "/all/early", "POST", upload)
            assert (response.status, body) == (413, b"too large")


# --- responses ---------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 404, 429, 503, 599])
def test_a_status_is_the_upstream_s(service: Service, status: int) -> None:
    response, body = ask_for(service, f"/all/status/{status}")
    assert response.status == status
    assert body == (b"" if status in (204, 304) else b"said")


def test_headers_of_the_connection_and_of_the_server_are_dropped(
    service: Service,
) -> None:
    response, _ = ask_for(service, "/all/fields")
    response_fields = {name.lower(): value for name, value in response.getheaders()}
    del response_fields["date"], response_fields["x-request-id"]
    assert response_fields == {
        "content-type": "text/plain; charset=latin-1",
        "content-language": "de",
        "content-length": "2",
        "etag": "tag",
        "vary": "Accept",
        "cache-control": "private",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": "default-src 'none'; sandbox",
    }


def problem_of(service: Service, target: str, method: str = "GET") -> tuple[int, str]:
    response, body = ask_for(service, target, method)
    assert response.headers["Content-Type"] == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == response.status
    return response.status, document["detail"]


def test_a_redirect_isn_t_followed(service: Service) -> None:
    detail = "the upstream API answered with a redirect (302)"
    assert problem_of(service, "/all/moved") == (502, detail)


LATE = "the upstream API did not answer in time"


def test_an_upstream_that_is_silent_is_late(hasty: Service) -> None:
    assert problem_of(hasty, "/all/silent/a") == (504, LATE)
    detail = f"{LATE}; it may have accepted the request"
    assert problem_of(hasty, "/all/silent/b", "POST") == (504, detail)


def test_a_response_that_stalls_is_cut(hasty: Service) -> None:
    with pytest.raises(IncompleteRead) as error:
        ask_for(hasty, "/all/stalled")
    assert error.value.partial == b"half"
    eventually(lambda: " to a GET broke off" in hasty.output)


def test_a_response_that_breaks_off_is_cut(service: Service) -> None:
    with pytest.raises(IncompleteRead):
        ask_for(service, "/all/broken")
    assert forward(service, "/all/a")


def test_an_upstream_that_reads_nothing_is_late(hasty: Service) -> None:
    response, _ = ask_for(hasty, "/all/unread", "POST", bytes(16 * MEBIBYTE))
    assert response.status == 504


def test_an_upstream_that_isn_t_there(package: Package) -> None:
    roots = {"DEPOT_BASE_URI": "http://127.0.0.1:1", "KEYED_BASE_URI": "http://x.test"}
    with running(package, **ENV, **roots) as service:
        detail = "the upstream API could not be reached"
        assert problem_of(service, "/all/a") == (502, detail)
        assert problem_of(service, "/all/a", "POST") == (502, detail)


def test_the_limit_of_calls_applies(
    package: Package, upstream: UpstreamProcess
) -> None:
    env = environment(upstream, DEPOTS_MAX_CONCURRENCY="1")
    with running(package, **env) as service:
        with asking(service, "GET /all/silent/c"):
            eventually(lambda: bool(_requests(upstream, "silent/c")))
            response, _ = ask_for(service, "/all/a")
            assert (response.status, response.headers["Retry-After"]) == (503, "1")
        eventually(lambda: ask_for(service, "/all/a")[0].status == 200)


def test_a_mock_describes_forwarded_requests(package: Package) -> None:
    with running(package, "serve", "--mock", CLIENTS_KEY="k") as service:
        response, body = ask_for(service, "/all/a/b?c=1", "PUT", b"12345")
    assert response.status == 200
    assert json.loads(body) == {
        "mock": "forwarded",
        "method": "PUT",
        "path": "/a/b",
        "query": {"c": "1", "edition": "mock 1"},
        "bodyBytes": 5,
    }
