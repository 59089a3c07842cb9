"""Rules for adapters, and for keys of one kind of them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import count

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.detection import is_empty
from naftiko_gen.dialects.forms import OBJECT, Extra, list_of, reference
from naftiko_gen.dialects.rewriting import (
    EXPOSED_RESOURCES,
    EXPOSES,
    at,
    candidate_names,
    drop_key,
    mappings,
    name_of,
    note,
    respell,
    rewrite,
)
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

OLDER_TYPE = "api"
"""An older word for `rest`."""
EXTRAS = (
    Extra(
        ("RestOperation",), "hints", OBJECT, "Leave the key out: only tools have hints."
    ),
    Extra(
        ("Rest",),
        "inputParameters",
        list_of(reference("RestInput")),
        "Write them into the resources.",
    ),
)
_FIRST_PORT = 8080
_INPUTS = "inputParameters"
PORT = re.compile(r"[1-9][0-9]{0,4}")


def adapter_namespace(tree: Mapping, slug: str, report: Report) -> Mapping:
    """Name an adapter without a namespace after the package and the adapter's type."""
    names = {adapter.text("namespace") for adapter in mappings(tree, EXPOSES)}

    def change(adapter: Mapping) -> Mapping:
        namespace, kind = adapter.get("namespace"), adapter.text("type")
        if kind is None or (namespace is not None and namespace.plain() is not None):
            return adapter
        stem = kind if kind == "control" else f"{slug}-{kind}"
        name = next(n for n in candidate_names(stem) if n not in names)
        names.add(name)
        span = adapter.key_span("type")
        # The language gives control adapters no namespace, so `fix` writes none.
        if kind == "control":
            span = adapter.value_span("type")
        else:
            message = f"the adapter has no namespace, so it is {quote(name)}"
            report.add(Code.ADAPTER_NAMESPACE, message, span)
        return adapter.put("namespace", Scalar(name, span))

    return rewrite(tree, EXPOSES, change)


@at(EXPOSES)
def adapter_type(adapter: Mapping, report: Report) -> Mapping:
    """Read the type `api` of an adapter as `rest`."""
    if adapter.text("type") != OLDER_TYPE:
        return adapter
    return respell(adapter, "type", "rest", Code.ADAPTER_TYPE, report)


@at(EXPOSES)
def adapter_inputs(adapter: Mapping, report: Report) -> Mapping:
    """Move the inputs of a REST adapter into its resources."""
    inputs = adapter.get(_INPUTS)
    if adapter.text("type") != "rest" or not isinstance(inputs, Sequence):
        return adapter
    message = "the inputs are read as inputs of each resource"
    report.add(Code.ADAPTER_INPUTS, message, adapter.key_span(_INPUTS))
    add = partial(_with_inputs, inputs)
    return rewrite(adapter.drop(_INPUTS), EXPOSED_RESOURCES, add)


def _with_inputs(inputs: Sequence, resource: Mapping) -> Mapping:
    """Return a resource with more inputs, unless it declares these itself."""
    own_items, path = resource.items(_INPUTS), resource.text("path") or ""
    if _INPUTS in resource and not isinstance(resource.get(_INPUTS), Sequence):
        return resource
    own_names = {name_of(item) for item in own_items}
    others = (item for item in inputs.items if name_of(item) not in own_names)
    items = (*(i for i in others if not _is_elsewhere(i, path)), *own_items)
    return resource.put(_INPUTS, Sequence(items, inputs.span)) if items else resource


def _is_elsewhere(input_: Node, path: str) -> bool:
    """Return whether an input is a variable that a path lacks."""
    is_in_path = name_of(input_, "in") == "path"
    return is_in_path and f"{{{name_of(input_)}}}" not in path


