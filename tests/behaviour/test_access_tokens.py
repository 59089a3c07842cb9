"""Access tokens of clients: which ones are valid, and how keys are fetched."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from authorization_server import (
    AUDIENCE,
    SCOPES,
    AuthorizationServer,
    Issuer,
)
from client_requests import Attempt, Way, call, send
from service import Package, Service, running

from recording_upstream import RecordingUpstream, recording
from waiting import eventually

Make = Callable[[Issuer], str]


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
def service(package: Package, issuer: Issuer, address: str) -> Iterator[Service]:
    with running(package, **variables(issuer.server, address)) as service:
        yield service


@asynccontextmanager
async def beside(
    server: AuthorizationServer, package: Package, address: str, path: str = ""
) -> AsyncIterator[Service]:
    """Run the package with an authorization server of its own."""
    async with recording(server) as own:
        server.issuer = f"http://{own}{path}"
        env = variables(server, address)
        env["CLIENTS_ISSUER"] = env["CLIENTS_ISSUER"].rstrip("/")
        with running(package, **env) as service:
            yield service


async def test_without_keys_no_token_can_be_checked(
    package: Package, issuer: Issuer, address: str, upstream: RecordingUpstream
) -> None:
    server = AuthorizationServer(issuer.server.keys, failure=500)
    async with beside(server, package, address) as service:
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
    path: str, package: Package, issuer: Issuer, address: str
) -> None:
    server = RealmServer(issuer.server.keys, path=path)
    async with beside(server, package, address, "/realms/shop") as service:
        token = bearer(server.token(issuer.rsa))
        answer = await call(service, "tokens", Way.REST, token)
    assert answer.statuses == [200]


@pytest.mark.parametrize("issuer_said", ["http://other.example.com", None, 1, "/"])
async def test_metadata_of_another_issuer_is_not_used(
    issuer_said: object, package: Package, issuer: Issuer, address: str
) -> None:
    """The log names one that differs by a slash."""

    class Liar(AuthorizationServer):
        def answer_to(self, request: Any, /) -> Any:
            answer = super().answer_to(request)
            document = json.loads(answer.body)
            if "issuer" in document and issuer_said != "/":
                body = json.dumps({**document, "issuer": issuer_said}).encode()
                return type(answer)(body)
            return answer

    server = Liar(issuer.server.keys)
    path = "/" if issuer_said == "/" else ""
    async with beside(server, package, address, path) as service:
        token = bearer(server.token(issuer.rsa))
        answer = await call(service, "tokens", Way.REST, token)
        line = f"the authorization server calls itself {server.issuer}"
        eventually(lambda: line in service.output or not path)
    assert answer.statuses == [503]
    assert server.fetches == 0


def variables(issuer: AuthorizationServer, address: str) -> dict[str, str]:
    return {
        **OTHERS,
        "CLIENTS_ISSUER": issuer.issuer,
        "API_BASE_URI": f"http://{address}",
        "UPSTREAM_SECRET": "of-the-upstream",
    }


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


class RealmServer(AuthorizationServer):
    """A server whose issuer has a path, which the URL of its keys has as well."""

    def answer_to(self, request: Any, /) -> Any:
        if request.target == "/realms/shop/keys":
            request = type(request)("GET", "/keys", request.fields, b"")
        return super().answer_to(request)
