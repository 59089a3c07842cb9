"""Responses to clients, and requests to the upstream, when the upstream misbehaves."""

import asyncio
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
import yaml
from faulty_upstream import BODY, MIB, Connection, FaultyUpstream, listening
from mcp import Client
from service import Package, Service, running
from tool_results import text

from certificates import Certificates
from waiting import PATIENCE

SPEC = Path(__file__).with_name("faults.yaml")
CREDENTIAL = "s3cret-of-the-upstream"
HURRIED = {"FAULTS_TIMEOUT": "1"}
"""The limit where the upstream never answers; elsewhere it would be a race."""
PATIENT = {"FAULTS_TIMEOUT": str(PATIENCE)}
DEBUGGING = ("--log-level", "debug", "serve")
MAY_HAVE = "; it may have accepted the request"

BROKEN = "the upstream API broke the connection"
UNREACHABLE = "the upstream API could not be reached"
LATE = "the upstream API did not answer in time"


class Outcome(NamedTuple):
    """The response to a fault: the status, and the detail of the problem."""

    fault: str
    status: int
    detail: str


_FAULTS = Path(__file__).with_name("faults_of_answers.yaml").read_text("utf-8")
OUTCOMES = [
    Outcome(fault, 502, detail)
    for detail, faults in yaml.safe_load(_FAULTS).items()
    for fault in faults
]
STALLS = ("stall", "stall-in-head", "stall-in-body", "trickle", "interim-trickle")
TITLES = {502: "Bad Gateway", 504: "Gateway Timeout"}


@pytest.fixture(scope="module", params=["http", "https"])
def upstream(
    request: pytest.FixtureRequest, certificates: Certificates
) -> FaultyUpstream:
    is_secure = request.param == "https"
    return FaultyUpstream(certificates.open_context() if is_secure else None)


@pytest.fixture(scope="module")
async def root(upstream: FaultyUpstream) -> AsyncIterator[str]:
    """Run the upstream; return the root of its URLs."""
    async with listening(upstream) as url:
        yield url


@pytest.fixture(scope="module")
def closed_root() -> Iterator[str]:
    """Return the root of URLs where nobody listens, nor will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(scope="module")
def environment(
    root: str, closed_root: str, certificates: Certificates
) -> dict[str, str]:
    """Return the variables of the upstream, and of one that isn't there."""
    return {
        "FAULTS_KEY": CREDENTIAL,
        "SSL_CERT_FILE": str(certificates.authority),
        "FAULTY_BASE_URI": root,
        "REFUSING_BASE_URI": closed_root,
    }


@pytest.fixture(scope="module")
def service(package: Package, environment: dict[str, str]) -> Iterator[Service]:
    """Run the package so that it waits for longer than anything takes."""
    with running(package, *DEBUGGING, **environment, **PATIENT) as process:
        yield process


@pytest.fixture(scope="module")
def hurried_service(package: Package, environment: dict[str, str]) -> Iterator[Service]:
    """Run the package so that it soon gives up."""
    with running(package, *DEBUGGING, **environment, **HURRIED) as process:
        yield process


@pytest.fixture
async def rest(
    service: Service, upstream: FaultyUpstream
) -> AsyncIterator[httpx2.AsyncClient]:
    upstream.seen.clear()
    async with service.client() as http_client:
        yield http_client


@pytest.fixture
async def tools(service: Service) -> AsyncIterator[Client]:
    async with Client(service.url("mcp"), mode="2026-07-28") as client:
        yield client


def assert_discreet(service: Service, root: str, *texts: str) -> None:
    """No response has the upstream's address, and the log has only its host."""
    address = root.partition("//")[2]
    for words in (*texts, service.output):
        assert CREDENTIAL not in words
        assert f"{address}/" not in words
    assert not any(address in words for words in texts)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.fault)
async def test_faults_are_problems(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: FaultyUpstream,
    service: Service,
    root: str,
    outcome: Outcome,
) -> None:
    text = await assert_problem(rest, tools, upstream, outcome)
    assert_discreet(service, root, *text)


@pytest.mark.parametrize("fault", STALLS)
async def test_upstreams_that_never_answer_are_late(
    hurried_service: Service, upstream: FaultyUpstream, root: str, fault: str
) -> None:
    upstream.seen.clear()
    async with (
        hurried_service.client() as rest,
        Client(hurried_service.url("mcp"), mode="2026-07-28") as tools,
    ):
        late = Outcome(fault, 504, LATE)
        text = await assert_problem(rest, tools, upstream, late)
    assert_discreet(hurried_service, root, *text)


