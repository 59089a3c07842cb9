"""The description of a deployment: ports, variables, secrets and hosts of a package.

The image and all manifests are made of it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import ClassVar, assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery, Layout, Options
from naftiko_gen.diagnostics.quoting import quote, safe
from naftiko_gen.emit.code.naming import distribution_name, module_name
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.project import OPTIONAL_DEPENDENCIES, dependencies
from naftiko_gen.emit.runtime.source import DISTRIBUTION, LIBRARY_PACKAGE
from naftiko_gen.language.package_settings import (
    ALLOW_OPEN,
    ALLOWED_HOSTS,
    CONTROL_HOST,
    CONTROL_PORT,
    HOST,
    IN_FILE,
    PORT,
    STOP_NOTICE,
    TIMEOUT,
)
from naftiko_gen.tools.deploy.egress import Egress, egress

LONGEST_NAME = 50
"""The most characters of a name in Kubernetes, which leaves room for suffixes."""
FIRST_CONTROL = 9090
PRE_STOP = 5
"""Seconds in which proxies learn that a pod takes no more calls."""
MARGIN = 5
EVERY_ADDRESS = str(IPv4Address(0))
POD_ADDRESS = "$(POD_IP)"
_NAMESPACE = ".$(POD_NAMESPACE)"

_LABEL = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class Port:
    """The port of an adapter.

    Attributes:
        name: Its name in Kubernetes: at most 15 letters, digits and hyphens.
        number: The port, as the spec has it.
        namespace: The adapter.
        kind: The kind of the adapter.
        is_guarded: Whether the spec declares how clients authenticate.
    """

    name: str
    number: int
    namespace: str
    kind: str
    is_guarded: bool

    @property
    def host_variable(self) -> str:
        """Return the variable of the address."""
        return HOST.variable(self.namespace)


@dataclass(frozen=True)
class Deployment:
    """All that the image and the manifests of a package say.

    Attributes:
        name: The name of all objects, and of the image.
        version: The version, as labels and tags of images spell it.
        source: The file of the spec.
        directory: The directory of the package, and of the deployment.
        modules: The packages of Python in the image, each with its directory below that
            of packages; the first is started.
        requirements: The distributions that they import.
        ports: The ports of adapters.
        control: The port of probes and metrics.
        is_control_guarded: Whether the spec guards it; probes need no credential.
        settings: Values of variables, and the files of credentials.
        secrets: Credentials that must be set: the keys of a Secret, each a file.
        optional_secrets: Credentials of which others are enough.
        configured: Variables without a default that are no credentials.
        egress: The places that it calls.
    """

    pre_stop: ClassVar[int] = PRE_STOP
    grace: ClassVar[int] = (
        PRE_STOP + int(STOP_NOTICE.default) + int(TIMEOUT.default) + MARGIN
    )
    """The seconds from a pod's deletion to its end by force: longer than a call."""

    name: str
    version: str
    source: str
    directory: str
    modules: tuple[tuple[str, str], ...]
    requirements: tuple[str, ...]
    ports: tuple[Port, ...]
    control: int
    is_control_guarded: bool
    settings: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    optional_secrets: tuple[str, ...]
    configured: tuple[str, ...]
    egress: Egress

    @property
    def secrets_directory(self) -> str:
        """Return the directory of the credentials."""
        return _secrets_directory(self.name)

    @property
    def open_ports(self) -> tuple[Port, ...]:
        """Return the ports of adapters that authenticate no client."""
        return tuple(port for port in self.ports if not port.is_guarded)

    @property
    def open_names(self) -> str:
        """Return the names of those ports."""
        return " ".join(port.name for port in self.open_ports)

    @property
    def mcp(self) -> tuple[Port, ...]:
        """Return the ports of MCP servers."""
        return tuple(port for port in self.ports if port.kind == "mcp")


def describe(capability: ir.Capability, options: Options) -> Deployment:
    """Return the description of a capability's package, as options have it compiled."""
    name = object_name(distribution_name(capability.slug))
    ports, (control, is_guarded) = tuple(_ports(capability)), _control_port(capability)
    emission = Emission(capability)
    first_names = {name for choice in emission.variables.choices for name in choice[0]}
    optional = emission.variables.alternative
    optional_names = {variable.name for variable in optional} - first_names
    variables = [v for v in capability.all_variables if v.default is None]
    private = [variable.name for variable in variables if variable.is_private]
    secrets = tuple(secret for secret in private if secret not in optional_names)
    requirements = dependencies(emission, ())
    files = (
        (f"{secret}{IN_FILE}", f"{_secrets_directory(name)}/{secret}")
        for secret in secrets
    )
    return Deployment(
        name=name,
        version=_LABEL.sub("-", capability.version)[:63].strip("._-") or "0",
        source=capability.source,
        directory=capability.slug,
        modules=tuple(_modules(capability, options)),
        # It is scraped by the last ones.
        requirements=tuple(sorted((*requirements, *OPTIONAL_DEPENDENCIES["metrics"]))),
        ports=ports,
        control=control,
        is_control_guarded=is_guarded,
        settings=(*_settings(capability, name, ports, control), *files),
        secrets=secrets,
        optional_secrets=tuple(v for v in private if v in optional_names),
        configured=tuple(v.name for v in variables if not v.is_private),
        egress=egress(capability),
    )


