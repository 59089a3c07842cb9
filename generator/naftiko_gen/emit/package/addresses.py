"""The default addresses of the adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import fill, join, markdown_code
from naftiko_gen.ir import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability, Route, Server


def root(adapter: Server) -> str:
    """Return the root URL of an adapter."""
    return f"http://127.0.0.1:{adapter.port}"


def has_ports(capability: Capability) -> bool:
    """Return whether `serve` has an adapter to serve."""
    over_http = (adapter.transport is Transport.HTTP for adapter in capability.mcp)
    others = (*capability.rest, *capability.skill_servers, *capability.controls)
    return bool(others) or any(over_http)


def rest_root(route: Route, capability: Capability) -> str:
    """Return the root URL of the adapter that exposes a route."""
    return next(
        root(adapter)
        for adapter in capability.rest
        if any(other is route for other in adapter.routes)
    )


def rest_addresses(capability: Capability) -> Iterator[Code]:
    """Yield each REST adapter's name and root, as Markdown."""
    for adapter in capability.rest:
        name, url = markdown_code(adapter.namespace), markdown_code(root(adapter))
        yield fill("{} at {}", name, url)


def control_addresses(capability: Capability) -> Iterator[Code]:
    """Yield the pages of each control adapter, as Markdown."""
    for adapter in capability.controls:
        health = ("/health/live", "/health/ready") if adapter.has_health else ()
        status = ("/status",) if adapter.has_status else ()
        paths = [markdown_code(path) for path in (*health, *status)]
        name, url = markdown_code(adapter.namespace), markdown_code(root(adapter))
        yield fill("{} at {}: {}", name, url, join(", ", paths))


def skill_addresses(capability: Capability) -> Iterator[Code]:
    """Yield each server of skills with its URL, as Markdown."""
    for adapter in capability.skill_servers:
        name, url = adapter.namespace, f"{root(adapter)}/skills"
        yield fill("{} at {}", markdown_code(name), markdown_code(url))


def mcp_addresses(capability: Capability) -> Iterator[Code]:
    """Yield each MCP adapter's name and URL, or its command, as Markdown."""
    for adapter in capability.mcp:
        name = markdown_code(adapter.namespace)
        match adapter.transport:
            case Transport.HTTP:
                yield fill("{} at {}", name, markdown_code(f"{root(adapter)}/mcp"))
            case Transport.STDIO:
                program = distribution_name(capability.slug)
                command = f"{program} mcp {adapter.namespace} --stdio"
                yield fill("{} by {}", name, markdown_code(command))
