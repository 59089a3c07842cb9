"""Every route and tool sends what another reading of the document expects."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from mcp import Client
from published import Made, Published, compilable, each, made, needs_the_corpus
from reading import Exchange, Expected, Reader, canon
from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

pytestmark = needs_the_corpus

OURS = {"accept", "accept-encoding", "user-agent", "content-type", "content-length"}
ANSWER = (200, ((b"content-type", b"application/json"),), b'{"answer": 42}')


class Upstream:
    """A transport that remembers what it was given."""

    def __init__(self, reply: Callable[..., Any]) -> None:
        self.requests: list[tuple[str, str, Any, bytes | None]] = []
        self._reply = reply

    async def __call__(
        self,
        method: str,
        url: str,
        headers: Any,
        body: bytes | None,
        *_: Any,
        **__: Any,
    ) -> Any:
        self.requests.append((method, url, headers, body))
        return self._reply(*ANSWER)


class Package:
    """A package that is imported, with settings, and an upstream in its place."""

    def __init__(self, project: Made, variables: dict[str, str]) -> None:
        self._name = project.module
        self._directory = project.project / self._name
        self.root = importlib.import_module(self._name)
        self.upstream = Upstream(self.root.Reply)
        self._settings = self.root.Settings.from_env(variables)

    def connect(self) -> Any:
        return self.root.connect(self._settings, self.upstream)

    def modules(self, start: str) -> list[ModuleType]:
        found = sorted(self._directory.glob(f"{start}*.py"))
        return [importlib.import_module(f"{self._name}.{p.stem}") for p in found]


@each(compilable())
def test_every_unit_sends_what_the_document_says(
    document: Published, packages: Path
) -> None:
    reader = Reader(document.path)
    exchanges = list(reader.exchanges())
    assert any(one.expected for one in exchanges)
    with imported(made(document, packages), reader.variables) as package:
        faults = [*called_by_rest(package, exchanges)]
        faults += asyncio.run(called_by_mcp(package, exchanges))
    assert not faults, "\n".join(faults)


@contextmanager
def imported(project: Made, variables: dict[str, str]) -> Iterator[Package]:
    sys.path.insert(0, str(project.project))
    try:
        yield Package(project, variables)
    finally:
        sys.path.remove(str(project.project))


def called_by_rest(package: Package, exchanges: list[Exchange]) -> Iterator[str]:
    routes = [one for one in exchanges if one.unit.partition(" ")[2]]
    for module in package.modules("rest"):
        with TestClient(module.create_app(package.connect)) as client:
            for one in filter(lambda one: one.expected, routes):
                method, route = one.unit.split(" ", 1)
                package.upstream.requests.clear()
                answer = client.request(
                    method,
                    one.path or route,
                    params=urlencode(one.query),
                    headers=one.headers,
                    json=one.body,
                )
                yield from judged(one, answer.status_code == 200, answer.text, package)


async def called_by_mcp(package: Package, exchanges: list[Exchange]) -> list[str]:
    faults: list[str] = []
    uncalled = {one.unit for one in exchanges if one.expected and " " not in one.unit}
    for module in package.modules("mcp_"):
        tools = {one.unit: one for one in of_server(module, exchanges)}
        async with Client(module.create_server(package.connect)) as client:
            for tool in (await client.list_tools()).tools:
                one = tools.get(tool.name)
                if one is None or one.expected is None:
                    continue
                uncalled.discard(one.unit)
                package.upstream.requests.clear()
                arguments = named(one.arguments, tool.input_schema["properties"])
                result = await client.call_tool(tool.name, arguments)
                text = str(result.content)
                faults += judged(one, not result.is_error, text, package)
    return [*faults, *(f"{unit}: there is no such tool" for unit in sorted(uncalled))]


def of_server(module: ModuleType, exchanges: list[Exchange]) -> Iterator[Exchange]:
    """Yield the tool calls of a server, which is named if there are several."""
    name = module.__name__.rpartition(".")[2]
    for one in exchanges:
        own = "mcp_" + one.adapter.replace("-", "_")
        if " " not in one.unit and name in ("mcp_server", own):
            yield one


def named(arguments: dict[str, Any], known: Any) -> dict[str, Any]:
    """Name arguments as a schema does, which has fewer characters than the wire."""
    aliases = {canon(name): name for name in known}
    return {aliases.get(canon(name), name): v for name, v in arguments.items()}


def judged(
    one: Exchange, answered: bool, answer: str, package: Package
) -> Iterator[str]:
    assert one.expected is not None
    if not answered or len(package.upstream.requests) != 1:
        yield f"{one.unit}: {answer[:300]} to {one.arguments or one}"
        return
    for fault in differences(one.expected, *package.upstream.requests[0]):
        yield f"{one.unit}: {fault}"


def differences(
    expected: Expected, method: str, url: str, headers: Any, body: bytes | None
) -> Iterator[str]:
    address, _, query = url.partition("?")
    if (method, segments(address)) != (expected.method, segments(expected.url)):
        yield f"{method} {address}, not {expected.method} {expected.url}"
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    if pairs != sorted(expected.query):
        yield f"the query {pairs}, not {sorted(expected.query)}"
    given = {name.lower(): value for name, value in headers}
    if len(given) != len(headers):
        yield f"a header twice: {headers}"
    for name, pattern in expected.headers.items():
        if not re.fullmatch(pattern, given.get(name, "")):
            yield f"{name}: {given.get(name)}, not {pattern}"
    for name in given.keys() - expected.headers.keys() - OURS:
        yield f"a header {name}: {given[name]}"
    sent = content(given.get("content-type"), body) if body else None
    if sent != expected.body:
        yield f"the body {sent}, not {expected.body}"


def content(media_type: str | None, body: bytes) -> Any:
    """Return the value of JSON, or the pairs of a form."""
    if media_type == "application/x-www-form-urlencoded":
        return parse_qsl(body.decode(), keep_blank_values=True)
    return json.loads(body)


def segments(address: str) -> list[str]:
    parts = urlsplit(address)
    return [parts.scheme, parts.netloc, *map(unquote, parts.path.split("/"))]


def test_nearly_all_units_are_read() -> None:
    readers = [Reader(document.path) for document in compilable()]
    read = [one for reader in readers for one in reader.exchanges()]
    assert sum(one.expected is not None for one in read) > 0.82 * len(read)
