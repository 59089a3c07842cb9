"""Clients of adapters: which ones are let in, by every way to the upstream."""

import hmac
import json
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from client_requests import Attempt, Way, call, send
from refused_clients import (
    KEY,
    PAIR,
    PASSWORD,
    SECRETS,
    TOKEN,
    UPSTREAM,
    authorization,
    key,
)
from service import Package, Service, running

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

SPEC = Path(__file__).with_name("clients.yaml")
ISSUER = {"CLIENTS_ISSUER": "http://127.0.0.1:9"}
VARIABLES = {**SECRETS, **ISSUER, "UPSTREAM_SECRET": UPSTREAM}
GUARDS = ("bearer", "header", "query", "cookie", "basic", "digest")
ALLOWED = {
    "bearer": {
        "the token": authorization(f"Bearer {TOKEN}"),
        "a scheme in lower case": authorization(f"bearer {TOKEN}"),
        "a scheme in upper case": authorization(f"BEARER {TOKEN}"),
        "several spaces": authorization(f"Bearer   {TOKEN}"),
        "white space at the end": authorization(f"Bearer {TOKEN} \t"),
        "a header name in lower case": key(f"Bearer {TOKEN}", name="authorization"),
    },
    "header": {
        "the key": key(KEY),
        "a header name in lower case": key(KEY, name="x-key"),
        "another credential beside it": Attempt(
            (("X-Key", KEY), ("Authorization", "Bearer of-somebody-else"))
        ),
    },
    "query": {
        "the key": Attempt(query="?api%20key=key%2Bof/clients"),
        "a plus as a space": Attempt(query="?api+key=key%2bof%2fclients"),
        "among others": Attempt(query="?&api%20key=key%2Bof/clients&"),
    },
    "cookie": {
        "the key": key(f"session={KEY}", name="Cookie"),
        "among others": key(f"a=b; session={KEY};c=d", name="Cookie"),
    },
    "basic": {
        "the pair": authorization(f"Basic {PAIR}"),
        "a scheme in lower case": authorization(f"basic {PAIR}"),
    },
}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("guard", "name"), [(guard, name) for guard in ALLOWED for name in ALLOWED[guard]]
)
async def test_a_client_with_the_secret_is_let_in(
    guard: str, name: str, way: Way, service: Service, upstream: RecordingUpstream
) -> None:
    answer = await call(service, guard, way, ALLOWED[guard][name])

    assert answer.statuses == [200], answer.content
    request = upstream.only
    assert request.field("Authorization") == f"Bearer {UPSTREAM}"
    text = f"{request.target} {request.fields}"
    assert not any(secret in text for secret in (TOKEN, KEY, "of/clients", PAIR))
    assert request.field("Cookie") is None


@pytest.mark.parametrize("kind", ["rest", "mcp"])
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("target", ["/", "/openapi.json", "/mcp", "/none", "//things"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND"])
async def test_every_path_and_method_is_guarded(
    method: str, target: str, guard: str, kind: str, service: Service
) -> None:
    url = service.url(f"{guard}-{kind}")

    answer = await send(url, method, target, (), b"")

    assert answer.statuses == [401]


async def test_a_client_is_refused_before_its_body_comes(service: Service) -> None:
    fields = (("Content-Type", "application/json"), ("Content-Length", "1000"))
    url = service.url("bearer-rest")

    answer = await send(url, "POST", "/things", fields, b"")

    assert answer.statuses == [401]


@pytest.mark.parametrize("way", Way)
async def test_a_refused_connection_can_be_used_again(
    way: Way, service: Service, upstream: RecordingUpstream
) -> None:
    url = service.url(f"bearer-{way.kind}")
    path = "/things" if way is Way.REST else "/mcp"
    root = url.removesuffix("/mcp")
    async with httpx2.AsyncClient(base_url=root, timeout=PATIENCE) as client:
        refusal = await client.post(path, content=b"{}" * 1000)
        response = await client.get(
            "/" if way is not Way.REST else path,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    assert (refusal.status_code, response.status_code) == (401, 200)


@pytest.mark.parametrize("kind", ["rest", "mcp"])
async def test_a_client_answers_the_challenge_of_digest(
    kind: str, service: Service, upstream: RecordingUpstream
) -> None:
    url = service.url(f"digest-{kind}").removesuffix("/mcp")
    login = httpx2.DigestAuth("agent", PASSWORD)
    wrong = httpx2.DigestAuth("agent", "other")
    target = "/things?page=1" if kind == "rest" else "/"
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        responses = [await client.get(target, auth=login) for _ in range(3)]
        refusal = await client.get(target, auth=wrong)
        authorization = responses[-1].request.headers["Authorization"]
        again = await client.get(target, headers={"Authorization": authorization})
        elsewhere = await client.get("/x", headers={"Authorization": authorization})

    assert [response.status_code for response in responses] == [200, 200, 200]
    assert [len(response.history) for response in responses] == [1, 0, 0]
    assert refusal.status_code == 401
    assert again.status_code == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]
    assert elsewhere.status_code == 401
    assert "stale" not in elsewhere.headers["WWW-Authenticate"]
    assert all("agent" not in f"{request.fields}" for request in upstream.requests)


@pytest.mark.parametrize("key", ["", "SECRET-of-digests"])
async def test_the_audit_names_callers_without_their_secrets(
    key: str, package: Package, variables: dict[str, str], tmp_path: Path
) -> None:
    audit = tmp_path / "audit"
    options = {"CLIENTS_AUDIT": str(audit), "CLIENTS_AUDIT_KEY": key}
    env = {**variables, **options}
    fields = (("Content-Type", "application/json"), ("Content-Length", "2"))
    with running(package, **env) as service:
        for guard in GUARDS[:-1]:
            [attempt, *_] = ALLOWED[guard].values()
            url, target = service.url(f"{guard}-rest"), f"/things{attempt.query}"
            await send(url, "POST", target, (*fields, *attempt.fields), b"{}")
        login = httpx2.DigestAuth("agent", PASSWORD)
        async with httpx2.AsyncClient(timeout=PATIENCE, auth=login) as client:
            await client.post(service.url("digest-rest") + "/things", json={})

    content = audit.read_text("utf-8")
    callers = {
        line["adapter"].removesuffix("-rest"): line["caller"]
        for line in map(json.loads, content.splitlines())
        if line["outcome"] == "done"
    }
    expected = {
        **{guard: (None, fingerprint(key, KEY)) for guard in GUARDS[1:4]},
        "bearer": (None, fingerprint(key, TOKEN)),
        **dict.fromkeys(GUARDS[4:], ("agent", None)),
    }
    members = ("subject", "credential_hmac_sha256")
    assert expected == {
        guard: tuple(caller[name] for name in members)
        for guard, caller in callers.items()
    }
    assert not any(secret in content for secret in (TOKEN, KEY, PASSWORD, PAIR))


def fingerprint(key: str, secret: str) -> str | None:
    """Return the digest of a secret as an independent reading of the docs has it."""
    digest = sha256(secret.encode()).digest()
    return hmac.digest(key.encode(), digest, "sha256").hex()[:16] if key else None
