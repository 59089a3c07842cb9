"""Rules for the credentials of consumed APIs, and of adapters' clients."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.dialects.forms import TEXT, Alias, Extra, Fragment, list_of, reference
from naftiko_gen.dialects.rewriting import (
    CONSUMES,
    EXPOSES,
    at,
    drop_key,
    name_of,
    respell,
    rewrite,
    rewrite_all,
)
from naftiko_gen.ir import IN_AUTHORIZATION
from naftiko_gen.language.models import CREDENTIALS, EXTENSIONS
from naftiko_gen.language.names import env_name
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

_AUTHENTICATION = (*CONSUMES, "authentication")
_OF_UPSTREAMS = (_AUTHENTICATION, (*_AUTHENTICATION, "alternatives"))
"""Paths of credentials, before alternatives are moved into one list."""
_WITH_GUARDS = (*_OF_UPSTREAMS, (*EXPOSES, "authentication"))
"""Paths of credentials, and of the authentication of adapters' clients."""

LISTS = {"headers": "header", "parameters": "query"}


def _bare(word: str) -> str:
    """Return the letters and digits of a word, in lower case."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


TYPES = {_bare(kind): kind for kind in (*CREDENTIALS, *LISTS.values())} | {
    "awssignaturev4": "aws-sig-v4",
    "sigv4": "aws-sig-v4",
    "clientcertificate": "certificate",
    "mtls": "certificate",
    "oauth10a": "oauth1",
    "oauth2clientcredentials": "oauth2",
}
"""Types by the letters and digits of their spellings."""
ALTERNATIVES = "alternatives"
_SEVERAL_KEYS = "apikeys"
_ONLY_BY_RULES = (ALTERNATIVES, _SEVERAL_KEYS)
"""The types that only rules create: a list of alternatives, and of keys."""

_AUTH = Alias(
    ("Consumes", "Rest", "Mcp", "Skills", "Control"), "auth", "authentication"
)
_TOKEN = Alias(("Bearer",), "value", "token")
_HEADER = Alias(("ApiKey",), "header", "key")
_VALUES = tuple(Alias(("ApiKey",), alias, "value") for alias in ("token", "key"))
_PLACES = (Alias(("ApiKey",), "in", "placement"), Alias(("ApiKey",), "name", "key"))
_FIELDS = {
    "aws-sig-v4": (
        Alias(("SigV4",), "accessKey", "accessKeyId"),
        Alias(("SigV4",), "secretAccessKey", "secretKey"),
        Alias(("SigV4",), "awsRegion", "region"),
        Alias(("SigV4",), "serviceName", "service"),
    ),
    "oauth1": (
        Alias(("OAuth1",), "accessToken", "token"),
        Alias(("OAuth1",), "accessTokenSecret", "tokenSecret"),
    ),
    "oauth2": (
        Alias(("OAuth2", "ResourceServer"), "tokenUrl", "tokenEndpoint"),
        Alias(("OAuth2", "ResourceServer"), "tokenUri", "tokenEndpoint"),
        Alias(("OAuth2", "ResourceServer"), "scope", "scopes"),
    ),
}
ALIASES = (
    *(_AUTH, _TOKEN, _HEADER, _VALUES[0], *_PLACES),
    *(alias for aliases in _FIELDS.values() for alias in aliases),
)

_PARTS = {
    "apikey": {"value": "API_KEY"},
    "basic": {"username": "USERNAME", "password": "PASSWORD"},
    "bearer": {"token": "TOKEN"},
    "digest": {"username": "USERNAME", "password": "PASSWORD"},
    "oauth2": {
        "tokenEndpoint": "TOKEN_ENDPOINT",
        "clientId": "CLIENT_ID",
        "clientSecret": "CLIENT_SECRET",
    },
}
"""Required parts of credentials, and suffixes of the variables that set them."""
_GUARD_PARTS = {kind: parts for kind, parts in _PARTS.items() if kind != "oauth2"}
OF_RESOURCE_SERVERS = ("authorizationServerUri", "tokenValidation")
"""Keys of oauth2 that have a meaning only for adapters."""
_STATIC = ("Bearer", "Basic", "ApiKey")
_NONE: Fragment = {
    "type": "object",
    "properties": {"type": {"const": "none"}},
    "required": ["type"],
    "additionalProperties": False,
}
_CREDENTIALS = list_of({"anyOf": [*map(reference, _STATIC), _NONE]})
EXTRAS = (
    Extra(("Bearer",), "placement", {"const": "header"}, "Leave the key out."),
    *(
        Extra(("OAuth2",), key, TEXT, "Leave the key out: it is about callers.")
        for key in OF_RESOURCE_SERVERS
    ),
    *(
        Extra(("ApiKey",), key, {"type": ["object", "array"]}, "Write one key.")
        for key in LISTS
    ),
    Extra(_STATIC, "alternatives", _CREDENTIALS, "Write one credential."),
)
SECRET_HEADERS = frozenset({"authorization", "cookie"})
"""Headers, in lower case, that never become inputs."""


@at(CONSUMES, EXPOSES)
def authentication_alias(owner: Mapping, report: Report) -> Mapping:
    """Read `auth` as `authentication`."""
    return _AUTH.read(owner, Code.AUTHENTICATION_ALIAS, report)


@at(*_WITH_GUARDS)
def authentication_type(credential: Mapping, report: Report) -> Mapping:
    """Respell types, and refuse types that only rules create."""
    name = credential.text("type")
    if name is None:
        return credential
    if name in _ONLY_BY_RULES:
        message = f"authentication of type {quote(name)} can't be compiled yet"
        report.add(Code.UNSUPPORTED, message, credential.value_span("type"))
    canonical = TYPES.get(_bare(name), name)
    if canonical == name:
        return credential
    return respell(credential, "type", canonical, Code.AUTHENTICATION_TYPE, report)


@at(*_WITH_GUARDS)
def credential_field(credential: Mapping, report: Report) -> Mapping:
    """Respell parts of signatures and tokens; split the text `scope` into a list."""
    for alias in _FIELDS.get(credential.text("type") or "", ()):
        credential = alias.read(credential, Code.CREDENTIAL_FIELD, report)
    scopes = credential.text("scopes")
    if scopes is None:
        return credential
    span = credential.value_span("scopes")
    items = tuple(Scalar(scope, span) for scope in scopes.split())
    return credential.put("scopes", Sequence(items, span))


@at(*_OF_UPSTREAMS)
def resource_server_key(credential: Mapping, report: Report) -> Mapping:
    """Drop the keys of oauth2 that are about tokens of an adapter's callers."""
    if credential.text("type") != "oauth2":
        return credential
    for key in OF_RESOURCE_SERVERS:
        message = f"{quote(key)} has no meaning for a consumed API"
        credential = drop_key(credential, key, Code.IGNORED_KEY, message, report)
    return credential