async def test_very_many_interim_responses_break_the_connection(
    package: Package, environment: dict[str, str], upstream: FaultyUpstream, root: str
) -> None:
    upstream.seen.clear()
    # No connection is kept to such an upstream, which would weaken the other tests.
    with running(package, *DEBUGGING, **environment, **PATIENT) as service:
        async with (
            service.client() as rest,
            Client(service.url("mcp"), mode="2026-07-28") as tools,
        ):
            expected_outcome = Outcome("interim-flood", 502, BROKEN)
            text = await assert_problem(rest, tools, upstream, expected_outcome)
        assert_discreet(service, root, *text)


async def assert_problem(
    rest: httpx2.AsyncClient, tools: Client, upstream: FaultyUpstream, outcome: Outcome
) -> tuple[str, ...]:
    """All clients get the problem, and no change is sent twice; returns the answers."""
    fault, status, detail = outcome
    post, get, result = await asyncio.gather(
        rest.post(f"/faulty/{fault}~1", json={"body": "x" * MIB}),
        rest.get(f"/faulty/{fault}~2"),
        tools.call_tool("post", {"fault": f"{fault}~3", "body": {}}),
    )
    problem = {"title": TITLES[status], "status": status, "detail": detail + MAY_HAVE}
    assert post.status_code == status
    assert post.headers["Content-Type"] == "application/problem+json"
    assert post.json() == problem
    assert get.status_code == status
    assert get.json() == {**problem, "detail": detail}
    assert result.is_error
    assert text(result) == f"{status} {TITLES[status]}: {detail}{MAY_HAVE}"
    assert upstream.seen["POST", f"/faults/{fault}~1"] == 1
    assert upstream.seen["POST", f"/faults/{fault}~3"] == 1
    assert upstream.seen["GET", f"/faults/{fault}~2"] <= 2
    return post.text, str(post.headers), text(result)


@pytest.mark.parametrize(
    "fault", ["fine", "early-hints", "gzip", "gzip-members", "closed-at-the-end"]
)
async def test_answers_that_are_fine(
    rest: httpx2.AsyncClient, tools: Client, fault: str
) -> None:
    answer = await rest.post(f"/faulty/{fault}", json={})
    assert answer.status_code == 200
    assert answer.content == BODY
    assert "Content-Encoding" not in answer.headers
    result = await tools.call_tool("get", {"fault": fault})
    assert text(result).encode() == BODY


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/heads/head", "13"),
        ("/heads/head-of-large", str(17 * MIB)),
        # A GET would be answered in another coding, or in chunks.
        ("/heads/head-of-gzip", None),
        ("/heads/head-of-chunked", None),
        ("/faulty/fine", str(len(BODY))),
    ],
)
async def test_a_head_has_the_length_of_the_response_to_a_get(
    rest: httpx2.AsyncClient, path: str, length: str | None
) -> None:
    answer = await rest.head(path)
    assert answer.status_code == 200
    assert answer.headers.get("Content-Length") == length


@pytest.mark.parametrize("greeting", [Connection.reset, Connection.close])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_connection_that_ends_at_once(
    rest: httpx2.AsyncClient,
    upstream: FaultyUpstream,
    monkeypatch: pytest.MonkeyPatch,
    greeting: Callable[[Connection], None],
    method: str,
) -> None:
    monkeypatch.setattr(upstream, "greeting", greeting)
    # Connections that were kept alive are not greeted: the first of these ends them.
    for _ in range(2):
        answer = await rest.request(method, "/faulty/close")
    assert answer.status_code == 502
    # The connection may break before it counts as established.
    assert answer.json()["detail"].startswith((BROKEN, UNREACHABLE))


async def test_nobody_listens(
    rest: httpx2.AsyncClient, tools: Client, service: Service, closed_root: str
) -> None:
    problem = {"title": "Bad Gateway", "status": 502, "detail": UNREACHABLE}
    for method in ("GET", "POST"):
        answer = await rest.request(method, "/refusing")
        assert answer.status_code == 502
        assert answer.json() == problem
    result = await tools.call_tool("refused", {})
    assert result.is_error
    assert text(result) == f"502 Bad Gateway: {UNREACHABLE}"
    assert_discreet(service, closed_root)