def object_name(name: str) -> str:
    """Return a name for objects: one that is too long ends in a digest of itself."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9].rstrip('-')}-{digest}"


def _secrets_directory(name: str) -> str:
    return f"/var/run/secrets/{name}"


def _modules(capability: ir.Capability, options: Options) -> Iterator[tuple[str, str]]:
    is_bare = options.layout is Layout.PACKAGE
    yield "." if is_bare else capability.slug, str(module_name(capability.slug))
    if options.runtime is Delivery.LIBRARY:
        yield DISTRIBUTION, LIBRARY_PACKAGE


def _ports(capability: ir.Capability) -> Iterator[Port]:
    """Yield the ports of adapters, except of the control adapter."""
    counts: Counter[str] = Counter()
    for adapter in capability.servers:
        kind = _kind(adapter)
        if adapter.listens and kind is not None:
            counts[kind] += 1
            name = kind if counts[kind] == 1 else f"{kind}-{counts[kind]}"
            is_guarded = adapter.guard is not None
            yield Port(name, adapter.port, adapter.namespace, kind, is_guarded)


def _kind(adapter: ir.Server) -> str | None:
    match adapter:
        case ir.RestAdapter():
            return "rest"
        case ir.McpAdapter():
            return "mcp"
        case ir.SkillServer():
            return "skills"
        case ir.ControlAdapter():
            return None
        case _:
            assert_never(adapter)


def _control_port(capability: ir.Capability) -> tuple[int, bool]:
    """Return the port of probes and scrapes, and whether the spec guards it.

    It is the spec's, else a free one.
    """
    for adapter in capability.servers:
        if isinstance(adapter, ir.ControlAdapter):
            return adapter.port, adapter.guard is not None
    ports = {adapter.port for adapter in capability.servers}
    return (
        next(port for port in range(FIRST_CONTROL, 65536) if port not in ports),
        False,
    )


def _settings(
    capability: ir.Capability, name: str, ports: tuple[Port, ...], control: int
) -> Iterator[tuple[str, str]]:
    """Yield the values of variables."""
    # Probes and scrapes come to the pod's address.
    yield CONTROL_HOST.variable(capability.slug), POD_ADDRESS
    yield CONTROL_PORT.variable(capability.slug), str(control)
    for port in ports:
        yield port.host_variable, EVERY_ADDRESS
        yield PORT.variable(port.namespace), str(port.number)
        yield ALLOWED_HOSTS.variable(port.namespace), _service_names(name, port.number)
    if not all(port.is_guarded for port in ports):
        yield ALLOW_OPEN.variable(capability.slug), "1"
    if capability.has_client:
        yield TIMEOUT.variable(capability.slug), TIMEOUT.default


def _service_names(name: str, port: int) -> str:
    """Return the names of the Service, which clients send as `Host`."""
    places = ("", _NAMESPACE, f"{_NAMESPACE}.svc", f"{_NAMESPACE}.svc.cluster.local")
    end = "" if port == 80 else f":{port}"
    return ",".join(f"{name}{place}{end}" for place in places)


def remarks(deployment: Deployment) -> Iterator[str]:
    """Yield all that a user has to set, and that no rule can hold, in sentences."""
    name = deployment.name
    if deployment.secrets:
        yield f"make the Secret {name} with the keys {', '.join(deployment.secrets)}"
    if deployment.optional_secrets:
        names = ", ".join(deployment.optional_secrets)
        yield f"other credentials are enough, so no manifest names {names}"
    if deployment.configured:
        names = ", ".join(deployment.configured)
        yield f"make the ConfigMap {name} with the keys {names}"
    if deployment.open_ports:
        adapters = ", ".join(port.namespace for port in deployment.open_ports)
        yield (
            f"the spec declares no authentication for {safe(adapters)}: only the"
            " network policy keeps clients out"
        )
    if deployment.is_control_guarded:
        yield (
            "the spec guards its control adapter: have Prometheus send the credential;"
            " probes need none"
        )
    for address in deployment.egress.unknown:
        yield (
            f"the host of {quote(address)} is set at run time: the network policy"
            " allows any public host on its port, the component cilium none"
        )
    for host in deployment.egress.inside:
        yield (
            f"{quote(str(host))} is in the cluster or its network: no rule can name it,"
            " so allow its pods by their labels"
        )
