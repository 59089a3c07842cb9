"""Upstreams that repeat a credential: no client of an adapter learns it."""

import base64
import json
from pathlib import Path

import httpx2
import pytest
from odd_requests import LEGACY, plain, post
from service import Service

from recording_upstream import Answer, Received, RecordingUpstream
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("repeated_credentials.yaml")
SECRETS = {
    "MY_KEY": "key-of-the-upstream",
    "MY_NAME": "name-of-a-user",
    "MY_WORD": "word-of-a-user",
    "MY_CLIENT": "secret-of-a-client",
}
GRANTED = "token-from-the-issuer"


class Repeating(RecordingUpstream):
    """An upstream that repeats the header with the credential, wherever it can."""

    def answer_to(self, request: Received, /) -> Answer:
        if request.target == "/token":
            token = {"access_token": GRANTED, "token_type": "bearer"}
            return Answer(json.dumps(token).encode())
        credential = request.field("Authorization") or ""
        secret = credential.split()[-1]
        status = 401 if request.target.endswith("status=401") else 200
        fields = {
            "Content-Type": "application/json",
            "Location": f"/next?token={secret}",
            "Link": f"<https://api.example.com/?key={secret}>; rel=next",
            "WWW-Authenticate": f'Bearer realm="{credential}"',
            "ETag": '"1"',
        }
        body = json.dumps(
            {"headers": {"Authorization": credential}, "user": "name-of-a-user"}
        )
        return Answer(body.encode(), tuple(fields.items()), status)


@pytest.fixture(scope="module")
def recorder() -> RecordingUpstream:
    return Repeating()


@pytest.fixture(scope="module")
def variables(variables: dict[str, str], address: str) -> dict[str, str]:
    return {**variables, **SECRETS, "ENDPOINT": f"http://{address}/token"}


async def answer_of(service: Service, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=PATIENCE) as client:
        return await client.get(service.url("rest") + path)


def assert_silent(text: str) -> None:
    pair = "name-of-a-user:word-of-a-user"
    credential = base64.b64encode(pair.encode()).decode()
    for secret in (*SECRETS.values(), GRANTED, credential):
        if secret != SECRETS["MY_NAME"]:
            assert secret not in text


@pytest.mark.parametrize("path", ["/keyed", "/named", "/granted"])
async def test_a_route_repeats_no_credential(service: Service, path: str) -> None:
    response = await answer_of(service, path)

    assert_silent(repr(response.headers) + response.text)
    assert response.headers["ETag"] == '"1"'
    assert "Link" not in response.headers
    assert "***" in response.json()["headers"]["Authorization"]
    assert response.json()["user"] == "name-of-a-user"


async def test_the_headers_of_a_forwarded_response_repeat_none(
    service: Service,
) -> None:
    for path in ("/all/things", "/all/things?status=401"):
        response = await answer_of(service, path)

        assert_silent(repr(response.headers))
        assert response.headers["ETag"] == '"1"'


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream, */*"])
async def test_a_tool_repeats_no_credential(service: Service, accept: str) -> None:
    call = plain(LEGACY, "get", {}).with_field("accept", accept)
    response = await post(service.url("mcp"), call)

    assert_silent(response.text)
    assert "***" in response.json()["result"]["content"][0]["text"]


async def test_the_log_names_the_host(service: Service, address: str) -> None:
    await answer_of(service, "/keyed")

    line = f"a response of {address} repeated a credential, which is removed"
    eventually(lambda: line in service.output)
    assert_silent(service.output)
