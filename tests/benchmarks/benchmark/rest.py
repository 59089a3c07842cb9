"""REST: the generated adapter beside nginx and pass-throughs written by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

from .contest import OURS, Contest, Contestant, Scenario
from .contestants import Field
from .documents import DOCUMENTS, EXTREMES, Document
from .load import Request

NAME = "REST"
HTTPS = "REST over https"
BY_HAND = "Starlette + aiohttp"
NGINX = "nginx as a proxy"
CONNECTIONS = (1, 32, 256)


def contest(field: Field, directory: Path) -> Contest:
    """Return the servers to measure, and their requests."""
    contestants = (
        Contestant(BY_HAND, field.start_written("starlette_rest")),
        Contestant(OURS, field.start_generated("rest")),
        Contestant(
            "Starlette + pyreqwest", field.start_written("starlette_pyreqwest_rest")
        ),
        Contestant(NGINX, field.proxy),
        Contestant("FastAPI + httpx", field.start_written("fastapi_rest")),
    )
    reads = [_read(document) for document in DOCUMENTS]
    short, long = DOCUMENTS
    stores = [
        _store(document, body, directory)
        for document, body in ((short, short), (long, short), (long, long))
    ]
    return Contest(NAME, contestants, (*reads, *stores))


def over_https(field: Field, directory: Path) -> Contest:
    """Return the same with an upstream that has TLS, without most of the others."""
    secure = contest(replace(field, upstream=field.secure_upstream), directory)
    servers, scenarios = secure.contestants[:2], secure.scenarios[:3]
    return Contest(HTTPS, servers, scenarios)


def matrix(field: Field, directory: Path) -> Iterator[Contest]:
    """Return both, with every size of an answer and a body and many connections."""
    sizes = sorted((*DOCUMENTS, *EXTREMES), key=lambda document: document.size)
    scenarios = [
        *map(_read, sizes),
        *(_store(*pair, directory) for pair in product(sizes, DOCUMENTS)),
    ]
    crowds = [
        replace(scenario, name=f"{scenario.name}, {number} at once", connections=number)
        for scenario, number in product(scenarios, CONNECTIONS)
    ]
    for subject in (contest(field, directory), over_https(field, directory)):
        servers = subject.contestants[:2]
        yield Contest(f"{subject.name}, matrix", servers, crowds)


def _read(document: Document) -> Scenario:
    return _scenario(document, Request("GET", document.path), document.label)


def _store(document: Document, body: Document, directory: Path) -> Scenario:
    """Store a body, to which the upstream answers with a document."""
    headers = {"Content-Type": "application/json"}
    request = Request("POST", document.path, headers, directory / body.path[1:])
    suffix = "" if body == document else f", answer {document.label}"
    return _scenario(document, request, body.label + suffix)


def _scenario(document: Document, request: Request, label: str) -> Scenario:
    return Scenario(f"{request.method} {label}", request, document.content(), _json)


def _json(answer: bytes) -> object:
    return json.loads(answer or b"null")
