"""Routes and tools with steps: answers of a real package to those of a registry."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from service import Service

from recording_upstream import Answer, Received, RecordingUpstream
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("step_calls.yaml")
VARIABLES = {"STEP_CALLS_TIMEOUT": "60"}


class Registry(RecordingUpstream):
    """An upstream that answers each path; it may hold answers until both have come."""

    answers: dict[str, Answer]

    def begin(self) -> None:
        super().begin()
        self.arrived.clear()
        self.answers = {
            "/ships/1": Answer(b'{"name": "Star", "crew": [2, "1", 9]}'),
            "/crew": Answer(b'[{"id": "1", "name": "Ada"}, {"id": 2, "name": "Bo"}]'),
            "/voyages": Answer(b'{"id": "V"}', status=201),
        }

    def answer_to(self, request: Received, /) -> Answer:
        missing = Answer(b'{"error": "unknown"}', status=404)
        return self.answers.get(request.target, missing)


@pytest.fixture(scope="module")
def recorder() -> Registry:
    return Registry()


@pytest.fixture(autouse=True)
def registry(recorder: Registry) -> Registry:
    """Return the upstream as if it had just started."""
    recorder.begin()
    return recorder


EXPECTED = {"ship": {"name": "Star"}, "crew": [{"name": "Bo"}, {"name": "Ada"}]}


async def test_steps_make_one_answer(
    service: Service, rest: httpx2.AsyncClient
) -> None:
    response = await rest.get("/ships/1")
    assert (response.status_code, response.json()) == (200, EXPECTED)

    async with Client(service.url("tools")) as mcp:
        result = await mcp.call_tool("get-ship-with-crew", {"imo": "1"})
    assert not result.is_error
    assert result.structured_content == EXPECTED


async def get_result(
    rest: httpx2.AsyncClient, registry: Registry, answer: object
) -> Any:
    registry.answers["/fleet/1"] = Answer(json.dumps(answer).encode())
    response = await rest.get("/fleet/1")
    assert response.status_code == 200
    return response.json()


SHIP = {"names": {"long": "Star"}, "age": 9, "crew": [{"age": 50}]}
DECLARED = {"vessel": "Star", "kind": "ship", "decks": 3, "heads": [{"age": 50}]}


async def test_a_whole_answer_has_the_declared_members(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    assert await get_result(rest, registry, SHIP) == {
        "whole": DECLARED,
        "first": None,
        "old": [],
        "kind": "ship",
        "vessel": "Star",
        "heads": 50,
        "looked-up": {"vessel": "Star", "decks": 3},
    }


async def test_elements_of_an_array_have_the_declared_members_as_well(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    answer = await get_result(rest, registry, [SHIP, "a text"])
    assert answer["whole"] == [SHIP | DECLARED, "a text"]
    assert answer["first"] == SHIP | DECLARED
    assert answer["old"] == [SHIP | DECLARED]
    assert answer["looked-up"] == {"vessel": "Star", "decks": 3}


async def test_an_empty_answer_has_no_declared_members(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    assert (await get_result(rest, registry, None))["whole"] is None


async def test_a_refusal_is_passed_on(
    service: Service, rest: httpx2.AsyncClient
) -> None:
    response = await rest.get("/ships/2")
    assert (response.status_code, response.json()) == (404, {"error": "unknown"})

    async with Client(service.url("tools")) as mcp:
        result = await mcp.call_tool("get-ship-with-crew", {"imo": "2"})
    assert result.is_error
    assert "404" in repr(result.content)


async def test_a_refusal_keeps_later_calls_from_being_made(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    response = await rest.post("/voyages", json={"imo": "2", "to": "Oslo"})
    assert response.status_code == 404
    assert [request.method for request in registry.requests] == ["GET"]


async def test_a_missing_value_is_a_bad_gateway(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    registry.answers["/ships/1"] = Answer(b"<p>", (("Content-Type", "text/html"),))
    response = await rest.get("/ships/1")
    assert response.status_code == 502
    assert "can't be read" in response.json()["detail"]


async def test_the_last_response_is_passed_on(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    response = await rest.post("/voyages", json={"imo": "1", "to": "Oslo"})
    assert (response.status_code, response.json()) == (201, {"id": "V"})
    bodies = {request.target: request.body for request in registry.requests}
    assert json.loads(bodies["/voyages"]) == {"ship": "Star", "to": "Oslo"}


async def test_calls_run_side_by_side(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    registry.gate.clear()
    response = asyncio.create_task(rest.get("/ships/1"))
    # Both requests arrive before either is answered.
    async with asyncio.timeout(PATIENCE):
        while len(registry.requests) < 2:
            registry.arrived.clear()
            await registry.arrived.wait()
    registry.gate.set()
    assert (await response).json() == EXPECTED


BOTH = {"to": "Oslo", "back": "Bergen"}


async def test_unsafe_calls_keep_their_order(
    rest: httpx2.AsyncClient, registry: Registry
) -> None:
    response = await rest.post("/voyages/both", json=BOTH)
    assert response.status_code == 201
    recipients = [json.loads(request.body)["to"] for request in registry.requests]
    assert recipients == ["Oslo", "Bergen"]


async def test_no_further_unsafe_call_is_made_for_a_client_that_has_left(
    service: Service, registry: Registry
) -> None:
    registry.gate.clear()
    async with service.client() as rest:
        response = asyncio.create_task(rest.post("/voyages/both", json=BOTH))
        async with asyncio.timeout(PATIENCE):
            await registry.arrived.wait()
        response.cancel()
    registry.gate.set()
    message = "the caller of a flow had gone"
    await asyncio.to_thread(eventually, lambda: message in service.output)
    assert json.loads(registry.only.body)["to"] == "Oslo"
