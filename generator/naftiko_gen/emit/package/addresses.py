"""Where the adapters are, unless variables say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import fill, markdown_code
from naftiko_gen.ir import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability, McpAdapter, RestAdapter, Route


def root(adapter: RestAdapter | McpAdapter) -> str:
    """Return the root of an adapter's URLs."""
    return f"http://127.0.0.1:{adapter.port}"


def has_ports(capability: Capability) -> bool:
    """Say whether `serve` has anything to serve."""
    over_http = (one.transport is Transport.HTTP for one in capability.mcp)
    return bool(capability.rest) or any(over_http)


def rest_root(operation: Route, capability: Capability) -> str:
    """Return the root of the URLs of the adapter that has a route."""
    return next(
        root(adapter)
        for adapter in capability.rest
        if any(one is operation for one in adapter.operations)
    )


def rest_addresses(capability: Capability) -> Iterator[Code]:
    """Yield each REST adapter's name and root, as Markdown."""
    for adapter in capability.rest:
        name, url = markdown_code(adapter.namespace), markdown_code(root(adapter))
        yield fill("{} at {}", name, url)


def mcp_addresses(capability: Capability) -> Iterator[Code]:
    """Yield each MCP adapter's name and URL, or the command that speaks MCP."""
    for adapter in capability.mcp:
        name = markdown_code(adapter.namespace)
        match adapter.transport:
            case Transport.HTTP:
                yield fill("{} at {}", name, markdown_code(f"{root(adapter)}/mcp"))
            case Transport.STDIO:
                program = distribution_name(capability.slug)
                command = f"{program} mcp {adapter.namespace} --stdio"
                yield fill("{} by {}", name, markdown_code(command))
