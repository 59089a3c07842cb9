"""Keys of `binds` without braces, in requests to the upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest
from service import running, written

from waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from recording_upstream import RecordingUpstream

pytestmark = pytest.mark.anyio

DOCUMENT = """\
naftiko: 1.0.0-alpha2
binds:
- namespace: registry
  keys: {TOKEN: REGISTRY_TOKEN, VERSION: REGISTRY_VERSION}
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    authentication: {type: bearer, token: TOKEN}
    inputParameters:
    - {name: Version, in: header, value: VERSION}
    - {name: Kind, in: header, value: VERSIONS}
    resources:
    - name: things
      path: /things
      operations: [{name: read, method: GET}]
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources:
    - path: /things
      operations: [{method: GET, call: api.read}]
"""


async def test_a_key_of_binds_needs_no_braces(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    package = written(DOCUMENT, tmp_path)
    variables = {"REGISTRY_TOKEN": "secret", "REGISTRY_VERSION": "2"}
    base = f"http://{address}"
    with running(package, API_BASE_URI=base, **variables) as service:
        url = service.url("rest")
        async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            await client.get("/things")
    request = upstream.only
    assert request.field("Authorization") == "Bearer secret"
    assert (request.field("Version"), request.field("Kind")) == ("2", "VERSIONS")
