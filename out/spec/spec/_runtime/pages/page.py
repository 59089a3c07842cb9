"""The response at the root of an adapter: a page for browsers, JSON for others."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from ..http.messages import Document
from ..http.page import (
    MEDIA_TYPE,
    NEIGHBOURS,
    ROOT,
    is_for_browser,
    page_headers,
    root_of,
)
from ..http.surroundings import Neighbour, Surroundings
from ..values import JsonObject
from .contents import Contents
from .markup import neighbours, page
from .script import SCRIPT

# The page runs its own script, which sends requests only to the adapter and shows the
# pictures that it gets.
POLICY = (
    f"script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'"
    "; connect-src 'self'; img-src data: blob:"
)
HEADERS = page_headers(POLICY)


class Page:
    """The response at the root of an adapter; a prefix of its URL is encoded.

    `credentials` say which parts of a credential a person types in to try something.
    The page is made when it is first asked for.
    """

    def __init__(
        self,
        contents: Contents,
        surroundings: Surroundings,
        credentials: Sequence[JsonObject] = (),
    ) -> None:
        self._contents = contents
        self._surroundings = surroundings
        self._credentials = credentials
        self._template = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send HTML or JSON, depending on the Accept header."""
        root = root_of(scope)
        if is_for_browser(scope):
            # That of a large adapter takes a while, for which calls mustn't wait.
            document = await asyncio.to_thread(self._html, root)
        else:
            document = self._json(root)
        await document(scope, receive, send)

    def _json(self, root: str) -> Document:
        about = self._contents
        head = {"name": about.name, "description": about.description}
        mock = {"mock": True} if self._surroundings.is_mocked else {}
        beside = [
            {"kind": kind, "name": name, "url": url}
            for kind, name, url in self._neighbours(root)
        ]
        more = {"beside": beside} if beside else {}
        index = {**head, **mock, **about.index(root), **more}
        listed = json.dumps(index, indent=2, ensure_ascii=False)
        headers = [(b"vary", b"accept")]
        return Document("application/json", f"{listed}\n".encode(), headers)

    def _html(self, root: str) -> Document:
        if not self._template:
            self._template = page(
                self._contents, self._surroundings, self._credentials, SCRIPT
            )
        beside = neighbours(self._neighbours(root))
        body = self._template.replace(ROOT, root).replace(NEIGHBOURS, beside)
        return Document(MEDIA_TYPE, body.encode(), HEADERS)

    def _neighbours(self, root: str) -> list[tuple[str, str, str]]:
        """Return the kind, the name and the address of each adapter beside this one.

        Their addresses are known if nothing stands between the client and the adapter.
        """
        around = self._surroundings
        url = urlsplit(root)
        is_direct = url.netloc.endswith(f":{around.port}")
        host = url.netloc.rpartition(":")[0]
        return [
            (one.kind, one.name, _address(one, f"{url.scheme}://{host}", is_direct))
            for one in around.neighbours
        ]


def _address(neighbour: Neighbour, host: str, is_direct: bool) -> str:
    return f"{host}:{neighbour.port}{neighbour.path}" if is_direct else ""
