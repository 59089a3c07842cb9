"""The upstream of the packages whose REST APIs generated clients call, over HTTP."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

from http_upstream import Handler

PRICES = "title,price\nEmma,7\n"
COVER = bytes(range(256))
BUSY = "<html>busy</html>"
MISSING = ["no", "such", "thing"]
DELETED = {"deleted": True}


class RestHandler(Handler):
    """Answers in every media type; the last segment may be the status of the answer."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/prices":
            self.answer(200, "text/csv", PRICES.encode())
        elif url.path == "/cover":
            self.answer(200, "image/png", COVER)
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
        self._answer_json(201, {"sent": json.loads(self.content())})

    def do_DELETE(self) -> None:
        match self.path.rpartition("/")[2]:
            case "404":
                self._answer_json(404, MISSING)
            case "503":
                self.answer(503, "text/html", BUSY.encode())
            case "7":
                self.send_response(204)
                self.end_headers()
            case _:
                self._answer_json(200, DELETED)

    def _answer_json(self, status: int, value: object) -> None:
        self.answer(status, "application/json", json.dumps(value).encode())
