"""Other spellings of published documents, with the same meaning."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from plain_yaml import Node

from distinct import distinct

Respelling = Callable[[Node], object]
Writer = Callable[[Node], bytes]

WRITES = ("POST", "PUT", "PATCH")
BRACES = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
REFERENCE = re.compile(r"(?:rest|tools)\.([A-Za-z][\w-]*)")


# --- parts of a document ---


def upstreams(document: Node) -> Iterator[Node]:
    consumed = document["capability"].get("consumes") or []
    yield from (upstream for upstream in consumed if "resources" in upstream)


def operations_with_resources(document: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each operation with its resource."""
    for upstream in upstreams(document):
        for resource in upstream["resources"]:
            for operation in resource["operations"]:
                yield resource, operation


def adapters(document: Node, kind: str) -> Iterator[Node]:
    for adapter in document["capability"]["exposes"]:
        if adapter["type"] == kind:
            yield adapter


def routes(document: Node) -> Iterator[Node]:
    """Yield the resources of all REST adapters."""
    for adapter in adapters(document, "rest"):
        yield from adapter.get("resources") or []


def units(document: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each route and tool with its adapter."""
    for adapter in document["capability"]["exposes"]:
        for resource in adapter.get("resources") or []:
            yield from ((adapter, unit) for unit in resource["operations"])
        if adapter["type"] == "mcp":
            yield from ((adapter, unit) for unit in adapter.get("tools") or [])


# --- consumed operations ---


def auth(document: Node) -> None:
    for upstream in upstreams(document):
        _rename(upstream, {"authentication": "auth"})


def bearer_value(document: Node) -> None:
    for upstream in upstreams(document):
        credential = upstream.get("authentication") or {}
        if credential.get("type") == "bearer":
            _rename(credential, {"token": "value"})
            credential["placement"] = "header"


def apikey_in(document: Node) -> None:
    for upstream in upstreams(document):
        credential = upstream.get("authentication") or {}
        if credential.get("type") == "apikey" and "placement" in credential:
            _rename(credential, {"placement": "in", "key": "name"})


def double_braces(document: Node) -> None:
    for resource, _ in operations_with_resources(document):
        resource["path"] = BRACES.sub(r"{{\1}}", resource["path"])


def no_slashes(document: Node) -> None:
    for resource, operation in operations_with_resources(document):
        if "path" not in operation and resource["path"][1:2].isalpha():
            resource["path"] = resource["path"].lstrip("/")


def operation_ids(document: Node) -> None:
    for _, operation in operations_with_resources(document):
        _rename(operation, {"name": "id"})


def relative_paths(document: Node) -> None:
    """Move the last segment of a path from resources to operations."""
    if any("path" in operation for _, operation in operations_with_resources(document)):
        return
    for resource in distinct(
        resource for resource, _ in operations_with_resources(document)
    ):
        start, _, end = resource["path"].rpartition("/")
        if start and end and not re.search("[?#]", resource["path"]):
            resource["path"] = start
            for operation in resource["operations"]:
                operation["path"] = f"/{end}"


def no_places(document: Node) -> None:
    """Remove places that follow from the method and the path."""
    for resource, operation in operations_with_resources(document):
        otherwise = "body" if operation["method"] in WRITES else "query"
        in_path = BRACES.findall(resource["path"] + (operation.get("path") or ""))
        for parameter in operation.get("inputParameters") or []:
            place = "path" if parameter.get("name") in in_path else otherwise
            if parameter.get("in") == place:
                del parameter["in"]


def body_prefixes(document: Node) -> None:
    for _, operation in operations_with_resources(document):
        if "body" in operation:
            text = json.dumps(operation["body"]).replace("{{tools.", "{{rest.")
            operation["body"] = json.loads(text)


# --- exposed routes and tools ---


def qualify_names(document: Node) -> None:
    _refer(document, lambda name, adapter: f"{adapter['namespace']}.{name}")


def referred_by_this(document: Node) -> None:
    _refer(document, lambda name, adapter: f"$this.{adapter['namespace']}.{name}")


def route_braces(document: Node) -> None:
    for resource in routes(document):
        resource["path"] = BRACES.sub(r"{{\1}}", resource["path"])


def split_routes(document: Node) -> None:
    """Give each operation of a route a resource of its own."""
    for adapter in adapters(document, "rest"):
        adapter["resources"] = [
            {**resource, "operations": [operation]}
            for resource in adapter.get("resources") or []
            for operation in resource["operations"]
        ]


def null_keys(document: Node) -> None:
    for _, unit in units(document):
        for key in ("with", "inputParameters", "outputParameters"):
            unit.setdefault(key, None)


# --- the whole document ---


def alpha1(document: Node) -> None:
    document["naftiko"] = "1.0.0-alpha1"


def backwards(document: Node) -> None:
    for node in (document, document["capability"], *(u for _, u in units(document))):
        entries = list(node.items())
        node.clear()
        node.update(reversed(entries))


NAMED = {
    *("inputParameters", "resources", "operations", "outputParameters"),
    *("tools", "skills"),
}
LABELLED = {"info", "resources", "operations", "tools"}


def ikanos(document: Node) -> None:
    """Write a document in the language that came after Naftiko."""
    document["ikanos"] = "1.0.0-beta5"
    del document["naftiko"]
    if "label" in (document.get("info") or {}):
        document["info"]["display"] = document["info"].pop("label")
    for section in ("consumes", "exposes"):
        for part in document["capability"].get(section) or []:
            _with_names_as_keys(part)


def _with_names_as_keys(holder: Node) -> None:
    for key in NAMED & set(holder):
        items = [entry for entry in holder[key] or [] if isinstance(entry, dict)]
        for item in items:
            _with_names_as_keys(item)
            if key in LABELLED and "label" in item:
                item["display"] = item.pop("label")
        names = {entry["name"] for entry in items if isinstance(entry.get("name"), str)}
        if items and len(names) == len(holder[key]) and "" not in names:
            holder[key] = {entry.pop("name"): entry for entry in items}


RESPELLINGS: tuple[Respelling, ...] = (
    *(auth, bearer_value, apikey_in, double_braces, no_slashes, operation_ids),
    *(relative_paths, no_places, body_prefixes),
    *(qualify_names, referred_by_this, route_braces, split_routes, null_keys),
    *(alpha1, ikanos, backwards),
)


class _Dumper(yaml.CSafeDumper):
    """Writes shared values each time, without aliases."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def in_blocks(document: Node) -> bytes:
    return _dump(document, flow=False)


def in_braces(document: Node) -> bytes:
    return _dump(document, flow=True)


def with_crlf(document: Node) -> bytes:
    return in_blocks(document).replace(b"\n", b"\r\n")


def as_json(document: Node) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


WRITERS: tuple[Writer, ...] = (in_blocks, in_braces, with_crlf, as_json)


def _dump(document: Node, *, flow: bool) -> bytes:
    text: str = yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=flow,
    )
    return text.encode()


def _rename(holder: Node, names: dict[str, str]) -> None:
    for key, name in names.items():
        if key in holder:
            holder[name] = holder.pop(key)


def _refer(document: Node, respell: Callable[[str, Node], str]) -> None:
    for adapter, unit in units(document):
        arguments = unit.get("with") or {}
        for key, value in arguments.items():
            match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
            if match and match[1] != "body":
                arguments[key] = respell(match[1], adapter)
