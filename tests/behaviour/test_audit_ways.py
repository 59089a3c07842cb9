"""Lines of the audit where more than the call's own request goes upstream."""

import asyncio
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service import Package, running

from certificates import Certificates
from recording_upstream import (
    Answer,
    Received,
    RecordingUpstream,
    recording,
    tunnelling,
)
from waiting import PATIENCE

SPEC = Path(__file__).with_name("ways.yaml")
NAMESPACES = ("PLAIN", "CHALLENGED", "GRANTED")
CHALLENGE = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
LARGE = {"text": "x" * (4_000_000 - 100)}


class Demanding(RecordingUpstream):
    """An upstream that asks for Digest unless it gets another credential."""

    def __init__(self, *, asks: bool = False) -> None:
        super().__init__()
        self._asks = asks

    def answer_to(self, request: Received, /) -> Answer:
        if request.target == "/token":
            return Answer(b'{"access_token": "abcdefgh", "expires_in": 3600}')
        if self._asks and not request.field("Authorization"):
            return Answer(fields=(("WWW-Authenticate", CHALLENGE),), status=401)
        return Answer()


async def lines_after(
    package: Package, tmp_path: Path, root: str, *paths: str, **env: str
) -> list[dict[str, Any]]:
    """Post to paths one after the other; return the lines of the audit."""
    audit = tmp_path / "audit"
    addresses = {f"{name}_BASE_URI": root for name in NAMESPACES}
    own = {"MY_KEY": "SECRET", "MY_TOKEN_URL": f"{root}/token"}
    with running(package, WAYS_AUDIT=str(audit), **addresses, **own, **env) as service:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for path in paths:
                await client.post(service.url("rest") + path, json=LARGE)
    return [json.loads(line) for line in audit.read_text("utf-8").splitlines()]


def outcome_and_times(line: dict[str, Any]) -> tuple[str, int]:
    [upstream] = line["upstream"]
    return line["outcome"], upstream["times_sent"]


async def test_a_challenge_lets_a_request_be_sent_twice(
    package: Package, tmp_path: Path
) -> None:
    upstream = Demanding(asks=True)
    async with recording(upstream) as address:
        root, paths = f"http://{address}", ["/challenged"] * 2
        lines = await lines_after(package, tmp_path, root, *paths)

    # The second call answers the challenge of the first.
    assert [outcome_and_times(line) for line in lines] == [("done", 2), ("done", 1)]
    assert len(upstream.requests) == 3


async def test_a_fetched_token_is_no_request_of_the_call(
    package: Package, tmp_path: Path
) -> None:
    upstream = Demanding()
    async with recording(upstream) as address:
        [line] = await lines_after(package, tmp_path, f"http://{address}", "/granted")

    assert outcome_and_times(line) == ("done", 1)
    assert [request.target for request in upstream.requests] == ["/token", "/things"]


async def test_a_tunnel_is_no_sending_of_a_request(
    package: Package, tmp_path: Path
) -> None:
    upstream, tls = Demanding(), Certificates(tmp_path).server_context("localhost")
    tls.verify_mode = ssl.CERT_NONE
    env = {"WAYS_TRUST_ENV": "1", "SSL_CERT_FILE": str(tmp_path / "authority.pem")}
    async with (
        recording(upstream, tls) as address,
        tunnelling(address) as (proxy, heads),
    ):
        env["HTTPS_PROXY"] = f"http://{proxy}"
        root = "https://localhost:443"
        [line] = await lines_after(package, tmp_path, root, "/plain", **env)

    assert outcome_and_times(line) == ("done", 1)
    [head] = heads
    assert head.startswith("CONNECT localhost:443 HTTP/1.1\r\n")
    assert [request.method for request in upstream.requests] == ["POST"]


@pytest.mark.parametrize("path", ["/plain", "/all/things"])
async def test_a_body_that_is_sent_too_slowly_may_have_had_an_effect(
    package: Package, tmp_path: Path, path: str
) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await end.wait()
        writer.close()

    end, listener = asyncio.Event(), socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listener)
    async with server:
        root = f"http://127.0.0.1:{listener.getsockname()[1]}"
        [line] = await lines_after(package, tmp_path, root, path, WAYS_TIMEOUT="1")
        end.set()
        server.close()

    assert (line["reason"], line["status"]) == ("timeout_sending", 504)
    assert (
        outcome_and_times(line)
        == ("may_have_taken_effect", len(heads))
        == (line["outcome"], 1)
    )
