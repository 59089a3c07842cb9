"""HTTP requests whose target is sent as it stands, which ordinary clients tidy up."""

from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit

from httpx2 import Response

from waiting import PATIENCE


def exactly(
    method: str,
    root: str,
    target: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send a request for `target` to the server of the URL `root`."""
    connection = HTTPConnection(urlsplit(root).netloc, timeout=PATIENCE)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return Response(
            answer.status, headers=answer.getheaders(), content=answer.read()
        )
    finally:
        connection.close()
