"""A server that drains: no call is lost that a client may have sent."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from raw_http import Answer, connection, host_line, receive_all, refuses
from service import Package, Service, running

from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("numbered.yaml")
BODY = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
KEPT = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def noticing(package: Package, seconds: int, *arguments: str) -> Iterator[Service]:
    """Serve made-up answers; the notice lasts so many seconds."""
    with running(
        package, "serve", "--mock", *arguments, NUMBERED_STOP_NOTICE=str(seconds)
    ) as service:
        yield service


def request(url: str, number: int = 1) -> bytes:
    head = f"POST /numbers/{number} HTTP/1.1\r\n".encode()
    return head + host_line(url) + BODY + b"{}"


def is_ready(service: Service) -> bool:
    answer = httpx2.get(f"{service.url('control')}/health/ready", timeout=PATIENCE)
    return answer.status_code == 200


@pytest.mark.parametrize("workers", ["1", "4"])
def test_clients_get_notice(package: Package, workers: str) -> None:
    """Its length is the setting's: another SIGTERM doesn't end it."""
    with noticing(package, 3600, "--workers", workers) as service:
        url = service.url("rest")
        with connection(url) as client, connection(url) as idle:
            client.sendall(request(url))
            assert b"connection: close" not in client.recv(65536).lower()
            idle.sendall(request(url))
            assert idle.recv(65536).startswith(KEPT)
            eventually(lambda: is_ready(service))
            service.signal(signal.SIGTERM)
            eventually(lambda: not any(is_ready(service) for _ in range(20)))
            service.signal(signal.SIGTERM)
            client.sendall(request(url))
            last = Answer(receive_all(client))
            assert (last.statuses, last.headers["connection"]) == ([200], "close")
            with connection(url) as new:
                new.sendall(request(url))
                last = Answer(receive_all(new))
                assert (last.statuses, last.headers["connection"]) == ([200], "close")
            assert not is_ready(service)
            idle.sendall(request(url))
            assert Answer(receive_all(idle)).statuses == [200]
            service.signal(signal.SIGINT)
            assert service.end() == 0


BODY_SIZE = 500_000
REFUSED = b"Content-Length: %d\r\n\r\n" % BODY_SIZE + b"x" * BODY_SIZE


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("part", ["head", "body", "pipelined", "refused"])
def test_a_request_that_has_begun_is_answered(
    package: Package, part: str, workers: str
) -> None:
    """The rest of it comes when new connections are refused; the last answer closes."""
    with noticing(package, 0, "--workers", workers) as service:
        url = service.url("rest")
        response = request(url)
        early, late, statuses = {
            "head": (response[:20], response[20:], [200]),
            "body": (response[:-1], response[-1:], [200]),
            "pipelined": (
                response + response[:20],
                response[20:] + response,
                [200, 200, 200],
            ),
            "refused": (
                b"PUT /",
                b"none HTTP/1.1\r\n" + host_line(url) + REFUSED,
                [404],
            ),
        }[part]
        with connection(url) as client:
            client.sendall(early)
            first = client.recv(65536) if part == "pipelined" else b""
            service.signal(signal.SIGTERM)
            eventually(lambda: refuses(url))
            with suppress(ConnectionError):
                client.sendall(late)
            answer = Answer(first + receive_all(client))
        assert answer.statuses == statuses
        assert answer.headers["connection"] == "close"
        assert answer.content.lower().count(b"connection: close") == 1
        assert service.end() == 0


@pytest.mark.parametrize("setting", ["KEEP_ALIVE", "MAX_CONNECTIONS"])
def test_an_idle_connection_is_closed(package: Package, setting: str) -> None:
    """It is after the time that is set, and earlier if there is room for few others."""
    with running(package, "serve", "--mock", **{f"NUMBERED_{setting}": "1"}) as service:
        url = service.url("rest")
        with connection(url) as client:
            client.sendall(request(url))
            answer = Answer(receive_all(client))
    assert answer.statuses == [200]
    assert "connection" not in answer.headers
