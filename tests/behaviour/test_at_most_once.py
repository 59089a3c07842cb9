"""Changes reach an upstream once at most, whenever it drops their connections."""

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from numbered import SPEC, called, posted
from overload_client import in_loop, line
from service import Package, running
from upstream_process import upstream_process

__all__ = ["SPEC"]

POSTS = int(os.environ.get("NAFTIKO_POSTS", "1000"))
"""Requests over REST; over MCP, there are a quarter as many."""
CALLERS = 40
STATUS = re.compile(r"\A(\d{3}) ")


def status_of_rest(answer: bytes) -> int:
    return int(answer[9:12])


def status_of_tool(answer: bytes) -> int:
    result = json.loads(answer.partition(b"\r\n\r\n")[2])["result"]
    [content] = result["content"]
    status = STATUS.match(content["text"])
    return int(status[1]) if status and result["isError"] else 200


async def statuses(
    url: str, requests: Iterator[bytes], read: Callable[[bytes], int]
) -> list[int]:
    """Return the statuses of all requests, of which many are under way at once."""
    results: list[int] = []

    async def caller() -> None:
        opened = await line(url)
        results.extend([read(await opened.ask(message)) for message in requests])
        opened.close()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return results


@pytest.mark.parametrize(
    ("kind", "write", "read", "numbers"),
    [
        ("rest", posted, status_of_rest, range(POSTS)),
        ("mcp", called, status_of_tool, range(POSTS // 4)),
    ],
    ids=["rest", "mcp"],
)
def test_no_post_arrives_twice(
    package: Package,
    kind: str,
    write: Callable[[int, str], bytes],
    read: Callable[[bytes], int],
    numbers: range,
) -> None:
    with (
        upstream_process("dropping_upstream.py") as upstream,
        running(package, NUMBERS_BASE_URI=upstream.url) as service,
    ):
        url = service.url(kind)
        requests = (write(number, urlsplit(url).netloc) for number in numbers)
        answered = Counter(in_loop(statuses(url, requests, read)))
        counters: list[Counter[str]] = [
            Counter(counts) for counts in json.loads(upstream.end())
        ]
    paths, bodies, moments = counters
    assert answered.total() == len(numbers)
    assert answered.keys() == {200, 502}
    assert max(paths.values()) == max(bodies.values()) == 1
    # Answered requests have arrived, and so have most of the others.
    assert len(numbers) / 3 < answered[200] <= len(bodies)
    assert len(paths) > 0.8 * len(numbers)
    assert len(moments) == 8
    assert min(moments.values()) > len(numbers) / 30
