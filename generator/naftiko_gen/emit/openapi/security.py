"""Security schemes of a REST API whose clients are authenticated."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard, assert_never

from naftiko_gen.ir import (
    AccessToken,
    Basic,
    Bearer,
    CookieKey,
    Digest,
    HeaderKey,
    QueryKey,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.package.schemas import Schema
    from naftiko_gen.ir import Guard

_SCHEME = "clients"
"""The name of the only scheme."""
_UNAUTHORIZED = "The client isn't authenticated: `WWW-Authenticate` names the scheme."
_FORBIDDEN = "The access token lacks a scope, which `WWW-Authenticate` names."


def security(guard: Guard | None) -> Schema:
    """Return the member of a document that names the scheme and the needed scopes."""
    if guard is None:
        return {}
    scopes: list[Plain] = [*guard.scopes] if _has_flow(guard) else []
    return {"security": [{_SCHEME: scopes}]}


def security_schemes(guard: Guard | None) -> Schema:
    """Return the member of the components that describes the scheme."""
    if guard is None:
        return {}
    return {"securitySchemes": {_SCHEME: _scheme(guard)}}


def refusals(guard: Guard | None) -> Schema:
    """Return the responses to clients that aren't authenticated, by status."""
    match guard:
        case None:
            return {}
        case AccessToken(scopes=[_, *_]):
            return {"401": _refusal(_UNAUTHORIZED), "403": _refusal(_FORBIDDEN)}
        case _:
            return {"401": _refusal(_UNAUTHORIZED)}


def _refusal(description: str) -> Schema:
    problem: Schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    challenge: Schema = {"schema": {"type": "string"}}
    return {
        "description": description,
        "headers": {"WWW-Authenticate": challenge},
        "content": {"application/problem+json": problem},
    }


def _scheme(guard: Guard) -> Schema:
    match guard:
        case Bearer():
            return {"type": "http", "scheme": "bearer"}
        case Basic():
            return {"type": "http", "scheme": "basic"}
        case Digest():
            return {"type": "http", "scheme": "digest"}
        case HeaderKey(name=name):
            return {"type": "apiKey", "in": "header", "name": name}
        case QueryKey(name=name):
            return {"type": "apiKey", "in": "query", "name": name}
        case CookieKey(name=name):
            return {"type": "apiKey", "in": "cookie", "name": name}
        case AccessToken():
            return _token_scheme(guard)
        case _:
            assert_never(guard)


def _token_scheme(guard: AccessToken) -> Schema:
    """Return the flow by which programs get tokens, if the spec has its endpoint."""
    if guard.token_endpoint is None:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    scopes: Schema = dict.fromkeys(guard.scopes, "")
    flow: Schema = {"tokenUrl": guard.token_endpoint, "scopes": scopes}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _has_flow(guard: Guard) -> TypeGuard[AccessToken]:
    return isinstance(guard, AccessToken) and guard.token_endpoint is not None
