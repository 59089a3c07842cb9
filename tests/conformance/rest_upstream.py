"""The upstream of the packages whose REST APIs generated clients call, over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

PRICES = "title,price\nEmma,7\n"
COVER = bytes(range(256))
BUSY = "<html>busy</html>"
MISSING = ["no", "such", "thing"]
DELETED = {"deleted": True}


class _Handler(BaseHTTPRequestHandler):
    """Answers in every media type; the last segment may be the status of the answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/prices":
            self._answer(200, "text/csv", PRICES.encode())
        elif url.path == "/cover":
            self._answer(200, "image/png", COVER)
        else:
            parameters = parse_qs(url.query) | {"trace": [self.headers["X-Trace"]]}
            item = {
                "title": json.dumps(parameters, sort_keys=True),
                "year": 1815,
                "cut": 1,
            }
            shelf = unquote(url.path.split("/")[2])
            self._answer_json(200, {"shelf": shelf, "items": [item]})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self._answer_json(201, {"sent": json.loads(self.rfile.read(length))})

    def do_DELETE(self) -> None:
        match self.path.rpartition("/")[2]:
            case "404":
                self._answer_json(404, MISSING)
            case "503":
                self._answer(503, "text/html", BUSY.encode())
            case "7":
                self.send_response(204)
                self.end_headers()
            case _:
                self._answer_json(200, DELETED)

    def log_message(self, template: str, *args: object) -> None:
        """Keep the test's output to itself."""

    def _answer_json(self, status: int, value: object) -> None:
        self._answer(status, "application/json", json.dumps(value).encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_rest_upstream() -> Iterator[str]:
    """Serve it on a free port of loopback; yield the base URI."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
