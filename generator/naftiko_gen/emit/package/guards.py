"""`authentication.py`: the authentication of the adapters' clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import authentication_name
from naftiko_gen.emit.code.statements import Keyword
from naftiko_gen.emit.literals import Code, fill, join, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import FileView, file_views
from naftiko_gen.language.package_settings import (
    ADAPTER,
    IN_FILE,
    LISTENER,
    MAX_RESULT,
    PAGES,
    TOKEN,
    TOOL_CHOICE,
    PackageSetting,
)

_KINDS = {
    ir.AccessToken: verbatim("AccessToken"),
    ir.Basic: verbatim("Basic"),
    ir.Bearer: verbatim("Bearer"),
    ir.CookieKey: verbatim("CookieKey"),
    ir.Digest: verbatim("Digest"),
    ir.HeaderKey: verbatim("HeaderKey"),
    ir.QueryKey: verbatim("QueryKey"),
}
"""The first part of the name of the runtime's class for each kind of guard."""


@dataclass(frozen=True)
class GuardView:
    """The authentication of an adapter: a class of the runtime and its arguments."""

    kind: Code
    arguments: tuple[Code, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GuardedAdapter:
    """An adapter with its authentication, and the files that hold values of that."""

    name: Code
    guard: GuardView
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class ClientsView:
    """The variables of `authentication.py.jinja`."""

    adapters: tuple[GuardedAdapter, ...]


def clients_view(emission: Emission) -> ClientsView:
    """Return the view of the authentication of all adapters."""
    capability = emission.capability
    adapters = tuple(
        _guarded_adapter(adapter)
        for adapter in capability.servers
        if is_declared(adapter, capability)
    )
    return ClientsView(adapters)


def is_declared(adapter: ir.Server, capability: ir.Capability) -> bool:
    """Return whether a package says who may call an adapter.

    Otherwise the adapter's own token variable says so.
    """
    return not has_token_variable(adapter, capability)


def has_token_variable(adapter: ir.Server, capability: ir.Capability) -> bool:
    """Return whether an adapter reads its own token variable.

    It doesn't if the spec declares authentication, or has another use of the variable.
    """
    name = TOKEN.variable(adapter.namespace)
    names = (name, f"{name}{IN_FILE}")
    is_taken = any(variable.name in names for variable in capability.variables)
    return adapter.guard is None and not is_taken


def adapter_settings(
    adapter: ir.Server, capability: ir.Capability
) -> tuple[PackageSetting, ...]:
    """Return the settings that an adapter reads from its own variables."""
    listener = ADAPTER if has_token_variable(adapter, capability) else LISTENER
    match adapter:
        case ir.McpAdapter():
            limit = () if adapter.list_limit is None else (MAX_RESULT,)
            return *listener, PAGES, *limit, *TOOL_CHOICE
        case ir.RestAdapter():
            return *listener, PAGES
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


def _guarded_adapter(adapter: ir.Server) -> GuardedAdapter:
    name, guard = authentication_name(adapter), adapter.guard
    if guard is None:
        return GuardedAdapter(name, GuardView(verbatim("No")), ())
    view = _guard(guard, has_metadata=adapter.publishes_metadata)
    return GuardedAdapter(name, view, file_views(guard.variables))


def _guard(guard: ir.Guard, *, has_metadata: bool) -> GuardView:
    kind = _KINDS[type(guard)]
    match guard:
        case ir.Bearer(token=token):
            return GuardView(kind, (_text(token),))
        case ir.Basic(username=username, password=password):
            return GuardView(kind, (_text(username), _text(password)))
        case ir.Digest(username=username, password=password):
            return GuardView(kind, (_text(username), _text(password)))
        case ir.HeaderKey() | ir.QueryKey() | ir.CookieKey():
            return GuardView(kind, (py(guard.name), _text(guard.value)))
        case ir.AccessToken():
            return _of_tokens(guard, kind, guard.resource if has_metadata else None)
        case _:
            assert_never(guard)


def _of_tokens(
    guard: ir.AccessToken, kind: Code, resource: ir.Text | None
) -> GuardView:
    keywords = [
        Keyword(verbatim("issuer"), _text(guard.issuer)),
        Keyword(verbatim("audience"), _text(guard.audience)),
    ]
    if resource is not None:
        keywords.append(Keyword(verbatim("resource"), _text(resource)))
    return GuardView(kind, keywords=tuple(keywords), scopes=tuple(guard.scopes))


def _text(text: ir.Text) -> Code:
    match text:
        case ir.Constant(value=value):
            return py(str(value))
        case ir.Setting(variable=variable):
            return fill("Variable({})", py(variable.name))
        case ir.Joined(parts=parts):
            pieces = [_piece(part) for part in parts]
            return fill("Joined({})", join(", ", pieces))
        case _:
            assert_never(text)


def _piece(part: str | ir.Argument | ir.Setting | ir.StepValue) -> Code:
    match part:
        case str():
            return py(part)
        case ir.Setting():
            return _text(part)
        case ir.Argument(source=source):
            raise TypeError(f"a guard refers to the argument {source.name!r}")
        case ir.StepValue(step=step):
            raise TypeError(f"a guard refers to the step {step!r}")
        case _:
            assert_never(part)
