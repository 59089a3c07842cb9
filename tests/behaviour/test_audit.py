"""The audit: one line for each call that may change state, however it ends."""

import asyncio
import hmac
import json
import re
import signal
import socket
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import anyio
import jsonschema
import pytest
import yaml
from exact_http import exactly
from prime import RUNS
from service import Package, Service, running

from naftiko_runtime.errors import Failure
from recording_upstream import accepting
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("audit.yaml")
SCHEMA = Path(__file__).parents[2] / "docs" / "audit.schema.json"
CALLS = 1000
AT_ONCE = 40
CREDENTIAL = "SECRET-of-clients"
AUTHORIZED = {"Authorization": f"Bearer {CREDENTIAL}"}
JSON = {"Content-Type": "application/json"}
PLAIN = {**JSON, "Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"}
# Clients that name the types in another order are served by the SDK.
OTHER = {**PLAIN, "Accept": "text/event-stream, application/json"}
MAY_HAVE = {"may_have_taken_effect"}


class Kind(NamedTuple):
    """A kind of calls.

    The upstream treats a request as `how` says. `outcomes` are those that the audit
    may have, with their reasons. None means that the call changes nothing, so it has
    no line.
    """

    way: str
    how: str
    outcomes: set[str] | None
    leaves: bool = False
    headers: dict[str, str] = AUTHORIZED
    is_valid: bool = True


WAYS = ("rest", "plain", "sdk", "steps")
RESOURCES = {"made": "things://made/", "got": "things://got/"}


def read_kinds() -> Iterator[Kind]:
    path = Path(__file__).with_name("audit_kinds.yaml")
    for row in yaml.safe_load(path.read_text("utf-8")):
        ways, outcomes = row.pop("ways"), row.pop("outcomes")
        for way in ways:
            yield Kind(way, outcomes=outcomes and {*outcomes}, **row)


KINDS = [*read_kinds()]


