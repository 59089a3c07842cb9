"""Credentials: code that authenticates the requests of an `Upstream`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.credential_kinds import SignerArguments, library, signer_kind
from naftiko_gen.emit.literals import Code, fill, fstring, join, py, verbatim
from naftiko_gen.emit.package.needs import credential_needs
from naftiko_gen.ir import (
    Alternatives,
    Argument,
    Basic,
    Bearer,
    BodyKey,
    Constant,
    CookieKey,
    Fallback,
    HeaderKey,
    Joined,
    PathKey,
    QueryKey,
    Setting,
    SeveralKeys,
    Signing,
    SlotPlace,
    StepValue,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.credential_kinds import Library
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, Placeholder, Static, Text, Upstream

_ANONYMOUS = verbatim("([], None)")
_OVER_THE_POOL = verbatim("transport is None")
_OR_SIGNED = verbatim("(transport is None or signed)")


def credential_dependencies(capability: Capability) -> set[str]:
    """Return the distributions that the credentials need."""
    return {needed.requirement for needed in _libraries(capability)}


def credential_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    stubs = (needed.stubs for needed in _libraries(capability))
    return {name for name in stubs if name is not None}


def _libraries(capability: Capability) -> Iterator[Library]:
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, Signing):
            needed = library(upstream.credential)
            if needed is not None:
                yield needed


@dataclass(frozen=True)
class Signer:
    """A local variable of `connect`, which signs for all upstreams of a credential."""

    name: Code
    kind: Code
    value: Code
    condition: Code
    """The condition under which the signer exists."""


def signers(
    capability: Capability, names: Names, imports: Imports
) -> dict[str, Signer]:
    """Return the signer of each upstream that has one, by namespace."""
    by_value: dict[Code, Signer] = {}
    by_namespace = {}
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, Signing):
            signer = _signer(upstream.credential, by_value.values(), names, imports)
            signer = _where_set(signer, upstream, capability)
            by_namespace[upstream.namespace] = by_value.setdefault(signer.value, signer)
    return by_namespace


def _signer(
    credential: Signing, others: Iterable[Signer], names: Names, imports: Imports
) -> Signer:
    """Return a signer, numbered if there are others of its kind."""
    kind = signer_kind(type(credential))
    imports.use(kind.name)
    arguments = SignerArguments(lambda text: _text((text,), names), imports.use)
    value = fill("{}({})", kind.name, join(", ", arguments.of(credential)))
    before = sum(signer.kind == kind.name for signer in others)
    name = fill("{}_{}", kind.module, py(before + 1)) if before else kind.module
    condition = _OVER_THE_POOL if kind.scheme is None else _OR_SIGNED
    return Signer(name, kind.name, value, condition)


def _where_set(signer: Signer, upstream: Upstream, capability: Capability) -> Signer:
    """Return a signer that exists only if all its variables are set."""
    needs = credential_needs(upstream, capability)
    if not needs:
        return signer
    row = join(", ", map(py, needs))
    are_set = fill("settings.unset.isdisjoint({{{}}})", row)
    return replace(signer, condition=fill("{} and {}", signer.condition, are_set))


@dataclass(frozen=True)
class Authenticated:
    """An upstream's arguments: the base URI, and perhaps a credential."""

    base_uri: Code
    credential: Code | None = None


def build_authentication(
    upstream: Upstream, signers: Mapping[str, Signer], names: Names, imports: Imports
) -> Authenticated:
    """Return an upstream's arguments, which authenticate its requests."""
    built = _authentication(upstream, signers, names, imports)
    if built.credential is None or not _joins_cookies(upstream, names.capability):
        return built
    imports.use("OneCookieHeader")
    return replace(built, credential=fill("OneCookieHeader({})", built.credential))


def _joins_cookies(upstream: Upstream, capability: Capability) -> bool:
    """Return whether requests have cookies besides that of the credential."""
    slots = upstream.credential.slots if upstream.credential else ()
    if all(slot.place is not SlotPlace.COOKIE for slot in slots):
        return False
    operations = (one for one in capability.operations if one.upstream is upstream)
    forwards = capability.forwards_to(upstream)
    return any(one.cookies for one in operations) or any(
        one.cookies for one in forwards
    )


