"""Calls whose answers an adapter can't use: the log names the host and the fault."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from service import Package, Service, running

from recording_upstream import Answer, Received, RecordingUpstream
from waiting import eventually

SPEC = Path(__file__).with_name("failed_calls.yaml")
SECRETS = ("SECRET-key", "SECRET-path", "SECRET-body")


class Failing(RecordingUpstream):
    """An upstream that fails as the end of a path says."""

    def answer_to(self, request: Received, /) -> Answer:
        body = json.dumps({"said": "SECRET-body", "padding": "x" * 2000}).encode()
        how = request.target.partition("?")[0].rpartition("-")[2]
        status = {"moved": 302, "bad": 502, "late": 504}.get(how, 200)
        return Answer(body, status=500 if request.target == "/token" else status)


@pytest.fixture(scope="module")
def recorder() -> RecordingUpstream:
    return Failing()


@pytest.fixture(scope="module")
def service(package: Package, address: str) -> Iterator[Service]:
    root = f"http://{address}"
    env = {
        "MY_KEY": "SECRET-key",
        "ENDPOINT": f"{root}/token",
        "THINGS_BASE_URI": root,
        "GRANTED_BASE_URI": "http://127.0.0.1:9",
    }
    with running(package, **env) as service:
        yield service
        assert not any(secret in service.output for secret in SECRETS)


FAILED = "a call of {} failed: 502, "
FAULTS = [
    (
        "/things/SECRET-path-moved",
        FAILED + "the upstream API answered with a redirect (302)",
    ),
    ("/things/SECRET-path-bad", "{} answered with the status 502"),
    ("/all/SECRET-path-late?q=SECRET", "{} answered with the status 504"),
    ("/files/SECRET-path", FAILED + "the upstream API answered with more than 1 KiB"),
    (
        "/steps/SECRET-path",
        FAILED + "the upstream API gave an answer that lacks a value for the next one",
    ),
    (
        "/granted",
        FAILED
        + "the authorization server of the upstream API answered with the status 500",
    ),
]


@pytest.mark.parametrize(("path", "line"), FAULTS)
async def test_the_log_names_the_host_and_the_fault(
    service: Service, address: str, path: str, line: str
) -> None:
    async with service.client() as client:
        status = (await client.get(path)).status_code
    assert status == (504 if "504" in line else 502)
    text = re.escape(line.format(address))
    entry = re.compile(rf"\S+Z WARNING:failed-calls:[\w.]+:{text} \[\w+\]")
    eventually(lambda: entry.search(service.output) is not None)
    assert len(entry.findall(service.output)) == 1
