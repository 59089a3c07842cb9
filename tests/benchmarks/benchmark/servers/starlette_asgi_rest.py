"""The same pass-through with the least that a route can cost: Starlette finds it, and
it ends in a bare ASGI callable, without Starlette's requests and responses.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import quote

import aiohttp
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

UPSTREAM = os.environ["UPSTREAM"]
JSON = {"Content-Type": "application/json"}


class PassThrough:
    """Answers as the upstream answers to the same method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with await self._sent(scope, receive) as answer:
            content = await answer.read()
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", b"%d" % len(content)),
        ]
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _sent(
        self, scope: Scope, receive: Receive
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        session: aiohttp.ClientSession = scope["state"]["session"]
        name = quote(scope["path_params"]["name"], safe="")
        url = f"{UPSTREAM}/documents/{name}"
        if scope["method"] == "GET":
            return session.get(url)
        return session.post(url, data=await _body(receive), headers=JSON)


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, aiohttp.ClientSession]]:
    connector = aiohttp.TCPConnector(limit=1000)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        gc.collect()
        gc.freeze()
        yield {"session": session}


app = Starlette(
    routes=[Route("/documents/{name}", PassThrough(), methods=["GET", "POST"])],
    lifespan=lifespan,
)
