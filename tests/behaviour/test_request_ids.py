"""The ids of requests: in each response and each line of the log about a request."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio
import pytest
from exact_http import exactly
from prime import RUNS
from service import Package, Service, running

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

NAME = "X-Request-Id"
OWN = re.compile("[0-9a-f]{32}")
SENT = "edge-1.A_b" + "x" * 118
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
PING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
CALL = {"name": "prime-intellect-deleterun", "arguments": {"run_id": "a"}}
PLAIN = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}
).encode()
LEGACY = {**JSON, "MCP-Protocol-Version": "2025-11-25"}
REQUESTS = [
    ("rest", "DELETE", f"{RUNS}/a", None, {}, 200),
    ("rest", "DELETE", f"{RUNS}/a", None, {"Host": "other"}, 421),
    ("rest", "GET", "/none", None, {}, 404),
    ("rest", "POST", RUNS, b"{", JSON, 400),
    ("rest", "POST", RUNS, b"{", {"Content-Encoding": "gzip"}, 415),
    ("rest", "GET", f"/{'a' * 20_000}", None, {}, 414),
    ("mcp", "POST", "/mcp", PING, JSON, 200),
    ("mcp", "POST", "/mcp", PLAIN, LEGACY, 200),
    ("mcp", "POST", "/mcp", PING, {**JSON, "Origin": "http://other"}, 403),
    ("mcp", "GET", "/mcp", None, {}, 405),
    ("mcp", "POST", "/mcp", b"[", JSON, 400),
]
IDS = [(SENT, True), (None, False), (f"{SENT}y", False), ("a\tb", False), ("é", False)]


@pytest.fixture(scope="module")
def mocked_service(training: Package) -> Iterator[Service]:
    options = ("serve", "--mock", "--log-level", "info")
    with running(training, *options, TRAINING_RUNS_LOG_FORMAT="json") as service:
        yield service


@pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda entry: f"{entry[2][:9]} {entry[5]}"
)
@pytest.mark.parametrize(("request_id", "is_kept"), IDS)
def test_each_response_has_the_id_of_its_request(
    mocked_service: Service,
    request_: tuple[str, str, str, bytes | None, dict[str, str], int],
    request_id: str | None,
    is_kept: bool,
) -> None:
    kind, method, target, body, headers, status = request_
    fields = headers if request_id is None else {**headers, NAME: request_id}

    answer = exactly(method, mocked_service.url(kind), target, body, fields)

    assert answer.status_code == status
    [identity] = answer.headers.get_list(NAME)
    assert identity == request_id if is_kept else OWN.fullmatch(identity)


def test_requests_in_a_row_have_an_id_each(mocked_service: Service) -> None:
    place = urlsplit(mocked_service.url("rest"))
    head = f"GET /openapi.json HTTP/1.1\r\nHost: {place.netloc}\r\n{NAME}: "
    ends = ["a", "b", "c\r\nConnection: close"]
    with socket.create_connection((place.hostname, place.port), PATIENCE) as connection:
        connection.sendall("".join(f"{head}{end}\r\n\r\n" for end in ends).encode())
        answers = connection.makefile("rb").read().lower()

    assert re.findall(rb"x-request-id: (\S+)\r\n", answers) == [b"a", b"b", b"c"]


def test_a_line_has_the_id_of_the_request(training: Package) -> None:
    options = ("serve", "--mock", "--log-level", "info", "--log-format", "json")
    with running(training, *options) as service:
        for number, (kind, method, target, body, headers, _) in enumerate(REQUESTS):
            fields = {**headers, NAME: f"id-{number}"}
            exactly(method, service.url(kind), target, body, fields)
        service.signal(signal.SIGTERM)
        service.end()
        lines = [json.loads(line) for line in service.output.splitlines()]

    assert all(line["capability"] == "training-runs" for line in lines)
    assert all({"time", "level", "logger", "message"} < line.keys() for line in lines)
    identifiers = [
        line["request_id"] for line in lines if "-" in line.get("request_id", "")
    ]
    assert sorted(identifiers) == sorted(
        f"id-{number}" for number in range(len(REQUESTS))
    )
    [deletion] = [line for line in lines if line.get("request_id") == "id-0"]
    expected = {"adapter": "training-runs-rest", "status": 200, "level": "info"}
    assert deletion.items() >= expected.items()
    assert deletion["operation"] == f"DELETE {RUNS}/{{run_id}}"
    assert isinstance(deletion["duration_ms"], float)


async def test_no_upstream_gets_the_id(
    training: Package, upstream: RecordingUpstream, address: str
) -> None:
    root = {"TRAINING_RUNS_BASE_URI": f"http://{address}", "PRIME_API_KEY": "key"}
    with running(training, **root) as service:
        await anyio.to_thread.run_sync(
            lambda: exactly(
                "DELETE", service.url("rest"), f"{RUNS}/a", None, {NAME: SENT}
            )
        )

    [request] = upstream.requests
    assert NAME.lower() not in str(request).lower()


async def test_standard_output_has_nothing_but_mcp(training: Package) -> None:
    options = ("mcp", "--stdio", "--mock", "--log-level=debug", "--log-format=json")
    command, *words = training.command(*options)
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": CALL},
        {"jsonrpc": "2.0", "id": 3, "method": "SECRET"},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    process = await anyio.run_process(
        [command, *words], input=text.encode(), cwd=training.project
    )

    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    entries = [json.loads(line) for line in process.stderr.splitlines()]
    assert {line["capability"] for line in entries} == {"training-runs"}


def test_an_unknown_format_is_refused(training: Package) -> None:
    process = training.run("serve", "--mock", TRAINING_RUNS_LOG_FORMAT="yaml")

    assert process.returncode == 1
    fault = "TRAINING_RUNS_LOG_FORMAT must be one of text, json"
    assert process.stderr == f"training-runs: {fault}\n"


def test_a_failed_start_is_a_line_of_json(training: Package) -> None:
    process = training.run("serve", "--log-format", "json")

    assert process.returncode == 1
    lines = [json.loads(line) for line in process.stderr.splitlines()]
    assert "PRIME_API_KEY" in lines[-1]["message"]
    assert lines[-1]["level"] == "error"
