"""Clients without a valid credential: status and challenge, at every adapter.

`refused_clients.txt` has a line for each kind of credential, which all adapters with
that guard follow: REST, MCP in both revisions and by both ways, skills and control.
"""

import re
from enum import Enum
from pathlib import Path

import pytest
from authorization_server import AUDIENCE, Issuer
from client_requests import Attempt, Way, call, send
from raw_http import Answer
from refused_clients import (
    AROUND_A_TOKEN,
    INSUFFICIENT,
    INVALID,
    REFUSED,
    SECRETS,
    TOKEN,
    UPSTREAM,
    authorization,
)
from service import Service

from golden_files import Golden
from recording_upstream import RecordingUpstream

SPEC = Path(__file__).with_name("clients.yaml")
TABLE = Path(__file__).with_name("refused_clients.txt")
METADATA = AUDIENCE.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")


class Page(Enum):
    """A page of an adapter that calls no upstream."""

    SKILLS = "/skills"
    CONTROL = "/health/live"

    @property
    def kind(self) -> str:
        """Return the kind of adapter, which its namespace ends in."""
        return self.name.lower()


PLACES: dict[str, tuple[Way | Page, ...]] = {
    **dict.fromkeys(("header", "query", "cookie", "basic", "digest"), tuple(Way)),
    "bearer": (*Way, Page.SKILLS),
    "tokens": (*Way, *Page),
}
"""The places of the package where each kind of guard stands."""


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], issuer: Issuer) -> dict[str, str]:
    return {
        **variables,
        **SECRETS,
        "CLIENTS_ISSUER": issuer.server.issuer,
        "UPSTREAM_SECRET": UPSTREAM,
    }


def attempts(guard: str, issuer: Issuer) -> dict[str, Attempt]:
    """Return the wrong credentials of a guard, by their kinds."""
    if guard != "tokens":
        return REFUSED[guard]
    tokens = {**INVALID, **INSUFFICIENT}
    with_tokens = {
        kind: authorization(f"Bearer {tokens[kind](issuer)}") for kind in tokens
    }
    return with_tokens | {kind: AROUND_A_TOKEN[kind](issuer) for kind in AROUND_A_TOKEN}


async def ask(
    service: Service, guard: str, place: Way | Page, attempt: Attempt
) -> Answer:
    if isinstance(place, Way):
        return await call(service, guard, place, attempt)
    url = service.url(f"{guard}-{place.kind}")
    target = f"{place.value}{attempt.query}"
    return await send(url, "GET", target, attempt.fields, b"")


def line(answer: Answer, guard: str, place: Way | Page) -> str:
    """Return status and challenge, without the parts that differ by adapter."""
    [status] = answer.statuses
    challenge = answer.headers["www-authenticate"]
    metadata = f', resource_metadata="{METADATA}"'
    assert f'realm="{guard}-{place.kind}"' in challenge
    assert (metadata in challenge) == (guard == "tokens" and place.kind == "mcp")
    assert answer.headers["content-type"] == "application/problem+json"
    same = challenge.replace(metadata, "").replace(f"{guard}-{place.kind}", "...")
    same = re.sub('nonce="[^"]*"', 'nonce="..."', same)
    return f"{status} {same}"


async def test_refusals_are_those_of_the_table(
    service: Service, issuer: Issuer, upstream: RecordingUpstream, golden: Golden
) -> None:
    table = []
    for guard, places in PLACES.items():
        for kind, attempt in attempts(guard, issuer).items():
            answers = [await ask(service, guard, place, attempt) for place in places]
            lines = {
                line(answer, guard, place)
                for answer, place in zip(answers, places, strict=True)
            }
            assert len(lines) == 1, (guard, kind, lines)
            table += [f"{guard}: {kind}: {row}\n" for row in lines]
            content = b"".join(answer.content for answer in answers).decode("latin-1")
            assert not any(secret in content for secret in SECRETS.values()), kind
    golden.check(TABLE, "".join(table).encode())
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("guard", "page"),
    [("bearer", Page.SKILLS), ("tokens", Page.SKILLS), ("tokens", Page.CONTROL)],
)
async def test_skills_and_control_let_valid_clients_in(
    guard: str, page: Page, service: Service, issuer: Issuer
) -> None:
    token = TOKEN if guard == "bearer" else issuer.token()

    answer = await ask(service, guard, page, authorization(f"Bearer {token}"))

    assert answer.statuses == [200]


@pytest.mark.parametrize("target", ["/", "/skills/reading", "/none", "/status"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND"])
@pytest.mark.parametrize(
    "adapter", ["bearer-skills", "tokens-skills", "tokens-control"]
)
async def test_every_page_of_skills_and_control_is_guarded(
    adapter: str, method: str, target: str, service: Service
) -> None:
    answer = await send(service.url(adapter), method, target, (), b"")

    assert answer.statuses == [401]
