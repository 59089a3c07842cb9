"""OpenAPI documents with as many operations as a test asks for."""

from typing import Any

TAGS = ("orders", "customers", "parcels", "invoices")
_VERBS = {"get": "Get", "put": "Replace", "delete": "Delete", "post": "Add"}


def large_document(operations: int) -> dict[str, Any]:
    """Return a document; each tag has as many operations as the others, or one more."""
    paths: dict[str, dict[str, Any]] = {}
    for number in range(operations):
        tag = TAGS[number % len(TAGS)]
        method = [*_VERBS][number // len(TAGS) % len(_VERBS)]
        subject = f"{tag}-{number // (len(TAGS) * len(_VERBS))}"
        path = paths.setdefault(f"/{tag}/{{id}}/{subject}", {})
        path[method] = _operation(method, subject, tag)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1.0", "description": "A large shop."},
        "servers": [{"url": "https://shop.example.com/v1"}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
    }


def _operation(method: str, subject: str, tag: str) -> dict[str, Any]:
    about = f"{_VERBS[method]} {subject} of one of the {tag}, by its number"
    operation: dict[str, Any] = {
        "operationId": f"{method}-{subject}",
        "summary": f"{_VERBS[method]} {subject}",
        "description": f"{about}.\n\nOnly members of the group that owns it may do so.",
        "tags": [tag],
        "parameters": [
            {**_parameter("id", "integer"), "in": "path", "required": True},
            _parameter("page", "integer"),
            _parameter("sort_by_name_or_date", "string"),
        ],
        "responses": {"200": {"description": "Done"}},
    }
    if method in ("put", "post"):
        properties = {"name": {"type": "string"}, "amount": {"type": "number"}}
        schema = {"type": "object", "properties": properties}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"content": content}
    return operation


def _parameter(name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": f"The {name.replace('_', ' ')} of the parcels, as they are asked"
        " for by those who send them.",
        "schema": {"type": kind},
    }
