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

from case_tables import named_table
from waiting import PATIENCE

FACTS = named_table(__file__, "training_runs")
JSON = {"Content-Type": "application/json"}
CREATED = re.compile(
    r'{"runId":"run_\d{8}","jobId":"job_\d{8}",'
    r'"tokenValue":"pit_run_SECRET_returned_once"}'
)
MINIMAL: dict[str, Any] = {"config": {"max_steps": 5}}


@pytest.fixture
def rest(root: str) -> Iterator[httpx2.Client]:
    """Return a client of the adapter, whose credential the upstream accepts."""
    with httpx2.Client(base_url=root, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def root(with_token: Callable[[str], Service]) -> str:
    """Return the address of the adapter."""
    return with_token("pit_valid").url("rest")


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
    "run_id", [*FACTS["identifiers that lead elsewhere"], "x" * 9000]
)
def test_identifiers_that_lead_elsewhere_are_not_sent(
    root: str, prime: Prime, run_id: str
) -> None:
    answer = exactly("DELETE", root, f"{RUNS}/{run_id}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "run_id" in answer.json()["detail"]
    assert prime.requests == []


@pytest.mark.parametrize(
    ("run_id", "arrives"), [*FACTS["identifiers"], ("x" * 2000, "x" * 2000)]
)
def test_an_identifier_is_one_segment(
    root: str, prime: Prime, run_id: str, arrives: str
) -> None:
    assert exactly("DELETE", root, f"{RUNS}/{run_id}").status_code == 404
    [request] = prime.requests
    assert request["raw_path"] == f"/api/v1/training/runs/{arrives}"
    assert (request["query"], request["body"]) == ("", "")


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


@pytest.mark.parametrize("target", FACTS["other paths"])
def test_paths_are_exact(root: str, prime: Prime, target: str) -> None:
    body = json.dumps(MINIMAL).encode()
    for method in ("POST", "DELETE"):
        answer = exactly(method, root, target, body, JSON)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["title"] == "Not Found"
        assert "Location" not in answer.headers
    assert prime.requests == []
    same_path = RUNS.replace("runs", "%72uns")
    assert exactly("POST", root, same_path, body, JSON).status_code == 201
