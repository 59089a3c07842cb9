"""The manifest's facts about a capability, whose changes a reviewer has to see."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.code.names import spell_template
from naftiko_gen.emit.package.rows import setting_rows
from naftiko_gen.ir import (
    AccessToken,
    Capability,
    OAuth2,
    Resource,
    Route,
    Text,
    Tool,
    Upstream,
    texts_and_variables,
)


def facts(capability: Capability) -> dict[str, Plain]:
    """Return hosts, variables, ports, routes, tools with their hints, and contents."""
    return {
        "hosts": [
            *map(_base_uri, capability.upstreams),
            *_token_endpoints(capability),
            *_issuers(capability),
        ],
        "variables": _variables(capability),
        "ports": _ports(capability),
        **_units(capability),
        **_contents(capability),
        **_guards(capability),
        **_scripts(capability),
    }


def _contents(capability: Capability) -> dict[str, Plain]:
    """Return the URIs of resources and the names of prompts, each if there are any."""
    adapters = capability.mcp
    resources = [
        resource.template for adapter in adapters for resource in adapter.contents
    ]
    prompts = [prompt.name for adapter in adapters for prompt in adapter.prompts]
    return {
        **({"resources": [*resources]} if resources else {}),
        **({"prompts": [*prompts]} if prompts else {}),
    }


def _scripts(capability: Capability) -> dict[str, Plain]:
    """Return the files of scripts, if there are any."""
    paths: list[Plain] = [file.path for file in script_files(capability)]
    return {"scripts": paths} if paths else {}


def _guards(capability: Capability) -> dict[str, Plain]:
    """Return the kind of authentication of each adapter that has one."""
    guards: dict[str, Plain] = {
        adapter.namespace: adapter.guard.label
        for adapter in capability.servers
        if adapter.guard is not None
    }
    return {"guards": guards} if guards else {}


def _ports(capability: Capability) -> dict[str, Plain]:
    """Return the port of each adapter that listens on one."""
    return {
        adapter.namespace: adapter.port
        for adapter in capability.servers
        if adapter.listens
    }


def _base_uri(upstream: Upstream) -> str:
    return spell_template(upstream.base_uri)


def _token_endpoints(capability: Capability) -> dict[str, None]:
    """Return the URLs that give tokens for credentials, each once."""
    credentials = (upstream.credential for upstream in capability.upstreams)
    return dict.fromkeys(
        _text(credential.token_endpoint)
        for credential in credentials
        if isinstance(credential, OAuth2)
    )


def _issuers(capability: Capability) -> dict[str, None]:
    """Return the authorization servers that give keys for access tokens, each once."""
    guards = (adapter.guard for adapter in capability.servers)
    return dict.fromkeys(
        _text(guard.issuer) for guard in guards if isinstance(guard, AccessToken)
    )


def _text(text: Text) -> str:
    return spell_template(texts_and_variables(text))


def _variables(capability: Capability) -> list[Plain]:
    return [row.name for row in setting_rows(capability)]


def _units(capability: Capability) -> dict[str, Plain]:
    """Return the routes, and each tool's hints by its name.

    The name of a tool is prefixed by its adapter's if others have it too.
    """
    routes: list[Plain] = []
    tools: dict[str, Plain] = {}
    uses = Counter(tool.name for tool in capability.tools)
    for unit in capability.exposed:
        match unit:
            case Route(method=method, route=route):
                routes.append(f"{method} {spell_template(route)}")
            case Tool(name=name):
                prefix = f"{capability.exposing(unit).namespace}/"
                tools[f"{prefix}{name}" if uses[name] > 1 else name] = _hints(unit)
            case Resource():
                pass  # files are listed with it
            case _:
                assert_never(unit)
    return {"routes": routes, "tools": tools}


def _hints(tool: Tool) -> dict[str, Plain]:
    return {
        "readOnly": tool.hints.read_only,
        "destructive": tool.hints.destructive,
        "idempotent": tool.hints.idempotent,
        "openWorld": tool.hints.open_world,
    }
