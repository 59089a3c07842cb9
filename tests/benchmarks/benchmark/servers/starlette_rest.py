"""A pass-through as a good engineer writes it: Starlette and one aiohttp session.

It has none of the generated adapter's checks: no deadline, no bound on an answer, no
rules for paths, headers, hosts or bodies.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

UPSTREAM = os.environ["UPSTREAM"]


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, aiohttp.ClientSession]]:
    connector = aiohttp.TCPConnector(limit=1000)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        gc.collect()
        gc.freeze()
        yield {"session": session}


async def get_document(request: Request) -> Response:
    session: aiohttp.ClientSession = request.state.session
    async with session.get(_url(request)) as answer:
        content = await answer.read()
    return Response(content, answer.status, media_type=answer.content_type)


async def store_document(request: Request) -> Response:
    session: aiohttp.ClientSession = request.state.session
    headers = {"Content-Type": "application/json"}
    body = await request.body()
    async with session.post(_url(request), data=body, headers=headers) as answer:
        content = await answer.read()
    return Response(content, answer.status, media_type=answer.content_type)


def _url(request: Request) -> str:
    return f"{UPSTREAM}/documents/{quote(request.path_params['name'], safe='')}"


app = Starlette(
    routes=[
        Route("/documents/{name}", get_document),
        Route("/documents/{name}", store_document, methods=["POST"]),
    ],
    lifespan=lifespan,
)
