"""`client.py`: a typed coroutine for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.credentials import build_authentication, signers
from naftiko_gen.emit.package.needs import upstream_needs
from naftiko_gen.emit.package.operations import Coroutine
from naftiko_gen.emit.package.parts import has_credential, request_variables
from naftiko_gen.emit.tests.signatures import SELF_SIGNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from naftiko_gen.emit.code.imports import Imports
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.credentials import Signer
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.package.operations import OperationView
    from naftiko_gen.ir import Upstream


@dataclass(frozen=True)
class UpstreamView:
    """An upstream: the client's argument, and how `connect` builds it."""

    name: Code
    kind: Code
    arguments: Code


@dataclass(frozen=True)
class ClientView:
    """The variables of `client.py.jinja`."""

    imports: Code
    client: Code
    docstring: Code
    has_settings: bool
    upstream_arguments: Code
    signers: tuple[Signer, ...]
    has_self_signing: bool
    signer_names: Code
    signer_arguments: Code
    upstreams: tuple[UpstreamView, ...]
    operations: tuple[OperationView, ...]


def client_view(emission: Emission) -> ClientView:
    """Return the view of a package's client."""
    capability, names = emission.capability, emission.names
    imports = _imports(emission)
    operations = tuple(
        Coroutine(operation, names, imports).view()
        for operation in capability.operations
    )
    by_namespace = signers(capability, names, imports)
    distinct = tuple(dict.fromkeys(by_namespace.values()))
    upstreams = tuple(
        _upstream(upstream, by_namespace, names, imports)
        for upstream in capability.upstreams
    )
    return ClientView(
        imports=imports.code(),
        client=names.client,
        docstring=docstring(capability.description or capability.label, indent=4),
        has_settings=_has_settings(names),
        upstream_arguments=_upstream_arguments(names),
        signers=distinct,
        has_self_signing=any(
            isinstance(upstream.credential, SELF_SIGNING)
            for upstream in capability.upstreams
        ),
        signer_names=join(", ", [signer.name for signer in distinct]),
        signer_arguments=_signer_arguments(distinct),
        upstreams=upstreams,
        operations=operations,
    )


def _imports(emission: Emission) -> Imports:
    imports = emission.imports()
    imports.add("collections.abc", "AsyncIterator", "Callable", "Sequence")
    imports.add("contextlib", "AbstractAsyncContextManager", "asynccontextmanager")
    imports.use("open_transport")
    imports.use("Reply", "Transport", "TransportMiddleware", "Upstream")
    imports.add(".settings", "Settings")
    return imports


def _upstream_arguments(names: Names) -> Code:
    """Return the declared arguments of the client's constructor."""
    declared = [
        fill("{}: Upstream", names.upstream(upstream))
        for upstream in names.capability.upstreams
    ]
    if _has_settings(names):
        declared.insert(0, verbatim("settings: Settings"))
    return join(", ", (verbatim("self"), *declared))


def _signer_arguments(signers: Iterable[Signer]) -> Code:
    """Return the declared arguments of the function that opens the client."""
    fixed = verbatim(
        "settings: Settings, transport: Transport | None, "
        "middleware: Sequence[TransportMiddleware]"
    )
    declared = [fill("{}: {} | None", signer.name, signer.kind) for signer in signers]
    return join(", ", [fixed, *declared])


def _has_settings(names: Names) -> bool:
    """Return whether requests contain settings besides credentials."""
    return any(True for _ in request_variables(names.capability))


def _upstream(
    upstream: Upstream, signers: Mapping[str, Signer], names: Names, imports: Imports
) -> UpstreamView:
    """Return an upstream; its trailing comma makes Black give each argument a line."""
    authentication = build_authentication(upstream, signers, names, imports)
    exchange = authentication.exchange
    if needs := upstream_needs(upstream, names.capability):
        imports.use("exchange_unless")
        variables = join(", ", map(py, needs))
        exchange = fill(
            "exchange_unless(settings.unset & {{{}}}, {})", variables, exchange
        )
    arguments = [
        exchange,
        verbatim("settings.limits"),
        authentication.base_uri,
        fill("user_agent={}", py(names.capability.slug)),
        verbatim("middleware=middleware"),
    ]
    kind = verbatim("Upstream")
    if has_credential(upstream, names.capability):
        kind = verbatim("PrivateUpstream")
        imports.use(kind)
    return UpstreamView(
        name=names.upstream(upstream),
        kind=kind,
        arguments=fill("{},", join(", ", arguments)),
    )
