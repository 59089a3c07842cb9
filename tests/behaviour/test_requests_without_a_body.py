"""Requests without a body, as they reach the upstream."""

from pathlib import Path

import httpx2
import pytest

from recording_upstream import RecordingUpstream

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SPEC = Path(__file__).with_name("requests_without_a_body.yaml")


@pytest.mark.parametrize("method", METHODS)
async def test_a_request_without_a_body_has_no_media_type(
    rest: httpx2.AsyncClient, upstream: RecordingUpstream, method: str
) -> None:
    answer = await rest.request(method, "/things")
    assert answer.status_code == 200, answer.text
    request = upstream.only
    assert (request.method, request.body) == (method, b"")
    assert request.field("Content-Type") is None
    assert request.field("Content-Length") == (None if method == "GET" else "0")
    assert request.field("Transfer-Encoding") is None
