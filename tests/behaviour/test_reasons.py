"""The reasons of failed calls in the log: each fault of an upstream, on each way."""

import asyncio
import re
import signal
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from service import Package, running

from certificates import Certificates
from recording_upstream import Serve, accepting
from waiting import PATIENCE

SPEC = Path(__file__).with_name("failed_calls.yaml")
PATHS = ["/things/SECRET-path", "/all/SECRET-path?q=SECRET", "/steps/SECRET-path"]
LINE = re.compile(
    r"^\S+Z WARNING:failed-calls:[\w.]+:(.*?)(?: \[\w{32}\])?$", re.MULTILINE
)
KIND = re.compile(r'^naftiko_http_client_total\{.*error_type="(\w+)"', re.MULTILINE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


def sending(answer: bytes, *, resets: bool = False, waits: bool = False) -> Serve:
    """Return how an upstream answers one request: part of an answer, then the fault."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if waits:
            await reader.read()
        if resets:
            now = struct.pack("ii", 1, 0)
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.close()

    return serve


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer without reading, though the client speaks TLS."""
    await reader.read(1)
    writer.write(FORBIDDEN)
    writer.close()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept a connection, and write nothing."""
    await reader.read()
    writer.close()


BROKEN = "a call of {} failed: 502, the upstream API broke the connection"
UNREACHABLE = "a call of {} failed: 502, the upstream API could not be reached"
LATE = "a call of {} failed: 504, the upstream API did not answer in time"
STEPS = "; some steps may be done"
WAITED = "while its answer was awaited"
READ = "while its answer was read"
MALFORMED = "the answer was cut off or malformed"
FAULTS = [
    (sending(b""), f"{BROKEN} (it was closed {WAITED})", "connection_closed"),
    (
        sending(b"", resets=True),
        f"{BROKEN} (Connection reset by peer {WAITED})",
        "connection_reset",
    ),
    (
        sending(b"nonsense\r\n\r\n"),
        f"{BROKEN} ({MALFORMED} {WAITED})",
        "malformed_response",
    ),
    (sending(HEAD), f"{BROKEN} ({MALFORMED} {READ})", "malformed_response"),
    (
        sending(HEAD, resets=True),
        f"{BROKEN} ({MALFORMED} {READ})",
        "malformed_response",
    ),
]
STALLS = [
    (sending(b"", waits=True), WAITED, "timeout_awaiting", PATHS[:2]),
    (sending(HEAD, waits=True), READ, "timeout_reading", PATHS[:1]),
]


async def warnings_of(
    package: Package, root: str, paths: Sequence[str], *kinds: str, **env: str
) -> list[str]:
    """Call routes one after the other; return the warnings in the log.

    The metrics have failed requests of these kinds, and no others.
    """
    env = {
        "MY_KEY": "SECRET-key",
        "ENDPOINT": f"{root}/token",
        "THINGS_BASE_URI": root,
        "GRANTED_BASE_URI": root,
        "FAILED_CALLS_TIMEOUT": str(PATIENCE),
        "FAILED_CALLS_CONTROL_PORT": "0",
        **env,
    }
    with running(package, **env) as service:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for path in paths:
                # A forwarded answer may end in the middle.
                with suppress(httpx2.RemoteProtocolError):
                    answer = await client.get(service.url("rest") + path)
                    assert answer.status_code in (502, 504)
                    assert "SECRET" not in answer.text
            scrape = (await client.get(f"{service.url('control')}/metrics")).text
            assert set(KIND.findall(scrape)) == set(kinds)
        service.signal(signal.SIGTERM)
        await asyncio.to_thread(service.end)
        assert "SECRET" not in service.output
        matches = LINE.findall(service.output)
    return [str(line) for line in matches if " of " in line]


@pytest.mark.parametrize(("script", "line", "kind"), FAULTS)
async def test_faults(package: Package, script: Serve, line: str, kind: str) -> None:
    async with accepting(script) as address:
        warnings = await warnings_of(package, f"http://{address}", PATHS[:1], kind)
        others = await warnings_of(package, f"http://{address}", PATHS, kind)

    message = line.format(address)
    assert warnings == [message]
    # A forwarded answer has begun when its body breaks off.
    broken_off = f"a response of {address} to a GET broke off"
    repeats = [line for line in others if not line.startswith(broken_off)]
    assert repeats[0] == message
    assert repeats[1] in (f"1 more: {message}", f"2 more: {message}")
    assert len(others) == (2 if len(repeats) == 2 and "2 more" in repeats[1] else 3)


@pytest.mark.parametrize(("script", "phase", "kind", "paths"), STALLS)
async def test_stalls(
    package: Package, script: Serve, phase: str, kind: str, paths: Sequence[str]
) -> None:
    hasty = {"FAILED_CALLS_TIMEOUT": "1"}
    async with accepting(script) as address:
        root = f"http://{address}"
        [plain, *more] = await warnings_of(package, root, paths, kind, **hasty)
        [steps] = await warnings_of(package, root, PATHS[2:], kind, **hasty)

    late = LATE.format(address)
    assert plain == f"{late} ({phase})"
    assert more == [f"1 more: {plain}"] * (len(paths) - 1)
    message = f"a call of {address} ({phase}) failed: 504"
    assert steps in (
        f"{message}, the upstream APIs did not answer in time{STEPS}",
        plain,
    )


async def test_a_silent_partner_of_tls(package: Package) -> None:
    kind, hasty = "timeout_connecting", {"FAILED_CALLS_TIMEOUT": "1"}
    async with accepting(mute) as address:
        root = f"https://{address}"
        [line] = await warnings_of(package, root, PATHS[:1], kind, **hasty)

    assert line == f"{LATE.format(address)} (while connecting)"


async def test_certificates_and_protocols(package: Package, tmp_path: Path) -> None:
    tls = Certificates(tmp_path).open_context()
    async with accepting(sending(OK), tls) as strange:
        root = f"https://{strange}"
        [warning] = await warnings_of(package, root, PATHS[:1], "certificate")
        [renamed_host] = await warnings_of(
            package,
            f"https://{strange.replace('127.0.0.1', 'localhost')}",
            PATHS[:1],
            "certificate",
            SSL_CERT_FILE=str(tmp_path / "authority.pem"),
        )
        async with accepting(plain) as no_tls:
            root = f"https://{no_tls}"
            [other] = await warnings_of(package, root, PATHS[:1], "tls")

    fault = "its certificate isn't accepted"
    assert warning.startswith(f"{UNREACHABLE.format(strange)} ({fault}: self-signed")
    assert "Hostname mismatch" in renamed_host
    assert f"({fault}: " in renamed_host
    assert other.startswith(f"{UNREACHABLE.format(no_tls)} (TLS failed: ")


async def test_names_and_ports(package: Package) -> None:
    nowhere, nobody = "http://things.invalid", "http://127.0.0.1:9"
    [nameless] = await warnings_of(package, nowhere, PATHS[:1], "dns")
    [warning, more] = await warnings_of(
        package, nobody, PATHS[:2], "connection_refused"
    )

    unreachable = UNREACHABLE.format("things.invalid")
    assert nameless == f"{unreachable} (its name can't be looked up)"
    assert warning == f"{UNREACHABLE.format('127.0.0.1:9')} (Connection refused)"
    assert more == f"1 more: {warning}"


async def test_proxies(package: Package) -> None:
    root = "https://things.example"
    trusting = {"FAILED_CALLS_TRUST_ENV": "1"}
    async with accepting(sending(FORBIDDEN)) as proxy:
        between = {"HTTPS_PROXY": f"http://{proxy}", **trusting}
        [proxy_refusal] = await warnings_of(
            package, root, PATHS[:1], "proxy", **between
        )
    nobody = {"HTTPS_PROXY": "http://127.0.0.1:9", **trusting}
    [warning] = await warnings_of(package, root, PATHS[:1], "proxy", **nobody)

    unreachable = UNREACHABLE.format("things.example")
    assert proxy_refusal == f"{unreachable} (its proxy answered with the status 403)"
    assert warning == f"{unreachable} (its proxy: Connection refused)"


async def test_authorization_servers(package: Package) -> None:
    server = "the authorization server of the upstream API"
    nobody = "http://127.0.0.1:9"
    [fetch, call] = await warnings_of(
        package, nobody, ["/granted"], "connection_refused"
    )

    unreachable = f"failed: 502, {server} could not be reached"
    assert fetch == f"a call of 127.0.0.1:9 {unreachable} (Connection refused)"
    assert call == f"a call of 127.0.0.1:9 {unreachable}"
