"""`client.py`: one typed coroutine for each operation that is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.imports import Imports
from naftiko_gen.ir import (
    Argument,
    Array,
    Basic,
    Bearer,
    BodyTemplate,
    Constant,
    Entity,
    HeaderKey,
    Joined,
    Object,
    Parameter,
    QueryKey,
    Setting,
    Variable,
)
from naftiko_gen.literals import (
    Code,
    docstring,
    fill,
    fstring,
    join,
    py,
    url_path,
    verbatim,
)
from naftiko_gen.targets.expressions import Templates, annotation, uses_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.ir import Input, Operation, Template, Text, Upstream
    from naftiko_gen.targets.names import Names


@dataclass(frozen=True)
class UpstreamView:
    """An upstream: the client's argument, and how `connect` builds it."""

    name: Code
    base_uri: Code
    credential: Code
    has_credential: bool


@dataclass(frozen=True)
class OperationView:
    """A coroutine."""

    name: Code
    signature: Code
    docstring: Code
    upstream: Code
    arguments: Code


@dataclass(frozen=True)
class ClientView:
    """What `client.py.jinja` shows."""

    source: Code
    imports: Code
    client: Code
    docstring: Code
    user_agent: Code
    needs_settings: bool
    upstream_arguments: Code
    upstreams: tuple[UpstreamView, ...]
    operations: tuple[OperationView, ...]


def client_view(names: Names, source: Code) -> ClientView:
    """Return the view of a package's client."""
    capability = names.capability
    imports = Imports()
    imports.add("collections.abc", "AsyncIterator", "Callable")
    imports.add("contextlib", "AbstractAsyncContextManager", "asynccontextmanager")
    imports.add("._upstream", "Reply", "Transport", "Upstream", "open_transport")
    if any(isinstance(one.credential, Basic) for one in capability.upstreams):
        imports.add("._upstream", "basic")
    imports.add(".settings", "Settings")
    operations = tuple(
        _operation(operation, names, imports) for operation in capability.operations
    )
    return ClientView(
        source=source,
        imports=imports.code(),
        client=names.client,
        docstring=docstring(capability.description or capability.label, indent=4),
        user_agent=py(capability.slug),
        needs_settings=uses_settings(capability),
        upstream_arguments=_upstream_arguments(names),
        upstreams=tuple(_upstream(one, names) for one in capability.upstreams),
        operations=operations,
    )


def _upstream_arguments(names: Names) -> Code:
    """Return the declared arguments of the client's constructor."""
    declared = [
        fill("{}: Upstream", names.upstream(one)) for one in names.capability.upstreams
    ]
    if uses_settings(names.capability):
        declared.insert(0, verbatim("settings: Settings"))
    return join(", ", (verbatim("self"), *declared))


def _operation(operation: Operation, names: Names, imports: Imports) -> OperationView:
    parameters = names.parameters(operation)
    return OperationView(
        name=names.operation(operation),
        signature=_signature(operation, parameters, imports),
        docstring=_described(operation),
        upstream=names.upstream(operation.upstream),
        arguments=_arguments(operation, parameters, names, imports),
    )


def _described(operation: Operation) -> Code:
    """Return the document's words, then the fact of the wire."""
    sends = f"Sends `{operation.method} {path_template(operation)}`."
    return docstring(operation.description or "", sends, indent=8)


