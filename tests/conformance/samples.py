"""The upstream of the conformance capability: one sample of each kind, over HTTP."""

import base64
import json

from http_upstream import Handler

Sample = tuple[int, str, bytes]
"""Status, content type and body of an answer."""

TEXT = "This is a simple text response for testing."
FAILURE = "The upstream answers this request with an error."
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
SOUND = (
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"
    b"data\0\0\0\0"
)
ARCHIVE = b"PK\5\6" + bytes(18)
MEASUREMENT = {
    "station": {"name": "Zürich", "height": 408},
    "values": [{"degrees": 21.5}, {"degrees": 22.0}],
}

_SAMPLES: dict[str, Sample] = {
    "/text": (200, "text/plain; charset=utf-8", TEXT.encode()),
    "/failure": (500, "text/plain; charset=utf-8", FAILURE.encode()),
    "/picture": (200, "image/png", PICTURE),
    "/sound": (200, "audio/wav", SOUND),
    "/archive": (200, "application/zip", ARCHIVE),
    "/measurement": (200, "application/json", json.dumps(MEASUREMENT).encode()),
}
_UNKNOWN: Sample = (404, "text/plain", b"no such sample")


class SampleHandler(Handler):
    """Answers a GET with the sample of its path, and a POST with its own body."""

    def do_GET(self) -> None:
        self.answer(*_SAMPLES.get(self.path, _UNKNOWN))

    def do_POST(self) -> None:
        request = {"path": self.path, "body": json.loads(self.content())}
        self.answer(201, "application/json", json.dumps(request).encode())
