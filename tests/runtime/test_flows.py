"""Flows: lookups, refusals, and calls that run side by side."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from case_tables import in_table, table
from naftiko_runtime.errors import CallError
from naftiko_runtime.observing.calls import (
    OBSERVERS,
    Observer,
    Step,
    UpstreamRequest,
    begin_request,
)
from naftiko_runtime.outputs.flows import (
    EACH,
    answer,
    as_step,
    flow,
    lookup,
    pick_each,
    pick_needed,
    together,
    unless_gone,
)
from naftiko_runtime.outputs.shapes import MOST, TooManyValuesError
from naftiko_runtime.outputs.xml import xml_document
from naftiko_runtime.settings import BaseSettings, Limits
from naftiko_runtime.transport import Reply
from naftiko_runtime.upstream.requests import CALLER
from waiting import PATIENCE

CREW: list[Any] = table(__file__, "crew")


def settings(timeout: float) -> BaseSettings:
    return BaseSettings(limits=Limits(timeout=timeout))


@dataclass(frozen=True)
class Client:
    """A client whose flows may take long, unless its settings say otherwise."""

    settings: BaseSettings = field(default_factory=lambda: settings(PATIENCE))


async def reply(status: int = 200, body: bytes = b"{}") -> Reply:
    return Reply(status, (), body)


# --- lookups ---


@in_table
def test_entries_are_found_by_text(
    index: object, wanted: object, names: list[str], entries: object
) -> None:
    assert lookup(index, "id", wanted, *names) == entries


@in_table
def test_the_entries_of_xml_are_the_children_of_the_root(
    document: str, entry: object
) -> None:
    root = xml_document(Reply(200, (), document.encode()))
    assert lookup(root, "id", 1, "n") == entry


def test_a_path_finds_nothing_in_a_text() -> None:
    with pytest.raises(CallError) as failure:
        lookup("text", "id", 1, "name")
    assert failure.value.status == 502


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        ([{}] * (MOST + 1), "x"),
        (CREW, ["1"] * (MOST + 1)),
        ([{"id": "1", "name": "x" * 10_000}], ["1"] * 10_000),
    ],
    ids=["entries", "wanted", "bytes"],
)
def test_lookups_of_too_much_are_refused(index: object, wanted: object) -> None:
    with pytest.raises(TooManyValuesError):
        lookup(index, "id", wanted, "name")


# --- paths ---


@pytest.mark.parametrize("items", [[0] * (MOST + 1), [[0] * 1000] * (MOST // 1000)])
def test_wildcards_for_too_many_items_are_refused(items: object) -> None:
    with pytest.raises(TooManyValuesError):
        pick_each(items, EACH, EACH)


def test_a_wildcard_is_every_item() -> None:
    ships = {"ships": [{"crew": [{"id": 1}, {"id": 2}]}, {"crew": [{}]}]}

    assert pick_each(ships, "ships", EACH, "crew", EACH, "id") == [[1, 2], [None]]
    assert pick_each(ships, "crew", EACH, "id") is None


def test_a_needed_value_that_is_missing_fails() -> None:
    assert pick_needed({"a": {"b": 0}}, "a", "b") == 0
    with pytest.raises(CallError, match="lacks a value"):
        pick_needed({"a": {}}, "a", "b")


# --- calls ---


@flow
async def composing(_: Client, value: object) -> object:
    return value


async def test_a_value_is_a_reply_of_json() -> None:
    reply = await composing(Client(), {"a": 1})
    assert (reply.status, reply.json()) == (200, {"a": 1})
    assert (await composing(Client(), [1])).body == b"[1]"


async def test_a_reply_is_returned_unchanged() -> None:
    original = Reply(201, ((b"location", b"/a"),), b"{}")
    assert await composing(Client(), original) is original


@flow
async def refuse(_: Client, *statuses: int) -> list[Any]:
    return await together(*(answer(reply(status)) for status in statuses))


async def test_the_first_refusal_in_the_order_of_the_steps_counts() -> None:
    assert (await refuse(Client(), 200, 404, 500)).status == 404


@flow
async def waiting(_: Client) -> list[Any]:
    return await together(asyncio.Event().wait(), asyncio.Event().wait())


async def test_steps_share_one_deadline() -> None:
    with pytest.raises(CallError, match="in time") as failure:
        await waiting(Client(settings(0.01)))
    assert failure.value.status == 504


async def test_an_answer_that_cannot_be_read_is_a_bad_gateway() -> None:
    with pytest.raises(CallError, match="can't be read") as failure:
        await answer(reply(body=b"<p>"))
    assert failure.value.status == 502


async def test_an_empty_answer_is_nothing() -> None:
    assert await answer(reply(204, b"")) is None


async def test_a_failure_ends_the_calls_beside_it() -> None:
    has_ended = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            has_ended.set()

    with pytest.raises(CallError):
        await together(answer(reply(body=b"<p>")), slow())
    assert has_ended.is_set()


# --- clients that leave ---


class Connection:
    """The messages of a request, each of which is received once."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def leave(self) -> None:
        self.messages.put_nowait({"type": "http.disconnect"})


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    # A coroutine has the context of the tests; a function has another one while a
    # fixture of several modules keeps the event loop.
    client = Connection()
    token = CALLER.set(client.messages.get)
    yield client
    CALLER.reset(token)


