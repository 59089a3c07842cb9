"""The same pass-through as FastAPI's and httpx's documentation suggest it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI, Request, Response

UPSTREAM = os.environ["UPSTREAM"]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    async with httpx.AsyncClient(base_url=UPSTREAM, trust_env=False) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


@app.get("/documents/{name}")
async def get_document(name: str, request: Request) -> Response:
    client: httpx.AsyncClient = request.state.client
    return _passed_on(await client.get(_path(name)))


@app.post("/documents/{name}")
async def store_document(
    name: str, document: dict[str, Any], request: Request
) -> Response:
    client: httpx.AsyncClient = request.state.client
    return _passed_on(await client.post(_path(name), json=document))


def _path(name: str) -> str:
    return f"/documents/{quote(name, safe='')}"


def _passed_on(answer: httpx.Response) -> Response:
    media_type = answer.headers["content-type"]
    return Response(answer.content, answer.status_code, media_type=media_type)
