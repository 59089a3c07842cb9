"""`authentication.py`: the authentication of the adapters' clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import Code, fill, join, py, verbatim
from naftiko_gen.emit.package.bound_files import file_codes
from naftiko_gen.emit.package.names import authentication_name
from naftiko_gen.ir import (
    AccessToken,
    Argument,
    Basic,
    Bearer,
    Constant,
    CookieKey,
    Digest,
    HeaderKey,
    Joined,
    QueryKey,
    Setting,
    StepValue,
)
from naftiko_gen.language.package_settings import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Capability, Guard, Server, Text

_KINDS = {
    AccessToken: verbatim("AccessTokenAuthentication"),
    Basic: verbatim("BasicAuthentication"),
    Bearer: verbatim("BearerAuthentication"),
    CookieKey: verbatim("CookieKeyAuthentication"),
    Digest: verbatim("DigestAuthentication"),
    HeaderKey: verbatim("HeaderKeyAuthentication"),
    QueryKey: verbatim("QueryKeyAuthentication"),
}
"""The runtime's class of each kind of guard."""


@dataclass(frozen=True)
class ClientsView:
    """The variables of `authentication.py.jinja`."""

    authentications: tuple[Code, ...]


def clients_view(emission: Emission) -> ClientsView:
    """Return the view of the authentication of all adapters."""
    capability = emission.capability
    declarations = tuple(
        fill("{} = {}", authentication_name(adapter), _authentication(adapter))
        for adapter in capability.servers
        if is_declared(adapter, capability)
    )
    return ClientsView(declarations)


def is_declared(adapter: Server, capability: Capability) -> bool:
    """Return whether a package says who may call an adapter.

    Otherwise the adapter's own token variable says so.
    """
    return not has_token_variable(adapter, capability)


def has_token_variable(adapter: Server, capability: Capability) -> bool:
    """Return whether an adapter reads its own token variable.

    It doesn't if the spec declares authentication, or has another use of the variable.
    """
    name = TOKEN.variable(adapter.namespace)
    is_taken = any(variable.name == name for variable in capability.variables)
    return adapter.guard is None and not is_taken


def declared_authentication(adapter: Server, capability: Capability) -> Code | None:
    """Return the name of an adapter's authentication; None without."""
    if not is_declared(adapter, capability):
        return None
    return authentication_name(adapter)


def _authentication(adapter: Server) -> Code:
    guard = adapter.guard
    if guard is None:
        return verbatim("NoAuthentication()")
    kind = _KINDS[type(guard)]
    has_metadata = adapter.publishes_metadata
    arguments = join(", ", list(_arguments(guard, has_metadata=has_metadata)))
    authentication = fill("{}({})", kind, arguments)
    files = file_codes(guard.variables)
    if not files:
        return authentication
    return fill("FileAuthentication({})", join(", ", [authentication, *files]))


def _arguments(guard: Guard, *, has_metadata: bool) -> Iterator[Code]:
    match guard:
        case Bearer(token=token):
            yield _text(token)
        case Basic(username=username, password=password):
            yield from (_text(username), _text(password))
        case Digest(username=username, password=password):
            yield from (_text(username), _text(password))
        case HeaderKey() | QueryKey() | CookieKey():
            yield from (py(guard.name), _text(guard.value))
        case AccessToken():
            resource = guard.resource if has_metadata else None
            yield from _of_tokens(guard, resource)
        case _:
            assert_never(guard)


def _of_tokens(guard: AccessToken, resource: Text | None) -> Iterator[Code]:
    yield fill("issuer={}", _text(guard.issuer))
    yield fill("audience={}", _text(guard.audience))
    if resource is not None:
        yield fill("resource={}", _text(resource))
    if guard.scopes:
        yield fill("scopes={}", _tuple(map(py, guard.scopes)))


def _tuple(items: Iterable[Code]) -> Code:
    return fill("({},)", join(", ", list(items)))


def _text(text: Text) -> Code:
    match text:
        case Constant(value=value):
            return py(str(value))
        case Setting(variable=variable):
            return fill("Variable({})", py(variable.name))
        case Joined(parts=parts):
            pieces = [_piece(part) for part in parts]
            return fill("Joined({})", join(", ", pieces))
        case _:
            assert_never(text)


def _piece(part: str | Argument | Setting | StepValue) -> Code:
    match part:
        case str():
            return py(part)
        case Setting():
            return _text(part)
        case Argument(source=source):
            raise TypeError(f"a guard refers to the argument {source.name!r}")
        case StepValue(step=step):
            raise TypeError(f"a guard refers to the step {step!r}")
        case _:
            assert_never(part)
