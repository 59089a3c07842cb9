"""The adapters for readers: their addresses, and how clients authenticate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.literals import Code, fill, markdown_code, verbatim
from naftiko_gen.language.package_settings import HOST

CONTROL_PAGES = ("/health/live", "/health/ready", "/status", "/metrics")
"""The pages of each control port."""


def root(adapter: ir.Server) -> str:
    """Return the root URL of an adapter."""
    return f"http://{HOST.default}:{adapter.port}"


def has_ports(capability: ir.Capability) -> bool:
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


def address(adapter: ir.Server, capability: ir.Capability) -> AddressView:
    """Return how an adapter is reached."""
    name, url = adapter.namespace, root(adapter)
    match adapter:
        case ir.RestAdapter(serves_document=serves_document):
            return AddressView("REST API", name, url, serves_document=serves_document)
        case ir.McpAdapter(transport=ir.Transport.HTTP):
            return AddressView("MCP server", name, f"{url}/mcp")
        case ir.McpAdapter():
            command = f"{distribution_name(capability.slug)} mcp {name} --stdio"
            return AddressView("MCP server", name, url, command)
        case ir.SkillServer():
            return AddressView("Skills", name, f"{url}/skills")
        case ir.ControlAdapter():
            return AddressView("Control adapter", name, url, pages=CONTROL_PAGES)
        case _:
            assert_never(adapter)


def guard_of(route: ir.Route, capability: ir.Capability) -> ir.Guard | None:
    """Return the guard of the adapter that exposes a route."""
    return capability.exposing(route).guard


@dataclass(frozen=True)
class ClientView:
    """The credential of the clients of an adapter."""

    namespace: str
    credential: Code
    is_pair: bool
    """Whether it is a user name and a password."""


def client_views(capability: ir.Capability) -> tuple[ClientView, ...]:
    """Return the credential of the clients of each guarded adapter."""
    return tuple(
        ClientView(
            adapter.namespace,
            _credential_text(adapter.guard),
            isinstance(adapter.guard, ir.Basic | ir.Digest),
        )
        for adapter in capability.servers
        if adapter.guard is not None
    )


def _credential_text(guard: ir.Guard) -> Code:
    match guard:
        case ir.Bearer():
            return verbatim("a token as `Authorization: Bearer`")
        case ir.Basic():
            return verbatim("a user name and a password (HTTP Basic)")
        case ir.Digest():
            return verbatim("a user name and a password (HTTP Digest)")
        case ir.HeaderKey(name=name):
            return fill("a key in the header {}", markdown_code(name))
        case ir.QueryKey(name=name):
            return fill("a key in the query parameter {}", markdown_code(name))
        case ir.CookieKey(name=name):
            return fill("a key in the cookie {}", markdown_code(name))
        case ir.AccessToken():
            return verbatim("an access token (OAuth 2) as `Authorization: Bearer`")
        case _:
            assert_never(guard)


def curl_options(guard: ir.Guard | None) -> list[str]:
    """Return curl's options that authenticate a client; a reader replaces `<…>`."""
    match guard:
        case None | ir.QueryKey():
            return []
        case ir.Bearer() | ir.AccessToken():
            return ["-H", "Authorization: Bearer <token>"]
        case ir.Basic():
            return ["-u", "<user>:<password>"]
        case ir.Digest():
            return ["--digest", "-u", "<user>:<password>"]
        case ir.HeaderKey(name=name):
            return ["-H", f"{name}: <key>"]
        case ir.CookieKey(name=name):
            return ["-b", f"{name}=<key>"]
        case _:
            assert_never(guard)


def query_pairs(guard: ir.Guard | None) -> list[str]:
    """Return the parameters of a URL that authenticate a client."""
    match guard:
        case ir.QueryKey(name=name):
            return [f"{quote(name, safe='')}=<key>"]
        case _:
            return []
