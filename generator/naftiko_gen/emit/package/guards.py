"""`authentication.py`: the authentication of the adapters' clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import authentication_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import Code, bare, call_of, keyword, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import file_views
from naftiko_gen.language.package_settings import (
    ADAPTER,
    IN_FILE,
    LISTENER,
    MAX_RESULT,
    PAGES,
    TOKEN,
    TOOL_CHOICE,
    UNKNOWN,
    PackageSetting,
)


def clients_view(emission: Emission) -> View:
    """Return the view of the authentication of all adapters."""
    capability = emission.capability
    return View(
        adapters=[
            _guarded_adapter(adapter)
            for adapter in capability.servers
            if is_declared(adapter, capability)
        ]
    )


def is_declared(adapter: ir.Server, capability: ir.Capability) -> bool:
    """Return whether a package says who may call an adapter, not a token variable.

    An adapter doesn't read its own token variable if the spec declares authentication,
    or has another use of the variable.
    """
    name = TOKEN.variable(adapter.namespace)
    names = (name, f"{name}{IN_FILE}")
    is_taken = any(variable.name in names for variable in capability.variables)
    return adapter.guard is not None or is_taken


def adapter_settings(
    adapter: ir.Server, capability: ir.Capability
) -> tuple[PackageSetting, ...]:
    """Return the settings that an adapter reads from its own variables."""
    listener = LISTENER if is_declared(adapter, capability) else ADAPTER
    match adapter:
        case ir.McpAdapter():
            limit = () if adapter.list_limit is None else (MAX_RESULT,)
            return *listener, PAGES, *limit, *TOOL_CHOICE
        case ir.RestAdapter():
            return *listener, PAGES, UNKNOWN
        case ir.ControlAdapter() | ir.SkillServer():
            return listener
        case _:
            assert_never(adapter)


def declared_authentication(
    adapter: ir.Server, capability: ir.Capability
) -> Code | None:
    """Return the name of an adapter's authentication; None without."""
    if not is_declared(adapter, capability):
        return None
    return authentication_name(adapter)


def _guarded_adapter(adapter: ir.Server) -> View:
    """Return an adapter with its authentication, and the files with values of that."""
    guard = adapter.guard
    return View(
        name=authentication_name(adapter),
        # The classes of the runtime begin with the names of the kinds.
        kind=bare(type(guard).__name__) if guard else verbatim("No"),
        arguments=[*_arguments(adapter, guard)] if guard else [],
        scopes=guard.scopes if isinstance(guard, ir.AccessToken) else (),
        files=file_views(guard.variables) if guard else (),
    )


def _arguments(adapter: ir.Server, guard: ir.Guard) -> Iterator[Code]:
    match guard:
        case ir.Bearer(token=token):
            yield _text(token)
        case ir.Basic() | ir.Digest():
            yield from (_text(guard.username), _text(guard.password))
        case ir.HeaderKey() | ir.QueryKey() | ir.CookieKey():
            yield from (py(guard.name), _text(guard.value))
        case ir.AccessToken(issuer=issuer, audience=audience, resource=resource):
            yield keyword("issuer", _text(issuer))
            yield keyword("audience", _text(audience))
            if resource is not None and adapter.publishes_metadata:
                yield keyword("resource", _text(resource))
        case _:
            assert_never(guard)


def _text(text: ir.Text) -> Code:
    match text:
        case ir.Constant(value=value):
            return py(str(value))
        case ir.Setting(variable=variable):
            return call_of("Variable", py(variable.name))
        case ir.Joined(parts=parts):
            return call_of("Joined", *map(_piece, parts))
        case _:
            assert_never(text)


def _piece(part: str | ir.Argument | ir.Setting | ir.StepValue) -> Code:
    match part:
        case str():
            return py(part)
        case ir.Setting():
            return _text(part)
        case ir.Argument() | ir.StepValue():
            raise TypeError(f"a guard refers to {part}")
        case _:
            assert_never(part)
