"""The description of a deployment: ports, variables, secrets and hosts of a package.

The image and all manifests are made of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery, Layout, Options
from naftiko_gen.emit.code.naming import distribution_name, module_name
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.needs import alternative_variables, choices
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
SECRETS = "/var/run/secrets"

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
class Secret:
    """A credential in a file that a Secret holds; the key is the variable's name."""

    variable: str
    path: str

    @property
    def file_variable(self) -> str:
        """Return the variable that names the file."""
        return f"{self.variable}{IN_FILE}"


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
        settings: Values of variables.
        secrets: Credentials that must be set.
        optional_secrets: Credentials of which others are enough.
        configured: Variables without a default that are no credentials.
        egress: The places that it calls.
        timeout: The seconds that its longest call takes.
    """

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
    secrets: tuple[Secret, ...]
    optional_secrets: tuple[str, ...]
    configured: tuple[str, ...]
    egress: Egress
    timeout: int

    @property
    def module(self) -> str:
        """Return the module that the image starts."""
        return self.modules[0][1]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of all ports."""
        return (*(port.number for port in self.ports), self.control)

    @property
    def control_text(self) -> str:
        """Return the control port as a text."""
        return str(self.control)

    @property
    def pre_stop(self) -> int:
        """Return the seconds before a pod is told to end."""
        return PRE_STOP

    @property
    def grace(self) -> int:
        """Return the seconds from a pod's deletion to its end by force."""
        return PRE_STOP + int(STOP_NOTICE.default) + self.timeout + MARGIN

    @property
    def secrets_directory(self) -> str:
        """Return the directory of the credentials."""
        return f"{SECRETS}/{self.name}"

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

    def mcp_name(self, port: Port) -> str:
        """Return the name of the MCPServer of a port."""
        return self.name if port == self.mcp[0] else f"{self.name}-{port.name}"

    @property
    def image(self) -> str:
        """Return the name and tag of the image."""
        return f"{self.name}:{self.version}"

    @property
    def registry_image(self) -> str:
        """Return the image with the domain of a registry, which a user replaces."""
        return f"registry.example/{self.image}"


def describe(capability: ir.Capability, options: Options) -> Deployment:
    """Return the description of a capability's package, as options have it compiled."""
    name = object_name(distribution_name(capability.slug))
    ports, (control, is_guarded) = tuple(_ports(capability)), _control_port(capability)
    alternatives = _optional_variables(capability)
    variables = capability.all_variables
    without_default = [variable for variable in variables if variable.default is None]
    return Deployment(
        name=name,
        version=_label(capability.version),
        source=capability.source,
        directory=capability.slug,
        modules=tuple(_modules(capability, options)),
        requirements=_requirements(capability),
        ports=ports,
        control=control,
        is_control_guarded=is_guarded,
        settings=tuple(_settings(capability, name, ports, control)),
        secrets=tuple(
            Secret(variable.name, f"{SECRETS}/{name}/{variable.name}")
            for variable in without_default
            if variable.is_private and variable not in alternatives
        ),
        optional_secrets=tuple(
            v.name for v in variables if v.is_private and v in alternatives
        ),
        configured=tuple(v.name for v in without_default if not v.is_private),
        egress=egress(capability),
        timeout=int(TIMEOUT.default),
    )


def _requirements(capability: ir.Capability) -> tuple[str, ...]:
    """Return the distributions of the package, and the one by which it is scraped."""
    metrics = OPTIONAL_DEPENDENCIES.get("metrics", ())
    return tuple(sorted((*dependencies(Emission(capability), ()), *metrics)))


def _modules(capability: ir.Capability, options: Options) -> Iterator[tuple[str, str]]:
    module = str(module_name(capability.slug))
    match options.layout:
        case Layout.PROJECT:
            yield capability.slug, module
        case Layout.PACKAGE:
            yield ".", module
        case _:
            assert_never(options.layout)
    match options.runtime:
        case Delivery.LIBRARY:
            yield DISTRIBUTION, LIBRARY_PACKAGE
        case Delivery.VENDORED:
            pass
        case _:
            assert_never(options.runtime)


def object_name(name: str) -> str:
    """Return a name for objects: one that is too long ends in a digest of itself."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9].rstrip('-')}-{digest}"


def _label(version: str) -> str:
    return _LABEL.sub("-", version)[:63].strip("._-") or "0"


def _ports(capability: ir.Capability) -> Iterator[Port]:
    """Yield the ports of adapters, except of the control adapter."""
    counts: dict[str, int] = {}
    for adapter in capability.servers:
        kind = _kind(adapter)
        if not adapter.listens or kind is None:
            continue
        counts[kind] = counts.get(kind, 0) + 1
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
    free = next(port for port in range(FIRST_CONTROL, 65536) if port not in ports)
    return free, False


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
    suffixes = ("", *(f".$(POD_NAMESPACE){end}" for end in ("", ".svc")))
    full_name = f"{name}.$(POD_NAMESPACE).svc.cluster.local"
    names = (*(f"{name}{suffix}" for suffix in suffixes), full_name)
    end = "" if port == 80 else f":{port}"
    return ",".join(f"{host}{end}" for host in names)


def _optional_variables(capability: ir.Capability) -> frozenset[ir.Variable]:
    """Return the variables of alternative credentials that aren't the first ones."""
    first_names = {name for choice in choices(capability) for name in choice[0]}
    return frozenset(
        variable
        for variable in alternative_variables(capability)
        if variable.name not in first_names
    )
