"""REST: the generated adapter beside nginx and pass-throughs written by hand."""

import json
from pathlib import Path

from .contest import OURS, Contest, Contestant, Scenario
from .contestants import Field
from .documents import DOCUMENTS, Document
from .load import Request

NAME = "REST"
BY_HAND = "Starlette + aiohttp"
STORED = Document("stored", 1024)


def contest(field: Field, directory: Path) -> Contest:
    """Return the servers to measure, and their requests."""
    body = directory / "stored.json"
    body.write_bytes(STORED.content())
    contestants = (
        Contestant(BY_HAND, field.written("starlette_rest")),
        Contestant(OURS, field.generated("rest")),
        Contestant("bare ASGI + aiohttp", field.written("starlette_asgi_rest")),
        Contestant("Starlette + pyreqwest", field.written("starlette_pyreqwest_rest")),
        Contestant("nginx as a proxy", field.proxy),
        Contestant("FastAPI + httpx", field.written("fastapi_rest")),
    )
    reads = [_read(document) for document in DOCUMENTS]
    stores = [_stored(document, body) for document in DOCUMENTS]
    return Contest(NAME, contestants, (*reads, *stores))


def _read(document: Document) -> Scenario:
    return _scenario(document, Request("GET", document.path))


def _stored(document: Document, body: Path) -> Scenario:
    headers = {"Content-Type": "application/json"}
    return _scenario(document, Request("POST", document.path, headers, body))


def _scenario(document: Document, request: Request) -> Scenario:
    name = f"{request.method} {document.label}"
    return Scenario(name, request, document.content(), read=json.loads)
