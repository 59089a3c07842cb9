"""The responses that clients get, made from responses of the upstream."""

import re
from typing import Any

from plain_yaml import Node, UnreadError

SHAPES = {"string", "number", "integer", "boolean", "object", "array"}


def expected_answer(outputs: list[Node] | None, document: Any) -> Any:
    """Return the exposed part of an upstream's document."""
    if not outputs:
        return document
    if "name" in outputs[0]:
        return {output["name"]: _find(output, document) for output in outputs}
    [only] = outputs
    return _find(only, document)


def _find(output: Node, document: Any) -> Any:
    if output.get("properties") or output.get("items") or "mapping" not in output:
        raise UnreadError("an answer that is made of parts")
    if output["type"] not in SHAPES:
        raise UnreadError(f"an answer of type {output['type']}")
    names = output["mapping"].removeprefix("$").strip(".")
    if not re.fullmatch(r"[\w.-]*", names):
        raise UnreadError(f"an answer at {output['mapping']}")
    for name in filter(None, names.split(".")):
        document = _member(document, name)
    return document


def _member(document: Any, name: str) -> Any:
    if isinstance(document, list) and name == "length":
        return len(document)
    return document.get(name) if isinstance(document, dict) else None
