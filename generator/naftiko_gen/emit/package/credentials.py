"""Credentials: code that authenticates the requests of an `Upstream`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.literals import Code, fill, fstring, join, py, verbatim
from naftiko_gen.emit.package.needs import credential_needs
from naftiko_gen.emit.tests.signatures import SELF_SIGNING
from naftiko_gen.ir import (
    Alternatives,
    Argument,
    Basic,
    Bearer,
    BodyKey,
    Certificate,
    Constant,
    CookieKey,
    Digest,
    Fallback,
    HeaderKey,
    Hmac,
    Joined,
    OAuth1,
    OAuth2,
    PathKey,
    QueryKey,
    RsaKey,
    Setting,
    SeveralKeys,
    SharedSecret,
    Signing,
    SigV4,
    SlotPlace,
    StepValue,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Capability, Placeholder, Static, Text, Upstream

DEPENDENCIES = {
    RsaKey: "cryptography>=46.0.5",
    Certificate: "cryptography>=46.0.5",
    SigV4: "botocore>=1.40,<2",
}
_KEYWORDS = {
    "scope": verbatim("scope"),
    "audience": verbatim("audience"),
    "resource": verbatim("resource"),
}
_ANONYMOUS = verbatim("([], None)")
_OVER_THE_POOL = verbatim("transport is None")
_OR_SIGNED = verbatim("(transport is None or signed)")
_STUBS = {SigV4: "botocore-stubs>=1.40"}
_SIGNERS = {
    OAuth1: (verbatim("OAuth1"), verbatim("oauth1")),
    OAuth2: (verbatim("OAuth2"), verbatim("oauth2")),
    SigV4: (verbatim("SigV4"), verbatim("sigv4")),
    Hmac: (verbatim("Hmac"), verbatim("hmac")),
    Digest: (verbatim("Digest"), verbatim("digest")),
    Certificate: (verbatim("Certificate"), verbatim("certificate")),
}


def credential_dependencies(capability: Capability) -> set[str]:
    """Return the distributions that the credentials need."""
    kinds = _kinds(capability)
    return {DEPENDENCIES[kind] for kind in kinds if kind in DEPENDENCIES}


def credential_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    return {_STUBS[kind] for kind in _kinds(capability) if kind in _STUBS}


def _kinds(capability: Capability) -> set[type]:
    credentials = [upstream.credential for upstream in capability.upstreams]
    signatures = (
        credential.signature
        for credential in credentials
        if isinstance(credential, OAuth1)
    )
    return {type(credential) for credential in (*credentials, *signatures)}


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
    kind, stem = _SIGNERS[type(credential)]
    imports.use(kind)
    value = fill("{}({})", kind, join(", ", _arguments(credential, names, imports)))
    before = sum(signer.kind == kind for signer in others)
    name = fill("{}_{}", stem, py(before + 1)) if before else stem
    is_alone = isinstance(credential, SELF_SIGNING)
    return Signer(name, kind, value, _OR_SIGNED if is_alone else _OVER_THE_POOL)


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
    match upstream.credential:
        case None:
            return Authenticated(base_uri)
        case (
            Bearer() | Basic() | HeaderKey() | CookieKey() | QueryKey()
        ) as credential:
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
        case Alternatives() as credential:
            return Authenticated(base_uri, _first_set(credential, names, imports))
        case _:
            return Authenticated(base_uri, signers[upstream.namespace].name)


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


def _arguments(credential: Signing, names: Names, imports: Imports) -> list[Code]:
    """Return the arguments of a signer's constructor."""

    def text(value: Text) -> Code:
        return _text((value,), names)

    match credential:
        case OAuth1(consumer_key=key, token=token):
            optional = () if token is None else (text(token),)
            return [text(key), _signature(credential, names, imports), *optional]
        case OAuth2(token_endpoint=endpoint, parameters=parameters):
            where = _variable(endpoint), text(endpoint)
            pair = text(credential.client_id), text(credential.client_secret)
            limits = verbatim("limits=settings.limits")
            rest = [fill("{}={}", _KEYWORDS[k], text(v)) for k, v in parameters]
            return [*where, *pair, limits, *rest]
        case SigV4():
            return _sigv4(credential, names)
        case Hmac(api_id=api_id, api_key=api_key):
            return [text(api_id), _variable(api_key), text(api_key)]
        case Digest(username=username, password=password):
            return [text(username), text(password)]
        case Certificate(path=path, password=password):
            optional = () if password is None else (text(password),)
            return [_variable(path), text(path), *optional]
        case _:
            assert_never(credential)


def _signature(credential: OAuth1, names: Names, imports: Imports) -> Code:
    match credential.signature:
        case RsaKey(key=key):
            imports.use("rsa_signature")
            return fill("rsa_signature({}, {})", _variable(key), _text((key,), names))
        case SharedSecret(method=method, secret=secret, token_secret=token_secret):
            imports.use("hmac_signature")
            texts = [secret] if token_secret is None else [secret, token_secret]
            secrets = [_text((secret_text,), names) for secret_text in texts]
            return fill("hmac_signature({})", join(", ", [py(method), *secrets]))
        case _:
            assert_never(credential.signature)


def _sigv4(credential: SigV4, names: Names) -> list[Code]:
    arguments = [
        _text((credential.access_key_id,), names),
        _text((credential.secret_key,), names),
        fill("region={}", _text((credential.region,), names)),
        fill("service={}", _text((credential.service,), names)),
    ]
    if credential.session_token is not None:
        token = _text((credential.session_token,), names)
        arguments.append(fill("session_token={}", token))
    return arguments


def _variable(value: Text) -> Code:
    """Return the name of the variable that an error about a value mentions."""
    return py(next((variable.name for variable in variables((value,))), "the document"))


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
