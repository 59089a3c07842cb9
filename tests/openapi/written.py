"""Capabilities as imports write them, read by tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options

if TYPE_CHECKING:
    from pathlib import Path

HEAD = {
    "openapi": "3.1.0",
    "info": {"title": "API", "version": "1"},
    "servers": [{"url": "https://x.test"}],
}


def write_api(directory: Path, paths: dict[str, Any], **more: Any) -> Path:
    """Write a document of these paths; `more` are its other keys."""
    document = directory / "api.json"
    document.write_text(json.dumps({**HEAD, "paths": paths, **more}), "utf-8")
    return document


def compile_strictly(spec: Path) -> ir.Capability:
    """Compile a capability without a note."""
    reading = frontend.read(spec, Options(spec.parent, strict=True))
    assert [f"{d.span}: {d.message}" for d in reading.diagnostics] == []
    assert reading.meaning
    return reading.meaning.capability


def read(spec: Path) -> dict[str, Any]:
    """Return a capability whose operations, routes and tools repeat their functions."""
    return repeat_functions(yaml.load(spec.read_text("utf-8"), yaml.CSafeLoader))


def repeat_functions(spec: dict[str, Any]) -> dict[str, Any]:
    """Let operations, routes and tools repeat the parts of their functions."""
    capability = spec["capability"]
    functions = {
        f"{aggregate['namespace']}.{function['name']}": function
        for aggregate in capability.get("aggregates", ())
        for function in aggregate["functions"]
    }
    operations = {
        f"{api['namespace']}.{operation['name']}": operation
        for api in capability["consumes"]
        for resource in api.get("resources", ())
        for operation in resource["operations"]
    }
    for function in functions.values():
        operation = operations[function["call"]]
        operation.setdefault("description", function["description"])
    for adapter in capability["exposes"]:
        for units in (adapter, *adapter.get("resources", ())):
            for unit in units.get("tools", units.get("operations", ())):
                if (function := functions.get(unit.pop("ref", ""))) is not None:
                    _repeat(unit, function, operations[function["call"]])
    return spec


def _repeat(
    unit: dict[str, Any], function: dict[str, Any], operation: dict[str, Any]
) -> None:
    parts = dict(function)
    semantics = parts.pop("semantics")
    inputs = parts.pop("inputParameters", [])
    if "method" in unit:
        places = {p["name"]: p["in"] for p in operation.get("inputParameters", ())}
        own = unit.get("inputParameters") or [
            {"name": i["name"], "in": places[i["name"]]} for i in inputs
        ]
        inputs = [function | i for i, function in zip(own, inputs, strict=True)]
        inputs = [{k: v for k, v in i.items() if k != "required"} for i in inputs]
    else:
        safe = {"readOnly": semantics["safe"], "destructive": False}
        idempotent = {"idempotent": semantics["idempotent"]}
        unit["hints"] = {**safe, **idempotent, **unit.get("hints", {})}
    if inputs:
        unit["inputParameters"] = inputs
    unit.update({key: unit.get(key, value) for key, value in parts.items()})


def tools(spec: Path) -> dict[str, dict[str, Any]]:
    """Return the tools of a capability by their names."""
    adapters = read(spec)["capability"]["exposes"]
    servers = (adapter for adapter in adapters if adapter["type"] == "mcp")
    return {tool["name"]: tool for server in servers for tool in server["tools"]}
