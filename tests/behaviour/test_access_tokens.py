"""Access tokens of clients: which ones are valid, and how keys are fetched."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from authorization_server import (
    AUDIENCE,
    SCOPES,
    AuthorizationServer,
    Issuer,
    Signer,
    ec_signer,
    rsa_signer,
)
from client_requests import Attempt, Way, call, send, write_call
from service import Package, Service, running

from recording_upstream import RecordingUpstream, recording
from waiting import eventually

Make = Callable[[Issuer], str]

pytestmark = pytest.mark.anyio

SPEC = Path(__file__).with_name("clients.yaml")
OTHERS = dict.fromkeys(("CLIENTS_TOKEN", "CLIENTS_KEY", "CLIENTS_PASSWORD"), "other")
METADATA_URL = "https://shop.example.com/.well-known/oauth-protected-resource/mcp"


VALID: dict[str, Make] = {
    "RS256": lambda it: it.token(),
    "PS512": lambda it: it.token(it.pss),
    "ES256": lambda it: it.token(it.ec),
    "EdDSA": lambda it: it.token(it.ed),
    "a list of audiences": lambda it: it.token(aud=["x", AUDIENCE]),
    "further scopes": lambda it: it.token(scope=f"openid {SCOPES} x"),
    "a list of scopes": lambda it: it.token(scope=None, scp=SCOPES.split()),
    "a start in the past": lambda it: it.token(nbf=1),
    "the type of RFC 9068": lambda it: it.token(headers={"typ": "at+jwt"}),
    "no name of its key, but one that fits": lambda it: it.token(
        it.ec, headers={"kid": None}
    ),
}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    server = AuthorizationServer()
    async with recording(server) as address:
        server.issuer = f"http://{address}"
        yield Issuer(server)


def variables(issuer: AuthorizationServer, address: str) -> dict[str, str]:
    return {
        **OTHERS,
        "CLIENTS_ISSUER": issuer.issuer,
        "API_BASE_URI": f"http://{address}",
        "UPSTREAM_SECRET": "of-the-upstream",
    }


@pytest.fixture(scope="module")
async def service(
    package: Package, issuer: Issuer, address: str
) -> AsyncIterator[Service]:
    with running(package, **variables(issuer.server, address)) as service:
        yield service


def bearer(token: str) -> Attempt:
    return Attempt((("Authorization", f"Bearer {token}"),))


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("name", VALID)
async def test_a_valid_token_is_accepted(
    name: str, way: Way, service: Service, issuer: Issuer, upstream: RecordingUpstream
) -> None:
    token = VALID[name](issuer)

    answer = await call(service, "tokens", way, bearer(token))

    assert answer.statuses == [200], answer.content
    request = upstream.only
    assert request.field("Authorization") == "Bearer of-the-upstream"
    assert token not in f"{request.target} {request.fields}"


@pytest.mark.parametrize("way", Way)
async def test_a_client_without_a_token_learns_where_to_get_one(
    way: Way, service: Service, issuer: Issuer
) -> None:
    answer = await call(service, "tokens", way, Attempt())

    assert answer.statuses == [401]
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer realm=")
    assert "error=" not in challenge
    assert (f'resource_metadata="{METADATA_URL}"' in challenge) == (way is not Way.REST)


@pytest.mark.parametrize("suffix", ["", "/mcp"])
async def test_any_client_may_read_the_metadata_of_an_mcp_server(
    suffix: str, service: Service, issuer: Issuer
) -> None:
    target = f"/.well-known/oauth-protected-resource{suffix}"
    url = service.url("tokens-mcp")

    answer = await send(url, "GET", target, (), b"")

    assert answer.statuses == [200]
    assert answer.problem == {
        "resource": AUDIENCE,
        "authorization_servers": [issuer.server.issuer],
        "scopes_supported": SCOPES.split(),
        "bearer_methods_supported": ["header"],
    }
    assert (await send(url, "POST", target, (), b"")).statuses == [405]
    rest = await send(service.url("tokens-rest"), "GET", target, (), b"")
    assert rest.statuses == [401]


@pytest.mark.parametrize("kind", ["rest", "mcp"])
async def test_a_thousand_clients_share_one_fetch(
    kind: str,
    package: Package,
    issuer: Issuer,
    address: str,
    upstream: RecordingUpstream,
) -> None:
    ways = [way for way in Way if way.kind == kind]
    server = AuthorizationServer(issuer.server.keys)
    async with recording(server) as own:
        server.issuer = f"http://{own}"
        token = bearer(server.token(issuer.rsa))
        with running(package, **variables(server, address)) as service:
            url = service.url(f"tokens-{kind}")
            requests = [b"".join(write_call(url, way, token)) for way in ways]
            server.gate.clear()
            async with anyio.create_task_group() as tasks:
                statuses: list[bytes] = []
                for request in requests * (1000 // len(ways)):
                    tasks.start_soon(ask_for_status, url, request, statuses)
                await server.arrived.wait()
                server.gate.set()

    assert statuses == [b"200"] * 1000
    assert server.fetches == 1
    assert len(upstream.requests) == 1000


async def ask_for_status(url: str, request: bytes, statuses: list[bytes]) -> None:
    """Send a request on a connection of its own, and keep the status."""
    where = urlsplit(url)
    async with await anyio.connect_tcp(str(where.hostname), where.port or 0) as stream:
        await stream.send(request)
        statuses.append((await stream.receive())[9:12])


async def test_a_rotated_key_is_fetched(
    package: Package, issuer: Issuer, address: str, upstream: RecordingUpstream
) -> None:
    old, new = rsa_signer("old"), ec_signer("new")
    server = AuthorizationServer([old.public])
    async with recording(server) as own:
        server.issuer = f"http://{own}"
        with running(package, **variables(server, address)) as service:

            async def status(signer: Signer) -> int:
                attempt = bearer(server.token(signer))
                [status] = (await call(service, "tokens", Way.REST, attempt)).statuses
                return status

            assert await status(old) == 200
            server.keys = [new.public]
            assert await status(old) == 200
            assert server.fetches == 1
            assert await status(new) == 200
            assert await status(old) == 401
            assert server.fetches == 2


async def test_without_keys_no_token_can_be_checked(
    package: Package, issuer: Issuer, address: str, upstream: RecordingUpstream
) -> None:
    server = AuthorizationServer(issuer.server.keys, failure=500)
    async with recording(server) as own:
        server.issuer = f"http://{own}"
        with running(package, **variables(server, address)) as service:
            token = bearer(server.token(issuer.rsa))
            answers = [await call(service, "tokens", way, token) for way in Way]
            invalid = await call(service, "tokens", Way.REST, bearer("opaque"))

    assert {answer.statuses[0] for answer in answers} == {503}
    assert answers[0].headers["retry-after"] == "10"
    assert invalid.statuses == [401]
    assert upstream.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server/realms/shop",
        "/.well-known/openid-configuration/realms/shop",
        "/realms/shop/.well-known/openid-configuration",
        "/realms/shop/.well-known/oauth-authorization-server",
    ],
)
async def test_the_metadata_of_an_issuer_is_found(
    path: str,
    package: Package,
    issuer: Issuer,
    address: str,
    upstream: RecordingUpstream,
) -> None:
    server = RealmServer(issuer.server.keys, path=path)
    async with recording(server) as own:
        server.issuer = f"http://{own}/realms/shop"
        with running(package, **variables(server, address)) as service:
            token = bearer(server.token(issuer.rsa))
            answer = await call(service, "tokens", Way.REST, token)

    assert answer.statuses == [200]


class RealmServer(AuthorizationServer):
    """A server whose issuer has a path, which the URL of its keys has as well."""

    def answer_to(self, request: Any, /) -> Any:
        if request.target == "/realms/shop/keys":
            request = type(request)("GET", "/keys", request.fields, b"")
        return super().answer_to(request)


@pytest.mark.parametrize("issuer_said", ["http://other.example.com", None, 1])
async def test_metadata_of_another_issuer_is_not_used(
    issuer_said: object,
    package: Package,
    issuer: Issuer,
    address: str,
    upstream: RecordingUpstream,
) -> None:
    class Liar(AuthorizationServer):
        def answer_to(self, request: Any, /) -> Any:
            answer = super().answer_to(request)
            document = json.loads(answer.body)
            if "issuer" in document:
                body = json.dumps({**document, "issuer": issuer_said}).encode()
                return type(answer)(body)
            return answer

    server = Liar(issuer.server.keys)
    async with recording(server) as own:
        server.issuer = f"http://{own}"
        with running(package, **variables(server, address)) as service:
            token = bearer(server.token(issuer.rsa))
            answer = await call(service, "tokens", Way.REST, token)

    assert answer.statuses == [503]
    assert server.fetches == 0


async def test_the_log_names_an_issuer_that_differs_by_a_slash(
    package: Package, issuer: Issuer, address: str
) -> None:
    server = AuthorizationServer(issuer.server.keys)
    async with recording(server) as own:
        server.issuer = f"http://{own}/"
        env = {**variables(server, address), "CLIENTS_ISSUER": f"http://{own}"}
        with running(package, **env) as service:
            token = bearer(server.token(issuer.rsa))
            answer = await call(service, "tokens", Way.REST, token)
            line = f"the authorization server calls itself http://{own}/"
            eventually(lambda: line in service.output)

    assert answer.statuses == [503]
