"""The default addresses of the adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import fill, join, markdown_code
from naftiko_gen.ir import (
    ControlAdapter,
    McpAdapter,
    RestAdapter,
    SkillServer,
    Transport,
)
from naftiko_gen.language.package_settings import HOST

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability, Server


def root(adapter: Server) -> str:
    """Return the root URL of an adapter."""
    return f"http://{HOST.default}:{adapter.port}"


def has_ports(capability: Capability) -> bool:
    """Return whether `serve` has an adapter to serve."""
    return any(adapter.listens for adapter in capability.servers)


def address(adapter: Server, capability: Capability) -> Code:
    """Return an adapter's name and its URL, or its command, as Markdown."""
    name, url = markdown_code(adapter.namespace), root(adapter)
    match adapter:
        case RestAdapter():
            return fill("{} at {}", name, markdown_code(url))
        case McpAdapter(transport=Transport.HTTP):
            return fill("{} at {}", name, markdown_code(f"{url}/mcp"))
        case McpAdapter():
            program = distribution_name(capability.slug)
            command = f"{program} mcp {adapter.namespace} --stdio"
            return fill("{} by {}", name, markdown_code(command))
        case SkillServer():
            return fill("{} at {}", name, markdown_code(f"{url}/skills"))
        case ControlAdapter():
            pages = join(", ", [markdown_code(path) for path in _paths(adapter)])
            return fill("{} at {}: {}", name, markdown_code(url), pages)
        case _:
            assert_never(adapter)


def _paths(adapter: ControlAdapter) -> tuple[str, ...]:
    """Return the paths of a control adapter's pages."""
    health = ("/health/live", "/health/ready") if adapter.has_health else ()
    return (*health, "/status") if adapter.has_status else health
