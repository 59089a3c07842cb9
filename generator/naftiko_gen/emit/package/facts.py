"""The manifest's facts about a capability, whose changes a reviewer has to see."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.code.names import spell_template
from naftiko_gen.emit.package.rows import setting_rows
from naftiko_gen.emit.package.variables import PackageVariables


def facts(capability: ir.Capability) -> dict[str, Plain]:
    """Return hosts, variables, ports, routes, tools with their hints, and contents."""
    servers = capability.servers
    optional: dict[str, list[Plain] | dict[str, Plain]] = {
        "resources": [r.template for mcp in capability.mcp for r in mcp.contents],
        "prompts": [prompt.name for mcp in capability.mcp for prompt in mcp.prompts],
        "guards": {s.namespace: s.guard.label for s in servers if s.guard is not None},
        "scripts": [file.path for file in script_files(capability)],
    }
    return {
        "hosts": _hosts(capability),
        "variables": [row.name for row in setting_rows(PackageVariables(capability))],
        "ports": {s.namespace: s.port for s in servers if s.listens},
        **_units(capability),
        **{name: fact for name, fact in optional.items() if fact},
    }


def _hosts(capability: ir.Capability) -> list[Plain]:
    credentials = [upstream.credential for upstream in capability.upstreams]
    guards = [adapter.guard for adapter in capability.servers]
    endpoints = [c.token_endpoint for c in credentials if isinstance(c, ir.OAuth2)]
    issuers = [g.issuer for g in guards if isinstance(g, ir.AccessToken)]
    return [
        *(spell_template(upstream.base_uri) for upstream in capability.upstreams),
        *dict.fromkeys(map(_text, endpoints)),
        *dict.fromkeys(map(_text, issuers)),
    ]


def _text(text: ir.Text) -> str:
    return spell_template(ir.texts_and_variables(text))


def _units(capability: ir.Capability) -> dict[str, Plain]:
    """Return the routes, and each tool's hints by its name.

    The name of a tool is prefixed by its adapter's if others have it too.
    """
    routes: list[Plain] = []
    tools: dict[str, Plain] = {}
    uses = Counter(tool.name for tool in capability.tools)
    for unit in capability.exposed:
        match unit:
            case ir.Route(method=method, route=route):
                routes.append(f"{method} {spell_template(route)}")
            case ir.Tool(name=name, hints=hints):
                prefix = f"{capability.exposing(unit).namespace}/"
                tools[f"{prefix}{name}" if uses[name] > 1 else name] = {
                    "readOnly": hints.read_only,
                    "destructive": hints.destructive,
                    "idempotent": hints.idempotent,
                    "openWorld": hints.open_world,
                }
            case ir.Resource():
                pass  # files are listed with it
            case _:
                assert_never(unit)
    return {"routes": routes, "tools": tools}
