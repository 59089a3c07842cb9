"""Calls for readers: addresses of adapters, authentication of clients, and examples.

Examples pass the required inputs; the reader replaces texts like `<name>`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import (
    Code,
    call_of,
    fill,
    py,
    py_bytes,
    url_path,
    verbatim,
)
from naftiko_gen.emit.requests.bodies import body_of, callers_media_type, raw_input
from naftiko_gen.emit.tools.arguments import sent_arguments
from naftiko_gen.language.package_settings import HOST

CONTROL_PAGES = ("/health/live", "/health/ready", "/status", "/metrics")
"""The pages of each control port."""


def root(adapter: ir.Server) -> str:
    """Return the root URL of an adapter."""
    return f"http://{HOST.default}:{adapter.port}"


def has_ports(capability: ir.Capability) -> bool:
    """Return whether `serve` has an adapter to serve."""
    return any(adapter.listens for adapter in capability.servers)


def address(adapter: ir.Server, capability: ir.Capability) -> View:
    """Return an adapter with its URL, or with the command that a client starts."""
    view = View(
        namespace=adapter.namespace,
        url=root(adapter),
        command=None,
        pages=(),
        serves_document=False,
    )
    match adapter:
        case ir.RestAdapter(serves_document=serves_document):
            view.kind, view.serves_document = "REST API", serves_document
        case ir.McpAdapter(transport=ir.Transport.HTTP):
            view.kind, view.url = "MCP server", f"{view.url}/mcp"
        case ir.McpAdapter():
            start = f"{distribution_name(capability.slug)} mcp {adapter.namespace}"
            view.kind, view.command = "MCP server", f"{start} --stdio"
        case ir.SkillServer():
            view.kind, view.url = "Skills", f"{view.url}/skills"
        case ir.ControlAdapter():
            view.kind, view.pages = "Control adapter", CONTROL_PAGES
        case _:
            assert_never(adapter)
    return view


def client_views(capability: ir.Capability) -> list[View]:
    """Return the credential of the clients of each guarded adapter."""
    return [
        View(
            namespace=adapter.namespace,
            kind=type(adapter.guard).__name__,
            name=getattr(adapter.guard, "name", None),
        )
        for adapter in capability.servers
        if adapter.guard is not None
    ]


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


def curl(route: ir.Route, root: str, guard: ir.Guard | None = None) -> str:
    """Return a shell command that calls a route below the root URL of its adapter."""
    required_inputs = [source for source in route.inputs if source.is_demanded]
    path = "".join(
        url_path(part) if isinstance(part, str) else _in_url(part)
        for part in route.route
    )
    words = ["curl", root + path + _query(required_inputs, guard)]
    words += curl_options(guard)
    cookies = []
    for source in required_inputs:
        if isinstance(source.location, ir.InHeader):
            words += ["-H", f"{source.name}: {_in_header(source)}"]
        if isinstance(source.location, ir.InCookie):
            cookies.append(f"{source.name}={_in_header(source)}")
    words += ["-b", "; ".join(cookies)] if cookies else []
    body = [*_body(required_inputs, callers_media_type(route))]
    words += body
    default_method = "POST" if body else "GET"
    if route.method not in (default_method, ir.ANY_METHOD):
        words[1:1] = ["-X", route.method]
    return shlex.join(words)


def _body(required_inputs: list[ir.Input], media_type: str) -> Iterator[str]:
    """Yield curl's options for a body: JSON, or a file that is sent unchanged."""
    raw = raw_input(required_inputs)
    if raw is not None:
        yield from ("-H", f"Content-Type: {media_type}")
        yield from ("--data-binary", f"@<{raw.name}>")
    elif (body := body_of(required_inputs, _value)) is not None:
        # `--json` is the short form, but curl has it only since 7.82.
        yield from ("-H", "Content-Type: application/json")
        yield from ("--data", _json(body))


def arguments(tool: ir.Tool) -> str:
    """Return a tool's arguments as JSON."""
    required_inputs = [source for source in tool.inputs if source.is_demanded]
    return _json(sent_arguments(tool, required_inputs, _value))


def python_call(operation: ir.Operation, names: Names) -> Code:
    """Return a call of the client's coroutine."""
    parameters = names.parameters(operation)
    keywords = [
        fill("{}={}", parameters[parameter], _argument(parameter))
        for parameter in operation.parameters
        if parameter.required
    ]
    return call_of(f"client.{names.operation(operation)}", *keywords)


def flow_call(name: Code, inputs: Mapping[ir.Input, Code]) -> Code:
    """Return a call of the coroutine of a flow."""
    keywords = [
        fill("{}={}", keyword, py(_value(source)))
        for source, keyword in inputs.items()
        if source.required
    ]
    return call_of(f"functions.{name}", verbatim("client"), *keywords)


def _argument(parameter: ir.Parameter) -> Code:
    if parameter.type == ir.Bytes():
        return py_bytes(f"<{parameter.name}>".encode())
    return py(_value(parameter))


def _value(source: ir.Input | ir.Parameter) -> Plain:
    return _placeholder(source.type, f"<{source.name}>")


def _placeholder(kind: ir.Type, text: str) -> Plain:
    match kind:
        case ir.Primitive.STRING | ir.Anything() | ir.Bytes() | ir.Matching():
            return text
        case ir.Primitive.INTEGER:
            return 1
        case ir.Primitive.NUMBER:
            return 1.5
        case ir.Primitive.BOOLEAN:
            return True
        case ir.Array(items=items):
            return [_placeholder(items, text)]
        case ir.Object(fields=(), others=others):
            kind = ir.Primitive.STRING if others is None else others
            return {"<key>": _placeholder(kind, "<value>")}
        case ir.Object(fields=fields):
            required = [field for field in fields if field.required]
            return {f.name: _placeholder(f.type, f"<{f.name}>") for f in required}
        case ir.OneOf(values=values):
            return values[0]
        case ir.Refined(base=base, limits=limits, sample=sample):
            value = _placeholder(base, text)
            is_kept = isinstance(value, str) or not limits or ir.are_kept(limits, value)
            return value if is_kept or sample is None else sample
        case ir.Nullable(base=base):
            return _placeholder(base, text)
        case ir.Union(types=types):
            return _placeholder(types[0], text)
        case _:
            assert_never(kind)


def _query(required_inputs: list[ir.Input], guard: ir.Guard | None) -> str:
    pairs = []
    if isinstance(guard, ir.QueryKey):
        pairs.append(f"{quote(guard.name, safe='')}=<key>")
    pairs += [
        f"{quote(source.name, safe='')}={_in_url(source)}"
        for source in required_inputs
        if isinstance(source.location, ir.InQuery)
    ]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _in_url(source: ir.Input) -> str:
    """Return a value as text of a URL; texts to replace aren't percent-encoded."""
    match source.location, _value(source):
        case _, str() as text:
            return text
        case ir.InQuery(), [str() as text]:
            return text
        case ir.InQuery(), [item]:
            return quote(_json(item), safe="")
        case _, value:
            return quote(_json(value), safe="")


def _in_header(source: ir.Input) -> str:
    value = _value(source)
    return value if isinstance(value, str) else _json(value)


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)
