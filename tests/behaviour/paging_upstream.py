"""An upstream with 100 items of 10 KB, in pages of every style: `python FILE HANDLE`.

It listens on the socket of that handle, and ends when its standard input does.
"""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

COUNT = 100
USUAL = 20
PATIENCE = 60
ITEMS = [
    {
        "id": f"item-{number}",
        "name": f"Item {number}",
        "owner": {"login": f"user-{number}", "mail": f"{number}@example.com"},
        "text": "x" * 10_000,
    }
    for number in range(COUNT)
]


class Paged(BaseHTTPRequestHandler):
    """Responds to `/STYLE` with a page of the items."""

    protocol_version = "HTTP/1.1"

    listed = Event()
    """Whether a page by a cursor was read."""

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.document = json.loads(self.rfile.read(length) or b"{}")
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.query = dict(parse_qsl(url.query))
        self.links: str | None = None
        document = getattr(self, url.path.strip("/").replace("-", "_"))()
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if self.links:
            self.send_header("link", self.links)
        self.end_headers()
        self.wfile.write(body)
        if url.path == "/cursor":
            self.listed.set()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def number(self, name: str, usual: int) -> int:
        return int(self.query.get(name, usual))

    def slice(self, start: int, size: str) -> tuple[list[Any], int]:
        end = start + self.number(size, USUAL)
        return ITEMS[start:end], end

    def url(self, **changes: object) -> str:
        host = self.headers["host"]
        path = urlsplit(self.path).path
        return f"http://{host}{path}?{urlencode({**self.query, **changes})}"

    # --- styles ---

    def all(self) -> Any:
        return ITEMS

    def offset(self) -> Any:
        items, _ = self.slice(self.number("offset", 0), "limit")
        return {"total": COUNT, "items": items}

    def offset_of_array(self) -> Any:
        return self.slice(self.number("skip", 0), "top")[0]

    def page(self) -> Any:
        size = self.number("per_page", USUAL)
        items, _ = self.slice((self.number("page", 1) - 1) * size, "per_page")
        return {"meta": {"total_pages": -(-COUNT // size)}, "results": items}

    def cursor(self) -> Any:
        items, end = self.slice(int(self.query.get("cursor", "at-0")[3:]), "limit")
        following = f"at-{end}" if end < COUNT else ""
        return {"data": items, "meta": {"next_cursor": following}}

    def last_item(self) -> Any:
        after = self.query.get("starting_after", "item--1")
        items, end = self.slice(int(after[5:]) + 1, "limit")
        return {"data": items, "has_more": end < COUNT}

    def next_url(self) -> Any:
        items, end = self.slice(self.number("offset", 0), "limit")
        following = self.url(offset=end) if end < COUNT else None
        return {"items": items, "next": following}

    def brackets(self) -> Any:
        start = int(self.query.get("page[cursor]", "at-0")[3:])
        items, end = self.slice(start, "page[size]")
        following = {"next": self.url(**{"page[cursor]": f"at-{end}"})}
        return {"data": items, "links": following if end < COUNT else {}}

    def link(self) -> Any:
        size = self.number("per_page", USUAL)
        page = self.number("page", 1)
        items, end = self.slice((page - 1) * size, "per_page")
        if end < COUNT:
            first = f'<{self.url(page=1)}>; rel="first"'
            self.links = f'{first}, <{self.url(page=page + 1)}>; rel="next"'
        return items

    def without_links(self) -> Any:
        """Answer as by links, but without them."""
        items = self.link()
        self.links = None
        return items

    def several(self) -> Any:
        return {"id": "several", "parts": {"old": ITEMS[:5], "new": ITEMS}}

    def inclusion(self) -> Any:
        return {**self.offset(), "included": ITEMS[::-1]}

    def about(self) -> Any:
        return {"name": "Library"}

    def late(self) -> Any:
        """Answer after a page by a cursor."""
        self.listed.wait(PATIENCE)
        self.listed.clear()
        return {"name": "Library", "meta": {"next_cursor": "none"}}

    def search(self) -> Any:
        """Answer by a cursor or an offset in the body."""
        place = self.document.get("page", self.document)
        self.query = {key: str(value) for key, value in place.items()}
        return self.offset() if "page" not in self.document else self.cursor()

    def stuck(self) -> Any:
        return {"data": ITEMS[:2], "next_cursor": "same"}

    def elsewhere(self) -> Any:
        return {"items": ITEMS[:2], "next": "https://elsewhere.example/next?offset=2"}


if __name__ == "__main__":
    listening = socket.socket(fileno=int(sys.argv[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Paged, bind_and_activate=False)
    server.socket = listening
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
