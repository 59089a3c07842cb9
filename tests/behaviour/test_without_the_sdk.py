"""Packages need no SDK; their sessions on standard input are as those of the SDK."""

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
import stdio_sessions
from hypothesis import HealthCheck, Phase, given, settings
from mcp import types
from mcp.server.transport_security import DEFAULT_MAX_REQUEST_BODY_SIZE
from mcp_types import version
from odd_requests import CONSTANT, LEGACY, MODERN, RARE, Draft, other, plain
from service import Package, Service, running, speaking
from two_ways import two_ways

from naftiko_runtime.mcp import http, messages

HEAVY = {"httpx", "mcp", "mcp_types", "pydantic", "pydantic_core", "sse_starlette"}
IMPORTED = re.compile(r"^import time: .*\| +([\w.]+)$", re.MULTILINE)
TOOL = "prime-intellect-deleterun"


def drafts(revision: str) -> Iterator[Draft]:
    """Yield the requests of an ordinary conversation."""
    for method in CONSTANT[revision]:
        if method.split("/")[0] not in ("prompts", "resources"):
            yield other(revision, method)
    yield plain(revision, TOOL, {"run_id": "a"})
    yield plain(revision, TOOL, {"run": "a"})


def heavy(output: str) -> set[str]:
    """Return the top packages of the SDK among those that a process imported."""
    names = (name.partition(".")[0] for name in IMPORTED.findall(output))
    return HEAVY.intersection(names)


def answer_over_http(service: Service, draft: Draft) -> bytes:
    """Return the response to a request over HTTP."""
    port = int(service.url("mcp").split(":")[2].split("/")[0])
    request = draft.with_field("host", f"127.0.0.1:{port}").request()
    fields = {name.decode(): value.decode() for name, value in request.fields}
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/mcp", request.body, fields)
        response = connection.getresponse()
        assert response.status in (200, 202), response.status
        return response.read()


def test_requests_over_http_import_no_sdk(cold: Package) -> None:
    with running(cold, "mcp", "--mock", PYTHONPROFILEIMPORTTIME="1") as service:
        for revision in (LEGACY, MODERN):
            for draft in drafts(revision):
                answer_over_http(service, draft)
        for method in RARE:
            answer_over_http(service, other(LEGACY, method))

    assert heavy(service.output) == set()


@pytest.mark.parametrize("revision", [LEGACY, MODERN])
def test_requests_on_standard_input_import_no_sdk(cold: Package, revision: str) -> None:
    with speaking(cold, "--mock", PYTHONPROFILEIMPORTTIME="1") as pipes:
        for draft in drafts(revision):
            if "id" in dict(draft.message):
                assert "result" in pipes.ask(draft.text)
            else:
                pipes.tell(draft.text)
        for method in RARE:
            if not method.startswith("notifications/"):
                assert "error" in pipes.ask(other(revision, method).text)
        pipes.stdin.close()
        assert heavy(pipes.stderr.read()) == set()


@pytest.mark.parametrize("method", ["ping", "logging/setLevel"])
def test_a_server_ends_quietly_whose_client_leaves(cold: Package, method: str) -> None:
    with speaking(cold, "--mock") as pipes:
        pipes.ask(other(LEGACY, "initialize").text)
        pipes.stdout.close()
        pipes.tell(*(other(LEGACY, method, identity).text for identity in range(9)))
        pipes.stdin.close()
        assert "Error" not in pipes.stderr.read()
        assert pipes.process.wait() == 0


def test_sessions_on_standard_input_are_those_of_the_sdk(ledger: Package) -> None:
    with two_ways(ledger) as ways:

        @settings(
            max_examples=60,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            phases=[Phase.generate, Phase.shrink],
            deadline=None,
        )
        @given(stdio_sessions.sessions(ways.server.lists))
        def compare(lines: list[str]) -> None:
            ours = ways.portal.call(stdio_sessions.own_answers, ways.server, lines)
            by_sdk = ways.portal.call(stdio_sessions.answers_by_sdk, ways.server, lines)
            assert ours == by_sdk

        compare()


def test_names_are_those_of_the_sdk() -> None:
    for name in (
        *("PROTOCOL_VERSION_META_KEY", "CLIENT_CAPABILITIES_META_KEY"),
        *("SERVER_INFO_META_KEY", "PARSE_ERROR", "METHOD_NOT_FOUND"),
        *("INVALID_REQUEST", "INVALID_PARAMS", "INTERNAL_ERROR", "HEADER_MISMATCH"),
        "UNSUPPORTED_PROTOCOL_VERSION",
    ):
        assert getattr(messages, name) == getattr(types, name)
    assert version.HANDSHAKE_PROTOCOL_VERSIONS == messages.LEGACY
    assert version.MODERN_PROTOCOL_VERSIONS == (messages.MODERN,)
    assert types.DEFAULT_NEGOTIATED_VERSION == messages.UNNAMED
    assert DEFAULT_MAX_REQUEST_BODY_SIZE == http.LONGEST_BODY