def _authentication(
    upstream: Upstream, signers: Mapping[str, Signer], names: Names, imports: Imports
) -> Authenticated:
    base_uri = fill("settings.{}", names.base_uri(upstream))
    credential = upstream.credential
    if isinstance(credential, Signing):
        return Authenticated(base_uri, signers[upstream.namespace].name)
    match credential:
        case None:
            return Authenticated(base_uri)
        case Bearer() | Basic() | HeaderKey() | CookieKey() | QueryKey():
            pair = _pair(credential, names, imports)
            return Authenticated(base_uri, _keys(credential, (pair,), imports))
        case PathKey(tail=tail):
            return Authenticated(_with_tail(base_uri, tail, names, imports))
        case BodyKey(name=name, value=value):
            imports.use("BodyKey")
            arguments = py(name), _text((value,), names)
            return Authenticated(base_uri, fill("BodyKey({}, {})", *arguments))
        case SeveralKeys(keys=keys):
            return Authenticated(base_uri, _several(keys, names, imports))
        case Alternatives():
            return Authenticated(base_uri, _first_set(credential, names, imports))
        case _:
            assert_never(credential)


Pair = Bearer | Basic | HeaderKey | CookieKey | QueryKey
"""A credential that is one header or one query parameter."""


def _pair(credential: Pair, names: Names, imports: Imports) -> Code:
    match credential:
        case Bearer(token=token):
            return fill('("Authorization", {})', _text(("Bearer ", token), names))
        case Basic(username=username, password=password):
            imports.use("basic")
            pair = _text((username,), names), _text((password,), names)
            return fill('("Authorization", basic({}, {}))', *pair)
        case HeaderKey(name=name, value=value) | QueryKey(name=name, value=value):
            return fill("({}, {})", py(name), _text((value,), names))
        case CookieKey(name=name, value=value):
            return fill('("Cookie", {})', _text((f"{name}=", value), names))
        case _:
            assert_never(credential)


def _first_set(credential: Alternatives, names: Names, imports: Imports) -> Code:
    """Return the first credential that is set."""
    imports.use("FirstSet")
    alternatives = [
        _alternative(alternative, names, imports)
        for alternative in credential.credentials
    ]
    if credential.fallback is Fallback.ANONYMOUS:
        alternatives.append(_ANONYMOUS)
    return fill(
        "FirstSet({},)", join(", ", (verbatim("settings.unset"), *alternatives))
    )


def _alternative(credential: Static, names: Names, imports: Imports) -> Code:
    """Return the names of a credential's variables, and the credential."""
    names_of = dict.fromkeys(variable.name for variable in credential.variables)
    row = join(", ", map(py, names_of))
    match credential:
        case SeveralKeys(keys=keys):
            keys_code = _several(keys, names, imports)
        case _:
            keys_code = _keys(credential, (_pair(credential, names, imports),), imports)
    return fill("([{}], {})", row, keys_code)


def _with_tail(
    base_uri: Code, tail: tuple[str | Text, ...], names: Names, imports: Imports
) -> Code:
    """Return a base URI extended by a path that contains a credential."""
    if not tail:
        return base_uri
    imports.use("path_text")
    parts = (p if isinstance(p, str) else _path_text(p, names) for p in tail)
    return fstring((base_uri, *parts))


def _path_text(part: Text, names: Names) -> Code:
    pieces = _pieces(part, names)
    return fill("path_text({})", join(", ", [_piece(piece) for piece in pieces]))


def _piece(piece: str | Code) -> Code:
    return piece if isinstance(piece, Code) else py(piece)


def _several(
    keys: tuple[HeaderKey, ...] | tuple[QueryKey, ...], names: Names, imports: Imports
) -> Code:
    pairs = [_pair(key, names, imports) for key in keys]
    return _keys(keys[0], pairs, imports)


def _keys(credential: Pair, pairs: Iterable[Code], imports: Imports) -> Code:
    """Return the headers or query parameters that are added to requests."""
    in_query = isinstance(credential, QueryKey)
    kind = verbatim("QueryKeys") if in_query else verbatim("HeaderKeys")
    imports.use(kind)
    return fill("{}({})", kind, join(", ", pairs))


def _text(parts: tuple[str | Text, ...], names: Names) -> Code:
    flat = [piece for part in parts for piece in _pieces(part, names)]
    match flat:
        case [Code() as only]:
            return only
        case _:
            return fstring(flat)


def _pieces(part: str | Text | Placeholder, names: Names) -> Iterator[str | Code]:
    """Yield the literal texts and the expressions of a text."""
    match part:
        case str():
            yield part
        case Constant(value=value):
            yield str(value)
        case Setting(variable=variable):
            yield fill("settings.{}", names.setting(variable))
        case Joined(parts=parts):
            for inner in parts:
                yield from _pieces(inner, names)
        case Argument(source=source):
            raise TypeError(f"a credential refers to the argument {source.name!r}")
        case StepValue(step=step):
            raise TypeError(f"a credential refers to the step {step!r}")
        case _:
            assert_never(part)