def path_template(operation: Operation) -> str:
    """Return an operation's path as its author reads it: `/runs/{run_id}`."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.name}}}" for part in operation.path
    )


def _signature(
    operation: Operation, names: Mapping[Parameter, Code], imports: Imports
) -> Code:
    """Return keyword-only parameters, those that must be given first."""
    if not operation.parameters:
        return verbatim("self")
    required = [p for p in operation.parameters if p.required]
    optional = [p for p in operation.parameters if not p.required]
    entity = operation.body.parameter if isinstance(operation.body, Entity) else None
    declared = [
        _declared(parameter, names[parameter], imports, takes_bytes=parameter == entity)
        for parameter in (*required, *optional)
    ]
    return fill("self, *, {}", join(", ", declared))


def _declared(
    parameter: Parameter, name: Code, imports: Imports, *, takes_bytes: bool
) -> Code:
    pattern = annotation(parameter.type, imports)
    if takes_bytes and isinstance(parameter.type, Object | Array):
        pattern = fill("{} | bytes", pattern)
    if parameter.required:
        return fill("{}: {}", name, pattern)
    return fill("{}: {} | None = None", name, pattern)


def _arguments(
    operation: Operation,
    parameters: Mapping[Parameter, Code],
    names: Names,
    imports: Imports,
) -> Code:
    """Return the arguments of `Upstream.send`."""
    templates = Templates(
        hole=lambda source: parameters[_parameter(source)],
        setting=lambda variable: fill("self.settings.{}", names.setting(variable)),
        imports=imports,
    )
    path = _path(operation, parameters, templates, imports)
    arguments = [py(operation.method), path]
    if operation.query:
        arguments.append(fill("query={}", _pairs(operation.query, templates)))
    if operation.headers:
        arguments.append(fill("headers={}", _pairs(operation.headers, templates)))
    match operation.body:
        case Entity(parameter=parameter):
            arguments.append(fill("body={}", parameters[parameter]))
        case BodyTemplate(template=template):
            arguments.append(fill("body={}", templates.expression(template)))
        case None:
            pass
        case _:
            assert_never(operation.body)
    return join(", ", arguments)


def _parameter(source: Parameter | Input) -> Parameter:
    """Return the parameter of a hole; an operation's templates hold no inputs."""
    if not isinstance(source, Parameter):
        raise TypeError(f"an operation refers to the input {source.name!r}")
    return source


def _pairs(pairs: tuple[tuple[str, Template], ...], templates: Templates) -> Code:
    listed = [
        fill("({}, {})", py(name), templates.expression(template))
        for name, template in pairs
    ]
    return fill("[{}]", join(", ", listed))


def _path(
    operation: Operation,
    parameters: Mapping[Parameter, Code],
    templates: Templates,
    imports: Imports,
) -> Code:
    """Return the path as a concatenation of encoded text and checked segments."""
    pieces: list[Code] = []
    for part in operation.path:
        match part:
            case str():
                pieces.append(py(url_path(part)))
            case Parameter():
                imports.add("._upstream", "segment")
                pattern = fill("segment({}, {})", py(part.name), parameters[part])
                pieces.append(pattern)
            case Variable():
                imports.add("._upstream", "segment")
                value = templates.expression(Setting(part))
                pieces.append(fill("segment({}, {})", py(part.name), value))
            case _:
                assert_never(part)
    return join(" + ", pieces)


def _upstream(upstream: Upstream, names: Names) -> UpstreamView:
    credential = _credential(upstream, names)
    return UpstreamView(
        name=names.upstream(upstream),
        base_uri=names.base_uri(upstream),
        credential=credential or verbatim(""),
        has_credential=credential is not None,
    )


def _credential(upstream: Upstream, names: Names) -> Code | None:
    """Return the argument of `Upstream` that carries the credential."""
    match upstream.credential:
        case None:
            return None
        case Bearer(token=token):
            value = _text(("Bearer ", token), names)
            return fill('credential=("Authorization", {})', value)
        case Basic(username=username, password=password):
            pair = (_text((username,), names), _text((password,), names))
            return fill('credential=("Authorization", basic({}, {}))', *pair)
        case HeaderKey(name=name, value=value):
            return fill("credential=({}, {})", py(name), _text((value,), names))
        case QueryKey(name=name, value=value):
            return fill("query_credential=({}, {})", py(name), _text((value,), names))
        case _:
            assert_never(upstream.credential)


def _text(parts: tuple[str | Text, ...], names: Names) -> Code:
    """Return the expression of text that settings are part of."""
    flat = [piece for part in parts for piece in _pieces(part, names)]
    match flat:
        case [Code() as only]:
            return only
        case _:
            return fstring(flat)


def _pieces(part: str | Text, names: Names) -> list[str | Code]:
    match part:
        case str():
            return [part]
        case Constant(value=value):
            return [str(value)]
        case Setting(variable=variable):
            return [fill("settings.{}", names.setting(variable))]
        case Joined(parts=parts):
            return [
                piece
                for inner in map(_settings_only, parts)
                for piece in _pieces(inner, names)
            ]
        case _:
            assert_never(part)


def _settings_only(part: str | Argument | Setting) -> str | Setting:
    """Return a part of a credential, which holds no arguments."""
    if isinstance(part, Argument):
        raise TypeError(f"a credential refers to the argument {part.source.name!r}")
    return part
