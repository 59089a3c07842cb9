"""Changes reach an upstream once at most, whenever it drops their connections."""

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from overload_client import in_loop, line
from service import Package, running
from upstream_process import upstream_process

SPEC = Path(__file__).with_name("numbered.yaml")
POSTS = int(os.environ.get("NAFTIKO_POSTS", "1000"))
"""Requests over REST; over MCP, there are a quarter as many."""
CALLERS = 40
LARGE = 300_000
"""Bytes that no socket takes at once, so that a body is cut off on its way."""
STATUS = re.compile(r"\A(\d{3}) ")


def posted(number: int, netloc: str) -> bytes:
    """Return the request that posts a number over REST."""
    return request(f"/numbers/{number}", netloc, body_of(number))


def called(number: int, netloc: str) -> bytes:
    """Return the request that calls the tool with a number."""
    arguments = f'{{"name":"{number}","body":{body_of(number)}}}'
    params = f'{{"name":"store","arguments":{arguments}}}'
    message = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'
    fields = "Accept: application/json\r\nMCP-Protocol-Version: 2025-11-25\r\n"
    return request("/mcp", netloc, message, fields)


def body_of(number: int) -> str:
    filler = "x" * (LARGE if number % 50 == 0 else 10)
    return f'{{"number":"{number}","filler":"{filler}"}}'


def request(path: str, netloc: str, body: str, fields: str = "") -> bytes:
    lines = f"POST {path} HTTP/1.1\r\nHost: {netloc}\r\n{fields}"
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{lines}{content}{body}".encode()


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
