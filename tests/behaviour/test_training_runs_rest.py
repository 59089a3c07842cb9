"""The REST adapter of the training package, in front of the training API's mock."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from exact_http import exactly
from prime import RUNS, Prime
from service import Service

from waiting import PATIENCE

JSON = {"Content-Type": "application/json"}
CREATED = re.compile(
    r'{"runId":"run_\d{8}","jobId":"job_\d{8}",'
    r'"tokenValue":"pit_run_SECRET_returned_once"}'
)
MINIMAL: dict[str, Any] = {"config": {"max_steps": 5}}


@pytest.fixture
def rest(with_token: Callable[[str], Service]) -> Iterator[httpx2.Client]:
    """Return a client of the adapter, whose credential the upstream accepts."""
    url = with_token("pit_valid").url("rest")
    with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
        yield client


def create(service: Service, body: object = MINIMAL) -> httpx2.Response:
    url = service.url("rest") + RUNS
    return httpx2.post(url, json=body, timeout=PATIENCE)


def delete(service: Service, run_id: str) -> httpx2.Response:
    """Delete a run; its identifier is sent as it stands."""
    return exactly("DELETE", service.url("rest"), f"{RUNS}/{run_id}")


def test_create_passes_everything_on(
    rest: httpx2.Client, prime: Prime, reference: Path
) -> None:
    payload = reference / "upstream" / "payloads" / "create-run.request.full.json"
    body = payload.read_bytes()
    answer = rest.post(RUNS, content=body, headers=JSON)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert CREATED.fullmatch(answer.text)
    [request] = prime.requests
    assert (request["method"], request["raw_path"]) == ("POST", "/api/v1/training/runs")
    assert request["headers"]["authorization"] == "Bearer pit_valid"
    assert request["headers"]["content-type"] == "application/json"
    assert request["body"].encode() == body


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"config"', b"{", b'{"a": NaN}', b"\xff"]
)
def test_create_needs_an_object(rest: httpx2.Client, prime: Prime, body: bytes) -> None:
    answer = rest.post(RUNS, content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "Bad Request"
    assert problem["status"] == 400
    assert "the request body" in problem["detail"]
    assert prime.requests == []


def test_delete_is_repeatable(rest: httpx2.Client, prime: Prime) -> None:
    run_id = rest.post(RUNS, json=MINIMAL).json()["runId"]
    answers = [rest.delete(f"{RUNS}/{run_id}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.text for answer in answers} == {
        f'{{"runId":"{run_id}","deleted":true}}'
    }
    request = prime.requests[-1]
    assert (request["method"], request["raw_path"]) == (
        "DELETE",
        f"/api/v1/training/runs/{run_id}",
    )
    assert request["body"] == ""


@pytest.mark.parametrize(
    "run_id",
    [
        "..",
        ".",
        "%2e%2e",
        "%2E",
        "%252e%252e",
        "..%2f..%2fadmin",
        "a%2f..%2fb",
        "..%5cadmin",
        "..;x=1",
        "%00",
        "a%0d%0ab",
        "%2500",
        "x" * 9000,
        "%ff",
    ],
)
def test_identifiers_that_lead_elsewhere_are_not_sent(
    with_token: Callable[[str], Service], prime: Prime, run_id: str
) -> None:
    answer = delete(with_token("pit_valid"), run_id)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "run_id" in answer.json()["detail"]
    assert prime.requests == []


@pytest.mark.parametrize("run_id", ["", "../../admin", "a/b", "./x"])
def test_more_or_fewer_segments_are_another_path(
    with_token: Callable[[str], Service], prime: Prime, run_id: str
) -> None:
    answer = delete(with_token("pit_valid"), run_id)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert prime.requests == []


@pytest.mark.parametrize(
    ("run_id", "arrives"),
    [
        ("a%2Fb", "a%2Fb"),
        ("a%2fb", "a%2Fb"),
        ("a%3Fb%23c", "a%3Fb%23c"),
        ("%C3%A9", "%C3%A9"),
        ("a%20b+c", "a%20b%2Bc"),
        ("a;b=c", "a%3Bb%3Dc"),
        ("...", "..."),
        ("%2541", "%2541"),
        ("a%1fb", "a%1Fb"),
        ("%7F", "%7F"),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_an_identifier_is_one_segment(
    with_token: Callable[[str], Service], prime: Prime, run_id: str, arrives: str
) -> None:
    assert delete(with_token("pit_valid"), run_id).status_code == 404
    [request] = prime.requests
    assert request["raw_path"] == f"/api/v1/training/runs/{arrives}"


def test_an_identifier_ends_where_the_query_begins(
    with_token: Callable[[str], Service], prime: Prime
) -> None:
    assert delete(with_token("pit_valid"), "a?b=c").status_code == 404
    [request] = prime.requests
    assert (request["raw_path"], request["query"]) == ("/api/v1/training/runs/a", "")


@pytest.mark.parametrize(
    ("token", "status", "detail"),
    [
        ("pit_unpaid", 402, "Payment required"),
        ("pit_nonadmin", 403, "Admin role required"),
    ],
)
def test_refusals_are_passed_on(
    with_token: Callable[[str], Service],
    prime: Prime,
    token: str,
    status: int,
    detail: str,
) -> None:
    for answer in (create(with_token(token)), delete(with_token(token), "run_1")):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == {"detail": detail}


def test_a_caller_s_credential_goes_nowhere(rest: httpx2.Client, prime: Prime) -> None:
    mine = {"Authorization": "Bearer mine", "Cookie": "session=mine", "X-Mine": "mine"}
    assert rest.post(RUNS, json=MINIMAL, headers=mine).status_code == 201
    [request] = prime.requests
    assert request["headers"]["authorization"] == "Bearer pit_valid"
    assert "mine" not in json.dumps(request["headers"])


def test_parallel_creates_are_all_answered(rest: httpx2.Client, prime: Prime) -> None:
    def run_id(number: int) -> str:
        body = {"config": {"number": number}}
        identifier: str = rest.post(RUNS, json=body).raise_for_status().json()["runId"]
        return identifier

    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(run_id, range(100)))
    assert len(ids) == 100
    bodies = [
        json.loads(request["body"])["config"]["number"] for request in prime.requests
    ]
    assert sorted(bodies) == list(range(100))


@pytest.mark.parametrize(
    ("path", "allow"), [(RUNS, "POST"), (f"{RUNS}/run_00000001", "DELETE")]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH"])
def test_other_methods(
    rest: httpx2.Client, prime: Prime, method: str, path: str, allow: str
) -> None:
    answer = rest.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allow
    assert answer.headers["Content-Type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["status"] == 405
    assert prime.requests == []


@pytest.mark.parametrize(
    "target",
    [
        f"{RUNS}/",
        f"/{RUNS}",
        RUNS.replace("/training/", "//training/"),
        RUNS.upper(),
        RUNS.replace("/runs", "/Runs"),
        f"{RUNS}/run_00000001/",
        RUNS.replace("/training/", "/x/../training/"),
        "/docs",
    ],
)
def test_paths_are_exact(
    with_token: Callable[[str], Service], prime: Prime, target: str
) -> None:
    root = with_token("pit_valid").url("rest")
    body = json.dumps(MINIMAL).encode()
    for method in ("POST", "DELETE"):
        answer = exactly(method, root, target, body, JSON)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == "Not Found"
        assert "Location" not in answer.headers
    assert prime.requests == []


def test_a_needlessly_encoded_path_is_the_same_path(
    with_token: Callable[[str], Service], prime: Prime
) -> None:
    root = with_token("pit_valid").url("rest")
    target = RUNS.replace("runs", "%72uns")
    body = json.dumps(MINIMAL).encode()
    assert exactly("POST", root, target, body, JSON).status_code == 201


def test_the_openapi_document_is_served(rest: httpx2.Client) -> None:
    answer = rest.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()["paths"]) == [RUNS, f"{RUNS}/{{run_id}}"]
    head = rest.head("/openapi.json")
    assert head.status_code == 200
    assert head.headers["Content-Length"] == str(len(answer.content))
    assert head.content == b""
