"""The same pass-through over pyreqwest, a client in Rust, tuned in the same way."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.response import Response as Answer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

UPSTREAM = os.environ["UPSTREAM"]


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Client]]:
    async with ClientBuilder().no_proxy().build() as client:
        gc.collect()
        gc.freeze()
        yield {"client": client}


async def get_document(request: Request) -> Response:
    client: Client = request.state.client
    return await _passed_on(await client.get(_url(request)).build().send())


async def store_document(request: Request) -> Response:
    client: Client = request.state.client
    sending = client.post(_url(request)).header("Content-Type", "application/json")
    body = await request.body()
    return await _passed_on(await sending.body_bytes(body).build().send())


def _url(request: Request) -> str:
    return f"{UPSTREAM}/documents/{quote(request.path_params['name'], safe='')}"


async def _passed_on(answer: Answer) -> Response:
    content = bytes(await answer.bytes())
    media_type = answer.get_header("content-type")
    return Response(content, answer.status, media_type=media_type)


app = Starlette(
    routes=[
        Route("/documents/{name}", get_document),
        Route("/documents/{name}", store_document, methods=["POST"]),
    ],
    lifespan=lifespan,
)