@at(EXPOSES)
def read_as_number(adapter: Mapping, report: Report) -> Mapping:
    """Read a port that is a text as a number."""
    text = adapter.text("port")
    if text is None or not PORT.fullmatch(text):
        return adapter
    span = adapter.value_span("port")
    message = f"the text {quote(text)} is read as the number"
    report.add(Code.READ_AS_NUMBER, message, span)
    return adapter.put("port", Scalar(int(text), span))


def adapter_port(tree: Mapping, report: Report) -> Mapping:
    """Give an adapter without a port the first free one from 8080 on."""
    ports = [adapter.get("port") for adapter in mappings(tree, EXPOSES)]
    used_ports = {port.plain() for port in ports if isinstance(port, Scalar)}

    def change(adapter: Mapping) -> Mapping:
        port = adapter.get("port")
        is_given = port is not None and port.plain() is not None
        if is_given or not _listens(adapter):
            return adapter
        free = next(port for port in count(_FIRST_PORT) if port not in used_ports)
        used_ports.add(free)
        span = adapter.key_span("type")
        report.add(Code.ADAPTER_PORT, f"the adapter has no port, so it is {free}", span)
        return adapter.put("port", Scalar(free, span))

    return rewrite(tree, EXPOSES, change)


def _listens(adapter: Mapping) -> bool:
    match adapter.text("type"):
        case "rest" | "control":
            return True
        case "mcp":
            return adapter.text("transport") in (None, "http")
        case _:
            return False


@at(("capability",))
def dropped_adapter(capability: Mapping, report: Report) -> Mapping:
    """Drop adapters with an empty list, unless no other adapter is left."""
    adapters = capability.get("exposes")
    items = capability.items("exposes")
    empty_items = [
        item for item in items if isinstance(item, Mapping) and is_empty(item)
    ]
    exposing = tuple(item for item in items if item not in empty_items)
    if not (isinstance(adapters, Sequence) and exposing and empty_items):
        return capability
    for adapter in empty_items:
        message = "the adapter exposes nothing and is left out"
        report.add(Code.DROPPED_ADAPTER, message, adapter.span)
    return capability.put("exposes", replace(adapters, items=exposing))


_SURFACE = "the official language doesn't say how clients see tools"
_DESCRIPTION = "the description becomes that of the OpenAPI document"
_GROUPS = "'groups' are told to MCP clients"
_NOTES = (
    note(EXPOSES, "description", Code.ADAPTER_DESCRIPTION, _DESCRIPTION, "rest"),
    note(EXPOSES, "surface", Code.TOOL_SURFACE, _SURFACE, "mcp"),
    note(EXPOSES, "groups", Code.CLIENT_TEXT, _GROUPS, "mcp"),
)


@at((*EXPOSES, "resources", "operations"))
def route_hints(operation: Mapping, report: Report) -> Mapping:
    """Drop the hints of a route: only tools have hints."""
    message = "'hints' have no meaning for a route"
    return drop_key(operation, "hints", Code.IGNORED_KEY, message, report)


@at(EXPOSES)
def port_of_no_use(adapter: Mapping, report: Report) -> Mapping:
    """Drop the port of an adapter that uses standard input and output."""
    if adapter.text("transport") != "stdio":
        return adapter
    message = "'port' has no meaning for 'stdio'"
    return drop_key(adapter, "port", Code.IGNORED_KEY, message, report)


@at((*EXPOSES, "prompts"))
def prompt_text(prompt: Mapping, report: Report) -> Mapping:
    """Read a template that is a text as the only message of a prompt."""
    template = prompt.get("template")
    if not isinstance(template, Scalar) or not isinstance(template.value, str):
        return prompt
    span = prompt.key_span("template")
    report.add(Code.PROMPT_TEXT, "the text is read as a message of the user", span)
    message = mapping({"role": Scalar("user", span), "content": template}, span)
    return prompt.put("template", Sequence((message,), template.span))


RULES = (
    dropped_adapter,
    read_as_number,
    adapter_port,
    adapter_inputs,
    prompt_text,
    *_NOTES,
    route_hints,
    port_of_no_use,
)