@at(*_OF_UPSTREAMS)
def credential_scheme(credential: Mapping, report: Report) -> Mapping:
    """Report credentials beyond the official language."""
    kind = credential.text("type")
    if kind in EXTENSIONS:
        message = f"requests are authenticated by {kind}"
        report.add(Code.CREDENTIAL_SCHEME, message, credential.value_span("type"))
    return credential


@at(*_WITH_GUARDS)
def bearer_value(bearer: Mapping, report: Report) -> Mapping:
    """Read a bearer's `value` as its `token`, and drop `placement: header`."""
    if bearer.text("type") != "bearer":
        return bearer
    bearer = _TOKEN.read(bearer, Code.BEARER_VALUE, report)
    if bearer.text("placement") != "header":
        return bearer
    message = "'placement' is redundant: a bearer token is always in a header"
    return drop_key(bearer, "placement", Code.BEARER_VALUE, message, report)


@at(*_WITH_GUARDS)
def api_key_header(credential: Mapping, report: Report) -> Mapping:
    """Read `header: X`, `type: header` and `type: query` as an apikey.

    If `header` names the header, the value may be called `token` or `key`.
    """
    kind = credential.text("type")
    if kind in ("header", "query") and not any(key in credential for key in LISTS):
        credential = _with_placement(credential, kind, report)
    if credential.text("type") != "apikey":
        return credential
    is_named = "header" in credential
    for alias in (*_VALUES, _HEADER) if is_named else _VALUES[:1]:
        credential = alias.read(credential, Code.API_KEY_HEADER, report)
    return credential


def _with_placement(credential: Mapping, placement: str, report: Report) -> Mapping:
    """Read a type that is a placement as an apikey with that placement."""
    span = credential.value_span("type")
    message = f"the type {quote(placement)} is read as an apikey of that placement"
    report.add(Code.API_KEY_HEADER, message, span)
    credential = credential.put("type", Scalar("apikey", span))
    own = credential.get("placement") or Scalar(placement, span)
    return credential.put("placement", own)


@at(*_WITH_GUARDS)
def api_key_alias(api_key: Mapping, report: Report) -> Mapping:
    """Read an apikey's `in` and `name` as `placement` and `key`."""
    if api_key.text("type") != "apikey":
        return api_key
    for alias in _PLACES:
        api_key = alias.read(api_key, Code.API_KEY_ALIAS, report)
    return api_key