async def test_the_upstream_s_name_has_no_address(hurried_service: Service) -> None:
    async with hurried_service.client() as rest:
        answer = await rest.get("/nameless")
    assert answer.status_code in (502, 504)
    assert "invalid" not in answer.text


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
async def test_redirects_are_not_followed(
    rest: httpx2.AsyncClient,
    tools: Client,
    upstream: FaultyUpstream,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    elsewhere = FaultyUpstream()
    detail = f"the upstream API answered with a redirect ({status})"
    async with listening(elsewhere) as other:
        monkeypatch.setattr(upstream, "elsewhere", f"{other}/faults/fine")
        get = await rest.get(f"/faulty/redirect-{status}")
        post = await rest.post(f"/faulty/redirect-{status}", json={})
        result = await tools.call_tool("post", {"fault": f"redirect-{status}"})
    assert get.status_code == post.status_code == 502
    assert get.json()["detail"] == detail
    assert post.json()["detail"] == detail + MAY_HAVE
    assert result.is_error
    assert text(result) == f"502 Bad Gateway: {detail}{MAY_HAVE}"
    assert elsewhere.seen.total() == 0
    assert {"location", "refresh"}.isdisjoint(get.headers)


async def test_memory_is_bounded(rest: httpx2.AsyncClient, service: Service) -> None:
    await rest.get("/faulty/fine")
    before = service.peak_memory
    for fault in ("gzip-bomb", "large", "large-chunked", "header-flood", "long-header"):
        assert (await rest.get(f"/faulty/{fault}")).status_code == 502
    assert service.peak_memory - before < 100 * MIB


@pytest.mark.parametrize(
    "fault",
    [
        "close-afterwards",
        "reset-afterwards",
        "close-second",
        "reset-second",
        "close",
        "reset",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_changes_are_never_sent_twice(
    rest: httpx2.AsyncClient, upstream: FaultyUpstream, fault: str, method: str
) -> None:
    paths = [f"{fault}~{number}" for number in range(80)]
    answers = []
    for batch in range(0, len(paths), 10):
        some = paths[batch : batch + 10]
        calls = (rest.request(method, f"/faulty/{path}", json={}) for path in some)
        answers += await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 502}
    assert max(upstream.seen.values()) == 1
    for path, answer in zip(paths, answers, strict=True):
        if answer.status_code == 200:
            assert upstream.seen[method, f"/faults/{path}"] == 1
        else:
            assert answer.json()["detail"].endswith(MAY_HAVE)


async def allow_a_repetition(rest: httpx2.AsyncClient) -> None:
    """Make ten calls, of which a tenth may be sent again."""
    for number in range(11):
        assert (await rest.get(f"/faulty/fine~{number}")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "fault", ["close-afterwards", "reset-afterwards", "close-second", "reset-second"]
)
async def test_the_rest_is_sent_again_over_a_fresh_connection(
    rest: httpx2.AsyncClient, upstream: FaultyUpstream, fault: str, method: str
) -> None:
    for number in range(4):
        await allow_a_repetition(rest)
        answer = await rest.request(method, f"/faulty/{fault}~{number}")
        assert answer.status_code == 200
        assert answer.content == BODY
        assert 1 <= upstream.seen[method, f"/faults/{fault}~{number}"] <= 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("fault", "status"), [("close", 502), ("reset", 502), ("close-then-busy", 503)]
)
async def test_the_rest_is_sent_again_once(
    rest: httpx2.AsyncClient,
    upstream: FaultyUpstream,
    fault: str,
    status: int,
    method: str,
) -> None:
    await allow_a_repetition(rest)
    answer = await rest.request(method, f"/faulty/{fault}")
    assert answer.status_code == status
    assert upstream.seen[method, f"/faults/{fault}"] == 2


@pytest.mark.parametrize("fault", ["close", "busy"])
async def test_a_tenth_of_the_calls_is_sent_again(
    package: Package, environment: dict[str, str], upstream: FaultyUpstream, fault: str
) -> None:
    upstream.seen.clear()
    with running(package, **environment) as process:
        async with process.client() as rest:
            for _ in range(300):
                await rest.get(f"/faulty/{fault}")
    repetitions = upstream.seen["GET", f"/faults/{fault}"] - 300
    # Ten are allowed at first, and one a second: far fewer than the calls.
    assert 30 <= repetitions < 150


@pytest.mark.parametrize(
    ("method", "fault", "status", "times"),
    [
        ("GET", "busy-once", 200, 2),
        ("PUT", "busy-once", 200, 2),
        ("DELETE", "busy-once", 200, 2),
        ("POST", "busy-once", 503, 1),
        ("PATCH", "busy-once", 503, 1),
        ("GET", "busy", 503, 2),
        ("POST", "busy", 503, 1),
        ("GET", "busy-for-long", 503, 1),
    ],
)
async def test_retry_after_is_honoured_once(
    rest: httpx2.AsyncClient,
    upstream: FaultyUpstream,
    method: str,
    fault: str,
    status: int,
    times: int,
) -> None:
    await allow_a_repetition(rest)
    answer = await rest.request(method, f"/faulty/{fault}")
    assert answer.status_code == status
    assert upstream.seen[method, f"/faults/{fault}"] == times
    if status != 200:
        assert "Retry-After" in answer.headers


async def test_calls_in_flight_are_limited(
    package: Package,
    environment: dict[str, str],
    upstream: FaultyUpstream,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrival = asyncio.Event()
    monkeypatch.setattr(upstream, "greeting", lambda _: arrival.set())
    upstream.release.clear()
    limits = {"FAULTS_MAX_CONCURRENCY": "1", **PATIENT}
    with running(package, **environment, **limits) as process:
        async with (
            process.client() as rest,
            Client(process.url("mcp"), mode="2026-07-28") as tools,
        ):
            pending = asyncio.create_task(rest.post("/faulty/held", json={}))
            await arrival.wait()
            response = await rest.get("/faulty/fine")
            # The limit is the package's, whichever upstream is called.
            result = await tools.call_tool("refused", {})
            upstream.release.set()
            assert (await pending).status_code == 200
            assert (await rest.get("/faulty/fine")).status_code == 200
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "too many calls are in flight"
    assert result.is_error
    assert text(result).splitlines() == [
        "503 Service Unavailable: too many calls are in flight",
        "Retry-After: 1",
    ]


async def test_a_call_that_is_given_up_counts_no_more(
    package: Package, environment: dict[str, str]
) -> None:
    limits = {"FAULTS_MAX_CONCURRENCY": "1", **HURRIED}
    with running(package, **environment, **limits) as process:
        async with process.client() as rest:
            for _ in range(3):
                assert (await rest.post("/faulty/stall", json={})).status_code == 504


async def test_a_body_may_end_with_the_connection_but_not_without_the_end_of_tls(
    rest: httpx2.AsyncClient, upstream: FaultyUpstream
) -> None:
    answer = await rest.post("/faulty/cut-at-the-end", json={})
    assert answer.status_code == (502 if upstream.tls else 200)


def of_another_authority(certificates: Certificates) -> ssl.SSLContext:
    directory = certificates.authority.parent / "others"
    directory.mkdir(exist_ok=True)
    return Certificates(directory).open_context()


def of_an_old_protocol(certificates: Certificates) -> ssl.SSLContext:
    tls = certificates.open_context()
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1
    return tls


def of_another_name(certificates: Certificates) -> ssl.SSLContext:
    """Return the context of 127.0.0.1, whom packages call by its name."""
    return certificates.open_context()


def of_a_common_name(certificates: Certificates) -> ssl.SSLContext:
    """Return the context of a certificate whose alternative names lack the host."""
    return certificates.open_context(common_name="localhost")


BY_NAME = (of_another_name, of_a_common_name)
TLS_FAULTS: dict[Callable[[Certificates], ssl.SSLContext], tuple[str, ...]] = {
    of_another_authority: (UNREACHABLE,),
    of_an_old_protocol: (UNREACHABLE,),
    of_another_name: (UNREACHABLE,),
    of_a_common_name: (UNREACHABLE,),
    partial(Certificates.open_context, is_expired=True): (UNREACHABLE,),
    # In TLS 1.3, a client learns last whether its certificate is missing.
    Certificates.server_context: (UNREACHABLE, BROKEN),
}


@pytest.mark.parametrize(
    ("context", "details"),
    TLS_FAULTS.items(),
    ids=["authority", "protocol", "name", "common-name", "expired", "client"],
)
async def test_nothing_is_sent_over_bad_tls(
    package: Package,
    certificates: Certificates,
    context: Callable[[Certificates], ssl.SSLContext],
    details: tuple[str, ...],
) -> None:
    upstream = FaultyUpstream(context(certificates))
    host = "localhost" if context in BY_NAME else "127.0.0.1"
    async with listening(upstream) as url:
        root = url.replace("127.0.0.1", host)
        variables = {
            "FAULTY_BASE_URI": root,
            "REFUSING_BASE_URI": root,
            "SSL_CERT_FILE": str(certificates.authority),
        }
        with running(package, FAULTS_KEY=CREDENTIAL, **variables) as service:
            async with service.client() as rest:
                answers = [
                    await rest.get("/faulty/fine"),
                    await rest.post("/faulty/fine", json={}),
                ]
    assert {answer.status_code for answer in answers} == {502}
    assert all(answer.json()["detail"].startswith(details) for answer in answers)
    assert not upstream.seen