@dataclass
class Calls:
    """Calls that note that they were made."""

    made: list[int] = field(default_factory=list)

    async def make(self, number: int) -> Reply:
        self.made.append(number)
        return await reply()


@flow
async def twice(_: Client, calls: Calls, connection: Connection | None) -> Reply:
    await answer(calls.make(1))
    if connection:
        connection.leave()
    await answer(unless_gone(calls.make(2)))
    return await unless_gone(calls.make(3))


async def test_calls_are_made_for_a_client_that_stays(connection: Connection) -> None:
    connection.messages.put_nowait({"type": "http.request", "more_body": False})
    calls = Calls()
    assert (await twice(Client(), calls, None)).status == 200
    assert calls.made == [1, 2, 3]


async def test_no_call_is_begun_for_a_client_that_has_left(
    connection: Connection,
) -> None:
    calls = Calls()
    with pytest.raises(CallError, match="the client has left") as failure:
        await twice(Client(), calls, connection)
    assert failure.value.status == 503
    assert calls.made == [1]


@flow
async def watch(_: Client, calls: Calls, connection: Connection) -> Reply:
    receive = CALLER.get()
    assert receive is not None
    connection.leave()
    await receive()  # as the watch of an earlier call does
    return await unless_gone(calls.make(1))


async def test_a_client_that_has_left_is_remembered(connection: Connection) -> None:
    calls = Calls()
    with pytest.raises(CallError, match="the client has left"):
        await watch(Client(), calls, connection)
    assert not calls.made


async def test_a_flow_outside_of_requests_makes_all_calls() -> None:
    calls = Calls()
    await twice(Client(), calls, None)
    assert calls.made == [1, 2, 3]


# --- steps, as observers see them ---


class Steps(Observer):
    """The steps and requests of a flow, in the order of their ends."""

    def __init__(self) -> None:
        self.ended: list[tuple[str | int | None, ...]] = []

    def step_ends(self, step: Step) -> None:
        outcome = step.fault or step.status
        self.ended.append((step.kind, step.name, step.namespace, outcome))

    def request_ends(self, request: UpstreamRequest) -> None:
        self.ended.append(("request", request.step.name if request.step else None))


@pytest.fixture
def steps() -> Iterator[Steps]:
    observer = Steps()
    OBSERVERS.append(observer)
    yield observer
    OBSERVERS.remove(observer)


async def request(status: int = 200) -> Reply:
    request = begin_request("GET", "localhost", 80)
    await asyncio.sleep(0)
    if request:
        request.end()
    return Reply(status, (), b"[]")


@flow
async def observe(_: Client) -> Reply:
    await together(
        answer(as_step(request(), "a", "store")),
        answer(as_step(request(), "b", "store")),
    )
    lookup([], "id", 1, step="c")
    await answer(as_step(reply(404), "d", "store"))
    return await as_step(reply(), "e", "store")


async def test_observers_see_each_step_and_its_requests(steps: Steps) -> None:
    assert (await observe(Client())).status == 404
    assert steps.ended == [
        ("request", "a"),
        ("call", "a", "store", 200),
        ("request", "b"),
        ("call", "b", "store", 200),
        ("lookup", "c", "", None),
        ("call", "d", "store", 404),
    ]


@flow
async def cancel(_: Client) -> Any:
    return await as_step(asyncio.Event().wait(), "waiting", kind="script")


async def test_a_step_that_is_cancelled_ends(steps: Steps) -> None:
    with pytest.raises(CallError):
        await cancel(Client(settings(0.01)))
    assert steps.ended == [("script", "waiting", "", "CancelledError")]
