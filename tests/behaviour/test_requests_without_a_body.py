"""Requests without a body, as they reach the upstream."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from service import compile_text, running

from recording_upstream import RecordingUpstream

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CONSUMED = "".join(
    f"      - {{name: {method.lower()}-thing, method: {method}}}\n"
    for method in METHODS
)
EXPOSED = "".join(
    f"      - {{method: {method}, call: api.{method.lower()}-thing, "
    "inputParameters: []}\n"
    for method in METHODS
)
DOCUMENT = f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - name: things
      path: /things
      operations:
{CONSUMED}  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /things
      operations:
{EXPOSED}"""


@pytest.fixture
async def rest(tmp_path: Path, address: str) -> AsyncIterator[httpx2.AsyncClient]:
    package = compile_text(DOCUMENT, tmp_path)
    with running(package, API_BASE_URI=f"http://{address}") as service:
        async with service.client() as client:
            yield client


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
