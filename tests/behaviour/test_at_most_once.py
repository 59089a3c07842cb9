"""Changes reach an upstream once at most, whenever it drops their connections."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from numbered import SPEC, rest_request, tool_request
from overload_client import in_loop, line
from service import Package, Service, running
from upstream_process import upstream_process

from certificates import Certificates

pytestmark = pytest.mark.long

__all__ = ["SPEC"]

POSTS = int(os.environ.get("NAFTIKO_POSTS", "1000"))
"""Requests over REST; over MCP, there are a quarter as many."""
CALLERS = 40
UNSENT = b"could not be reached"


class Outcome(Enum):
    """The end of a request, as its client is told."""

    ANSWERED = auto()
    UNSENT = auto()
    MAYBE = auto()


def outcome_of_rest(answer: bytes) -> Outcome:
    return outcome(answer, int(answer[9:12]))


def outcome_of_tool(answer: bytes) -> Outcome:
    result = json.loads(answer.partition(b"\r\n\r\n")[2])["result"]
    [content] = result["content"]
    return outcome(answer, int(content["text"][:3]) if result["isError"] else 200)


def outcome(answer: bytes, status: int) -> Outcome:
    if status == 200:
        return Outcome.ANSWERED
    assert status == 502
    return Outcome.UNSENT if UNSENT in answer else Outcome.MAYBE


class Kind(NamedTuple):
    """An adapter, the number of its requests, and how they are written and answered."""

    name: str
    requests: int
    write: Callable[[int, str], bytes]
    read: Callable[[bytes], Outcome]


KINDS = [
    Kind("rest", POSTS, rest_request, outcome_of_rest),
    Kind("mcp", POSTS // 4, tool_request, outcome_of_tool),
]


async def outcomes(service: Service, kind: Kind) -> dict[str, Outcome]:
    """Return the outcomes of all requests, of which many are under way at once."""
    url = service.url(kind.name)
    results: dict[str, Outcome] = {}
    remaining = iter(range(kind.requests))

    async def caller() -> None:
        connection = await line(url)
        for number in remaining:
            message = kind.write(number, urlsplit(url).netloc)
            results[str(number)] = kind.read(await connection.ask(message))
        connection.close()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return results


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates of an upstream."""
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    certificates.open_context()
    return certificates


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_post_arrives_twice(
    package: Package, certificates: Certificates, scheme: str, kind: Kind
) -> None:
    arguments = [str(certificates.server)] if scheme == "https" else []
    variables = {"SSL_CERT_FILE": str(certificates.authority)}
    with upstream_process("dropping_upstream.py", *arguments) as upstream:
        root = upstream.url.replace("http", scheme)
        with running(package, NUMBERS_BASE_URI=root, **variables) as service:
            results = in_loop(outcomes(service, kind))
        counters: list[Counter[str]] = [
            Counter(counts) for counts in json.loads(upstream.end())
        ]
    paths, bodies, moments = counters
    counts = Counter(results.values())
    assert len(results) == kind.requests
    assert max(paths.values()) == max(bodies.values()) == 1
    for number, end in results.items():
        assert end is not Outcome.ANSWERED or number in bodies
        assert end is not Outcome.UNSENT or number not in paths
    assert kind.requests / 3 < counts[Outcome.ANSWERED]
    assert counts[Outcome.UNSENT] or scheme == "http"
    assert len(paths) > 0.7 * kind.requests
    assert len(moments) == 9
    assert min(moments.values()) > kind.requests / 40