class Upstream:
    """An upstream that treats a request as its path says: `/things/HOW-NUMBER`."""

    def __init__(self) -> None:
        self.port = 0
        self.posts: Counter[str] = Counter()
        self._arrived: dict[str, asyncio.Event] = {}
        self._left: dict[str, asyncio.Event] = {}

    def arrival(self, name: str) -> asyncio.Event:
        """Return the event of the arrival of a request."""
        return self._arrived.setdefault(name, asyncio.Event())

    def departure(self, name: str) -> asyncio.Event:
        """Return the event of the leaving of its client."""
        return self._left.setdefault(name, asyncio.Event())

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._exchange(head.decode(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        method, target, _ = head.split(" ", 2)
        name = target.partition("?")[0].rpartition("/")[2]
        how = name.rpartition("-")[0]
        self.posts[name] += method == "POST"
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        self.arrival(name).set()
        if method == "GET":
            how = "stall" if how == "stall-first" else "ok"
        await self._answer(how, name, reader, writer)

    async def _answer(
        self,
        how: str,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        status, length = (int(how), 2) if how.isdigit() else (200, 2)
        coding = ""
        match how:
            case "close":
                raise ConnectionError
            case "stall":
                await reader.read()
                raise ConnectionError
            case "half":
                length = 100
            case "unreadable":
                status, coding = 422, "Content-Encoding: br\r\n"
            case "wait":
                await self.departure(name).wait()
            case _:
                pass
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{coding}"
        writer.write(f"{head}Content-Length: {length}\r\n\r\n{{}}".encode())
        await writer.drain()
        if how == "half":
            raise ConnectionError


def request_of(kind: Kind, name: str, service: Service) -> tuple[str, bytes]:
    """Return the URL and the bytes of a call, whose id is the name of the request."""
    secret = f"SECRET-{name}"
    body = json.dumps({"name": secret}).encode() if kind.is_valid else b"{"
    match kind.way:
        case "rest":
            method, url, path = "POST", service.url("rest"), f"/things/{name}"
        case "read":
            method, url, path = "GET", service.url("rest"), f"/things/{name}"
        case "steps":
            method, url, path = "GET", service.url("rest"), f"/steps/{name}"
        case "forward":
            method, url = "POST", service.url("rest")
            path = f"/all/things/{name}?q={secret}"
        case _:
            method, url, path = "POST", service.url("mcp"), "/mcp"
            valid: dict[str, Any] = {"id": name, "body": {"name": secret}}
            arguments = valid if kind.is_valid else {secret: secret}
            tool = "look" if kind.way == "look" else "make"
            params = {"name": tool, "arguments": arguments}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
            if scheme := RESOURCES.get(kind.way):
                message["method"], params = "resources/read", {"uri": scheme + name}
            body = json.dumps({**message, "params": params}).encode()
    types = {
        "plain": PLAIN,
        "look": PLAIN,
        "sdk": OTHER,
        **dict.fromkeys(RESOURCES, PLAIN),
    }
    fields = {
        "Host": urlsplit(url).netloc,
        "X-Request-Id": name,
        "Content-Length": str(len(body) if method == "POST" else 0),
        "Connection": "close",
        **types.get(kind.way, JSON),
        **kind.headers,
    }
    head = "".join(f"{field}: {value}\r\n" for field, value in fields.items())
    content = body if method == "POST" else b""
    return url, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


async def call(kind: Kind, name: str, service: Service, upstream: Upstream) -> bytes:
    """Make a call; return the response, or nothing if the client leaves before."""
    url, request = request_of(kind, name, service)
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(request)
        if not kind.leaves:
            return await reader.read()
        await upstream.arrival(name).wait()
        return b""
    finally:
        writer.transport.abort()
        upstream.departure(name).set()


async def calls(service: Service, upstream: Upstream) -> dict[str, Kind]:
    """Make all calls, some of them at once; return their kinds by name."""
    kinds = {
        f"{kind.how}-{number}": kind
        for number, kind in enumerate(islice(cycle(KINDS), CALLS))
    }
    room = anyio.CapacityLimiter(AT_ONCE)

    async def one(name: str, kind: Kind) -> None:
        async with room:
            await call(kind, name, service, upstream)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        for name, kind in kinds.items():
            group.create_task(one(name, kind))
    return kinds


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def lines_of(content: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in content.splitlines()]
    for line in lines:
        validator().validate(line)
    return lines


def sent_posts(line: dict[str, Any]) -> int:
    posts = (request for request in line["upstream"] if request["method"] == "POST")
    return sum(request["times_sent"] for request in posts)


def environment(address: str, audit: Path) -> dict[str, str]:
    return {
        "MY_KEY": "SECRET-key",
        "THINGS_BASE_URI": f"http://{address}",
        "AUDIT_TIMEOUT": "3",
        "AUDIT_AUDIT": str(audit),
        "AUDIT_AUDIT_KEY": "SECRET-of-digests",
        "AUDITED_REST_TOKEN": CREDENTIAL,
        "AUDITED_MCP_TOKEN": CREDENTIAL,
    }


@asynccontextmanager
async def auditing(
    package: Package, audit: Path, *arguments: str, **env: str
) -> AsyncIterator[tuple[Service, Upstream]]:
    upstream = Upstream()
    async with accepting(upstream.serve) as address:
        upstream.port = int(address.rpartition(":")[2])
        variables = environment(address, audit) | env
        with running(package, *arguments, **variables) as service:
            yield service, upstream


@pytest.mark.parametrize("arguments", [("json",), ("text", "--workers", "2")])
async def test_each_call_has_a_line(
    package: Package, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    audit = tmp_path / "audit"
    options = ("serve", "--log-level", "info", "--log-format", *arguments)
    async with auditing(package, audit, *options) as (service, upstream):
        kinds = await calls(service, upstream)
        service.signal(signal.SIGTERM)
        await asyncio.to_thread(service.end)
        output = service.output

    content = audit.read_text("utf-8")
    lines = {line["request_id"]: line for line in lines_of(content)}
    changing = {name for name, kind in kinds.items() if kind.outcomes is not None}
    assert len(content.splitlines()) == len(lines)
    assert lines.keys() == changing
    wrong = {
        (kinds[name].way, kinds[name].how, end)
        for name, line in lines.items()
        if (end := ": ".join(filter(None, (line["outcome"], line["reason"]))))
        not in (kinds[name].outcomes or ())
    }
    assert wrong == set()
    posts = {name: sent_posts(line) for name, line in lines.items()}
    assert Counter(posts) == Counter({n: upstream.posts[n] for n in posts})
    assert sum(posts.values()) == upstream.posts.total()
    assert "SECRET" not in content + output


def test_every_kind_of_failure_is_documented() -> None:
    kinds = set(Failure)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert kinds <= set(schema["properties"]["reason"]["enum"])
    page = SCHEMA.with_name("operating.md").read_text("utf-8")
    assert {kind for kind in kinds if f"`{kind}`" not in page} == set()


async def test_a_stop_leaves_a_line_for_each_call(
    package: Package, tmp_path: Path
) -> None:
    audit = tmp_path / "audit"
    kinds = {f"stall-{way}": Kind(way, "stall", MAY_HAVE) for way in (*WAYS, "forward")}
    async with (
        auditing(package, audit, AUDIT_TIMEOUT=str(PATIENCE)) as (service, upstream),
        asyncio.TaskGroup() as group,
    ):
        for name, kind in kinds.items():
            group.create_task(call(kind, name, service, upstream))
            while not upstream.posts[name]:
                await upstream.arrival(name).wait()
                upstream.arrival(name).clear()
        await asyncio.to_thread(stop_at_once, service)

    lines = lines_of(audit.read_text("utf-8"))
    ends = {(line["request_id"], line["outcome"], line["reason"]) for line in lines}
    assert len(lines) == len(kinds)
    assert ends == {(name, *MAY_HAVE, "cancelled") for name in kinds}
    assert {sent_posts(line) for line in lines} == {1}
    assert {line["operation"] for line in lines} >= {"POST /all/{path}"}


async def test_overload_refuses_calls_of_every_way(
    package: Package, tmp_path: Path
) -> None:
    audit = tmp_path / "audit"
    stalling = Kind("rest", "stall", MAY_HAVE)
    kinds = {f"ok-{way}": Kind(way, "ok", None) for way in (*WAYS, "forward", "made")}
    limits = {"AUDIT_TIMEOUT": str(PATIENCE), "AUDIT_MAX_CONCURRENCY": "1"}
    async with (
        auditing(package, audit, **limits) as (service, upstream),
        asyncio.TaskGroup() as group,
    ):
        group.create_task(call(stalling, "stall-1", service, upstream))
        await upstream.arrival("stall-1").wait()
        for name, kind in kinds.items():
            await call(kind, name, service, upstream)
        await asyncio.to_thread(stop_at_once, service)

    lines = {line["request_id"]: line for line in lines_of(audit.read_text("utf-8"))}
    ends = {name: (lines[name]["outcome"], lines[name]["reason"]) for name in kinds}
    assert ends == dict.fromkeys(kinds, ("refused", "unavailable"))


def stop_at_once(service: Service) -> None:
    """Interrupt a service, and once more when it has begun to stop."""
    place = urlsplit(service.url("rest"))
    service.signal(signal.SIGINT)
    eventually(lambda: not is_listening(place.hostname, place.port))
    service.signal(signal.SIGINT)
    service.end()


def is_listening(host: str | None, port: int | None) -> bool:
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError:
        return False
    return True


async def test_a_refused_message_isn_t_read(package: Package, tmp_path: Path) -> None:
    audit, outcome = tmp_path / "audit", Kind("made", "ok", {"done"})
    async with auditing(package, audit) as (service, upstream):
        await call(outcome, "ok-1", service, upstream)
        await call(outcome._replace(headers={}), "ok-2", service, upstream)
        exactly("GET", service.url("mcp").removesuffix("/mcp"), "/mcp")

    [read, unread] = lines_of(audit.read_text("utf-8"))
    assert read["operation"] == "resources/read things://made/{id}"
    assert read["caller"]["credential_hmac_sha256"] is not None
    assert unread["operation"] == "POST /mcp"
    assert unread["arguments_hmac_sha256"] is None
    assert (unread["outcome"], unread["status"]) == ("refused", 401)
    assert unread["caller"].pop("address") == "127.0.0.1"
    assert set(unread["caller"].values()) == {None}


async def test_a_line_tells_of_each_request(package: Package, tmp_path: Path) -> None:
    audit = tmp_path / "audit"
    async with auditing(package, audit) as (service, upstream):
        for way in ("plain", "sdk"):
            await call(Kind(way, "ok", {"done"}), f"ok-{way}", service, upstream)
        audit.rename(tmp_path / "before")
        await call(Kind("rest", "422", {"failed"}), "422-1", service, upstream)

    [plain, sdk] = lines_of((tmp_path / "before").read_text("utf-8"))
    [rest] = lines_of(audit.read_text("utf-8"))
    for line in (plain, sdk):
        arguments = {"body": {"name": f"SECRET-{line['request_id']}"}}
        arguments["id"] = line["request_id"]
        text = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
        key = b"SECRET-of-digests"
        digest = hmac.new(key, text.encode(), "sha256").hexdigest()
        assert line["arguments_hmac_sha256"] == digest
        assert line["operation"] == "tools/call make"
        assert line["caller"]["address"] == "127.0.0.1"
    assert rest["operation"] == "POST /things/{id}"
    [request] = rest["upstream"]
    assert (request["host"], request["method"], request["status"]) == (
        "127.0.0.1",
        "POST",
        422,
    )
    assert request["port"] == upstream.port
    assert request["bytes_sent"] > len("SECRET") < request["bytes_received"]
    assert stat.S_IMODE(audit.stat().st_mode) == 0o600


async def test_a_full_disk_stops_no_call(package: Package) -> None:
    async with auditing(package, Path("/dev/full")) as (service, upstream):
        for number in range(2):
            kind = Kind("rest", "ok", {"done"})
            answer = await call(kind, f"ok-{number}", service, upstream)
            assert answer.startswith(b"HTTP/1.1 200 ")
    assert upstream.posts.total() == 2
    fault = "a line of the audit could not be written: No space left on device"
    assert service.output.count(f":{fault}") == 1
    assert f"1 more: {fault}" in service.output


def test_an_audit_that_can_t_begin_ends_the_start(
    package: Package, tmp_path: Path
) -> None:
    env = environment("127.0.0.1:9", tmp_path / "none" / "SECRET")
    process = package.run("serve", **package.free_ports(), **env)

    assert process.returncode == 1
    fault = "can't write the audit to its file: No such file or directory"
    assert process.stderr == f"audit: {fault}; name another with --audit FILE\n"


def test_standard_error_has_the_lines_of_the_audit(training: Package) -> None:
    options = ("rest", "--mock", "--audit", "stderr", "--log-format", "json")
    with running(training, *options) as service:
        for method in ("DELETE", "GET"):
            exactly(method, service.url("rest"), f"{RUNS}/SECRET")
    [line] = [line for line in service.output.splitlines() if '"schema"' in line]

    [entry] = lines_of(line)
    assert entry["operation"] == f"DELETE {RUNS}/{{run_id}}"
    assert entry["outcome"] == "done"
    assert entry["arguments_hmac_sha256"] is None
    assert "SECRET" not in service.output