@at(*_OF_UPSTREAMS)
def api_key_list(credential: Mapping, report: Report) -> Mapping:
    """Read `headers` and `parameters` as several keys, in headers or the query."""
    names = [key for key in LISTS if key in credential]
    is_keys = credential.text("type") in ("apikey", "header", "query")
    if len(names) != 1 or not is_keys:
        return credential
    [name] = names
    value = credential.get(name)
    if not isinstance(value, (Mapping, Sequence)):
        return credential
    message = f"{quote(name)} is read as several keys, which are all sent"
    report.add(Code.API_KEY_LIST, message, credential.key_span(name))
    keys = Sequence(tuple(_keys(value, LISTS[name])), value.span)
    span = credential.value_span("type")
    rest = credential.drop(name).put("type", Scalar(_SEVERAL_KEYS, span))
    return rest.put("keys", keys)


def _keys(names: Mapping | Sequence, placement: str) -> Iterator[Node]:
    match names:
        case Mapping(entries=entries):
            for key, value, span in ((e.key, e.value, e.span) for e in entries):
                fields = {"key": Scalar(key, span), "value": value}
                yield mapping(fields | {"placement": Scalar(placement, span)}, span)
        case Sequence(items=items):
            for item in items:
                yield _listed_key(item, placement)


def _listed_key(item: Node, placement: str) -> Node:
    if not isinstance(item, Mapping):
        return item
    for alias in ("name", "header"):
        if alias in item and "key" not in item:
            item = item.rename(alias, "key")
    return item.put("placement", Scalar(placement, item.span))


@at(*_WITH_GUARDS)
def api_key_placement(api_key: Mapping, report: Report) -> Mapping:
    """Report keys in a cookie, in bodies and in the path, an extension."""
    placement = api_key.text("placement")
    is_key = api_key.text("type") == "apikey"
    if is_key and placement in ("body", "cookie", "path"):
        span = api_key.value_span("placement")
        report.add(Code.API_KEY_PLACEMENT, f"the key is sent in the {placement}", span)
    return api_key


def credential_setting(tree: Mapping, report: Report) -> Mapping:
    """Read the missing parts of a credential from variables of the namespace."""

    def of_upstream(consumes: Mapping) -> Mapping:
        complete = partial(_complete_credential, consumes, _PARTS, "", report)
        paths = (("authentication",), ("authentication", "alternatives"))
        return rewrite_all(consumes, paths, complete)

    def of_clients(adapter: Mapping) -> Mapping:
        complete = partial(_complete_credential, adapter, _GUARD_PARTS, "env.", report)
        return rewrite(adapter, ("authentication",), complete)

    tree = rewrite(tree, CONSUMES, of_upstream)
    return rewrite(tree, EXPOSES, of_clients)


def _complete_credential(
    owner: Mapping,
    parts: dict[str, dict[str, str]],
    scope: str,
    report: Report,
    credential: Mapping,
) -> Mapping:
    for key, end in parts.get(credential.text("type") or "", {}).items():
        if key not in credential:
            variable = env_name(f"{owner.text('namespace')}_{end}")
            message = f"{quote(key)} is missing, so it is the variable {variable}"
            span = credential.value_span("type")
            report.add(Code.CREDENTIAL_SETTING, message, span)
            reference = f"{{{{{scope}{variable}}}}}"
            credential = credential.put(key, Scalar(reference, span))
    return credential


@at(_AUTHENTICATION)
def credential_alternatives(credential: Mapping, report: Report) -> Mapping:
    """Move a credential with `alternatives` into one list with them, as the first."""
    others = credential.get("alternatives")
    if not isinstance(others, Sequence):
        return credential
    is_optional = name_of(others.items[-1], "type") == "none" if others.items else False
    message = "one of several credentials is enough"
    if is_optional:
        message = "requests are sent without a credential if none is set"
    span = credential.key_span("alternatives")
    report.add(Code.CREDENTIAL_ALTERNATIVES, message, span)
    first = credential.drop("alternatives")
    credentials = Sequence((first, *others.items), others.span)
    kind = Scalar(ALTERNATIVES, credential.value_span("type"))
    return mapping({"type": kind, "credentials": credentials}, others.span)


def headers_set_by(credential: Node | None) -> frozenset[str]:
    """Return the headers of a credential, in lower case."""
    if not isinstance(credential, Mapping):
        return frozenset()
    keys = credential.get("keys") or credential.get("credentials")
    if isinstance(keys, Sequence):
        return frozenset().union(*map(headers_set_by, keys.items))
    placement = credential.text("placement") or "header"
    if credential.text("type") in IN_AUTHORIZATION:
        return frozenset({"authorization"})
    if credential.text("type") == "none":
        return frozenset()
    if placement == "cookie":
        return frozenset({"cookie"})
    key = (credential.text("key") or "").lower()
    return frozenset({key}) if placement == "header" else frozenset()


RULES = (
    authentication_alias,
    authentication_type,
    credential_field,
    resource_server_key,
    credential_scheme,
    bearer_value,
    api_key_header,
    api_key_alias,
    api_key_list,
    api_key_placement,
    credential_setting,
    credential_alternatives,
)
