"""The constants, arguments and settings in templates, and their variables."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.ir import (
    Alternatives,
    Argument,
    ArrayTemplate,
    Basic,
    Bearer,
    BodyKey,
    BodyTemplate,
    BytesBody,
    Certificate,
    Constant,
    CookieKey,
    Digest,
    Entity,
    FilePart,
    FormBody,
    HeaderKey,
    Hmac,
    Joined,
    MultipartBody,
    OAuth1,
    OAuth2,
    ObjectTemplate,
    PathKey,
    QueryKey,
    RsaKey,
    Setting,
    SeveralKeys,
    SharedSecret,
    SigV4,
    TextBody,
    Variable,
    arguments,
    calls,
)

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import (
        Body,
        Capability,
        Credential,
        Exposed,
        Input,
        Operation,
        Parameter,
        Signing,
        Template,
        Text,
        Upstream,
    )


def parts(template: Template) -> Iterator[Constant | Argument | Setting]:
    """Yield the constants, arguments and settings in a template, in order."""
    match template:
        case Constant() | Argument() | Setting():
            yield template
        case Joined():
            yield from (part for part in template.parts if not isinstance(part, str))
        case ObjectTemplate(entries=entries):
            for _, value in entries:
                yield from parts(value)
        case ArrayTemplate(items=items):
            for item in items:
                yield from parts(item)
        case _:
            assert_never(template)


def sources(template: Template) -> Iterator[Parameter | Input]:
    """Yield the parameters and inputs to which the arguments in a template refer."""
    for part in parts(template):
        if isinstance(part, Argument):
            yield part.source


def header_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs in headers of requests to the upstream."""
    return [
        source
        for call in calls(unit.implementation)
        for parameter, template in call.arguments
        if parameter in _header_sources(call.operation)
        for source in sources(template)
    ]


def _header_sources(operation: Operation) -> list[Parameter | Input]:
    return [source for _, value in operation.headers for source in sources(value)]


def request_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables in requests, except in credentials."""
    for unit in capability.exposed:
        yield from _variables(value for _, value in arguments(unit.implementation))
    for operation in capability.operations:
        yield from operation_variables(operation)


def unit_variables(operation: Operation, capability: Capability) -> Iterator[Variable]:
    """Yield the variables that routes and tools pass to an operation."""
    for unit in capability.calling(operation):
        for call in calls(unit.implementation):
            if call.operation is operation:
                yield from _variables(value for _, value in call.arguments)


def has_credential(upstream: Upstream, capability: Capability) -> bool:
    """Return whether a request to the upstream may carry a credential."""
    operations = [one for one in capability.operations if one.upstream is upstream]
    headers = (name.lower() for one in operations for name, _ in one.headers)
    variables = chain(
        *(unit_variables(one, capability) for one in operations),
        *(operation_variables(one) for one in operations),
    )
    return (
        upstream.credential is not None
        or not CREDENTIAL_HEADERS.isdisjoint(headers)
        or any(variable.secret for variable in variables)
    )


def text_variables(text: Text) -> Iterator[Variable]:
    """Yield the variables in a text."""
    yield from _variables((text,))


def credential_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables in credentials."""
    for upstream in capability.upstreams:
        yield from upstream_variables(upstream)


def upstream_variables(upstream: Upstream) -> Iterator[Variable]:
    """Yield the variables in an upstream's credential."""
    if upstream.credential is not None:
        yield from credential_variables_of(upstream.credential)


def credential_variables_of(credential: Credential) -> Iterator[Variable]:
    """Yield the variables in a credential."""
    yield from _variables(_texts(credential))


def _variables(templates: Iterable[Template]) -> Iterator[Variable]:
    for part in chain.from_iterable(map(parts, templates)):
        if isinstance(part, Setting):
            yield part.variable


def operation_variables(operation: Operation) -> Iterator[Variable]:
    """Yield the variables in an operation itself, except in its credential."""
    yield from (part for part in operation.path if isinstance(part, Variable))
    yield from _variables(_templates(operation))


def _templates(operation: Operation) -> Iterator[Template]:
    yield from (template for _, template in (*operation.query, *operation.headers))
    yield from _of_body(operation.body)


def _of_body(body: Body | None) -> Iterator[Template]:
    match body:
        case BodyTemplate() | TextBody() | FormBody():
            yield body.template
        case MultipartBody(parts=parts):
            for part in parts:
                yield part.value
                if isinstance(part, FilePart):
                    yield from (part.filename, part.media_type)
        case Entity() | BytesBody() | None:
            pass
        case _:
            assert_never(body)


def variables_in_files(capability: Capability) -> set[Variable]:
    """Return the variables that hold files, paths of files or their passwords.

    No header contains them, so they may be any text.
    """
    found: set[Variable] = set()
    for upstream in capability.upstreams:
        match upstream.credential:
            case OAuth1(signature=RsaKey(key=key)):
                found.update(_variables((key,)))
            case Certificate() as held:
                found.update(_variables(_texts(held)))
            case _:
                pass
    return found


def _texts(credential: Credential) -> tuple[Text, ...]:
    match credential:
        case Bearer(token=token):
            return (token,)
        case Basic():
            return (credential.username, credential.password)
        case HeaderKey() | QueryKey() | CookieKey() | BodyKey():
            return (credential.value,)
        case PathKey(value=value, tail=tail):
            return (value, *(part for part in tail if not isinstance(part, str)))
        case SeveralKeys(keys=keys):
            return tuple(key.value for key in keys)
        case Alternatives(credentials=credentials):
            return tuple(chain.from_iterable(map(_texts, credentials)))
        case _:
            return tuple(one for one in _signing(credential) if one is not None)


def _signing(credential: Signing) -> tuple[Text | None, ...]:
    match credential:
        case OAuth1(consumer_key=consumer, signature=signature, token=token):
            return (consumer, *_signature(signature), token)
        case OAuth2(token_endpoint=endpoint, parameters=parameters):
            pair = (credential.client_id, credential.client_secret)
            return (endpoint, *pair, *(value for _, value in parameters))
        case SigV4(region=region, service=service, session_token=token):
            pair = (credential.access_key_id, credential.secret_key)
            return (*pair, region, service, token)
        case Hmac(api_id=api_id, api_key=api_key):
            return (api_id, api_key)
        case Digest(username=username, password=password):
            return (username, password)
        case Certificate(path=path, password=password):
            return (path, password)
        case _:
            assert_never(credential)


def _signature(signature: RsaKey | SharedSecret) -> tuple[Text | None, ...]:
    match signature:
        case RsaKey(key=key):
            return (key,)
        case SharedSecret(secret=secret, token_secret=token_secret):
            return (secret, token_secret)
        case _:
            assert_never(signature)


def fixed_query(operation: Operation) -> dict[str, str]:
    """Return the constant query parameters of an operation."""
    return {
        name: wire_text(value.value)
        for name, value in operation.query
        if isinstance(value, Constant)
    }


def wire_text(value: Plain) -> str:
    """Return a value as text of a URL or header; objects and arrays as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
