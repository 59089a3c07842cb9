"""The upstream APIs of the tutorial, which answer the examples of their documents."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import yaml
from published import CORPUS

from recording_upstream import Answer, Received, RecordingUpstream

REGISTRY = "naftiko-shipyard-maritime-registry-api.yaml"
DOCKYARD = "naftiko-shipyard-legacy-dockyard-api.yaml"
PUBLIC = (
    *("imo_number", "vessel_name", "vessel_type"),
    *("flag_code", "operational_status"),
)
UNKNOWN = Answer(b'{"error": "not_found"}', status=404)


class Shipyard(RecordingUpstream):
    """An upstream API; clients without a token get five fields of a ship."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self._document = document

    @property
    def calls(self) -> list[str]:
        """Return the methods and targets of the requests, in the order of arrival."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def answer_to(self, request: Received, /) -> Answer:
        for template, methods in _paths(self._document).items():
            names = re.findall(r"\{(\w+)\}", template)
            pattern = re.sub(r"\{\w+\}", "([^/]+)", template)
            path, _, query = request.target.partition("?")
            match = re.fullmatch(pattern, urlsplit(path).path)
            operation = methods.get(request.method.lower())
            if match and operation:
                key = "".join(
                    f"/{n}={v}" for n, v in zip(names, match.groups(), strict=True)
                )
                return _answer(operation, key or f"?{query}", request)
        return UNKNOWN


@cache
def _paths(document: str) -> dict[str, Any]:
    path = CORPUS / "official" / "upstream" / document
    paths: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["paths"]
    return paths


def _answer(operation: dict[str, Any], key: str, request: Received) -> Answer:
    status, response = next(
        (status, response)
        for status, response in operation["responses"].items()
        if status < "3"
    )
    [(media_type, content)] = response["content"].items()
    examples = {name: example["value"] for name, example in content["examples"].items()}
    if key.startswith("/") and key not in examples:
        return UNKNOWN
    value = examples.get(key, next(iter(examples.values())))
    body = value.encode() if isinstance(value, str) else _json(value, request)
    return Answer(body, (("Content-Type", media_type),), int(status))


def _json(value: Any, request: Received) -> bytes:
    if request.body:
        value = {**value, **dict(_echo(value, json.loads(request.body)))}
    if request.field("Authorization") is None and isinstance(value, dict):
        value = {name: value[name] for name in PUBLIC if name in value}
    return json.dumps(value).encode()


def _echo(value: dict[str, Any], request: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members whose example names a member of the request."""
    for name, example in value.items():
        if "request.body" in str(example):
            yield name, request.get(name)
