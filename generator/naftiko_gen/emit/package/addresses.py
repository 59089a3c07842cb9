"""The default addresses of the adapters, for readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.ir import (
    ControlAdapter,
    McpAdapter,
    RestAdapter,
    SkillServer,
    Transport,
)
from naftiko_gen.language.package_settings import HOST

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability, Server


def root(adapter: Server) -> str:
    """Return the root URL of an adapter."""
    return f"http://{HOST.default}:{adapter.port}"


def has_ports(capability: Capability) -> bool:
    """Return whether `serve` has an adapter to serve."""
    return any(adapter.listens for adapter in capability.servers)


@dataclass(frozen=True)
class AddressView:
    """An adapter with its URL, or with the command that a client starts."""

    kind: str
    namespace: str
    url: str
    command: str | None = None
    pages: tuple[str, ...] = ()
    serves_document: bool = False


def address(adapter: Server, capability: Capability) -> AddressView:
    """Return how an adapter is reached."""
    name, url = adapter.namespace, root(adapter)
    match adapter:
        case RestAdapter(serves_document=serves_document):
            return AddressView("REST API", name, url, serves_document=serves_document)
        case McpAdapter(transport=Transport.HTTP):
            return AddressView("MCP server", name, f"{url}/mcp")
        case McpAdapter():
            command = f"{distribution_name(capability.slug)} mcp {name} --stdio"
            return AddressView("MCP server", name, url, command)
        case SkillServer():
            return AddressView("Skills", name, f"{url}/skills")
        case ControlAdapter():
            return AddressView("Control adapter", name, url, pages=_paths(adapter))
        case _:
            assert_never(adapter)


def _paths(adapter: ControlAdapter) -> tuple[str, ...]:
    """Return the paths of a control adapter's pages."""
    health = ("/health/live", "/health/ready") if adapter.has_health else ()
    return (*health, "/status") if adapter.has_status else health
