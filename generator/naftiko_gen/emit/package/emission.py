"""The capability and the facts that all files of a package share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.answers.flows import Flows, Scripts
from naftiko_gen.emit.answers.outputs import Outputs
from naftiko_gen.emit.answers.readers import Readers
from naftiko_gen.emit.code.imports import Origins, library_origins
from naftiko_gen.emit.code.names import CLIENTS_MODULE, Names, authentication_name
from naftiko_gen.emit.literals import Code, header_name, verbatim
from naftiko_gen.emit.package.variables import PackageVariables
from naftiko_gen.emit.runtime.names import runtime_origins
from naftiko_gen.emit.runtime.source import package_of
from naftiko_gen.emit.types.inputs import InputTypes
from naftiko_gen.emit.types.typed_dicts import ArgumentTypes


@dataclass(frozen=True)
class Emission:
    """A capability, and the facts that all files of its package share."""

    capability: ir.Capability
    has_api_docs: bool = False
    runtime: Delivery = Delivery.VENDORED
    digest: str = ""
    """The SHA-256 of the spec, in hexadecimal."""

    @cached_property
    def names(self) -> Names:
        """Return the Python names of the package."""
        return Names(self.capability)

    @cached_property
    def variables(self) -> PackageVariables:
        """Return the variables of the package."""
        return PackageVariables(self.capability)

    @cached_property
    def outputs(self) -> Outputs:
        """Return the exposed shapes."""
        return Outputs.of(self.capability)

    @cached_property
    def flows(self) -> Flows:
        """Return the flows of steps."""
        return Flows.of(self.capability)

    @cached_property
    def argument_types(self) -> ArgumentTypes:
        """Return the types of objects that operations take."""
        return ArgumentTypes.of(self.capability, self.names.client)

    @cached_property
    def input_types(self) -> InputTypes:
        """Return the types of inputs that are written once."""
        return InputTypes.of(self.capability)

    @cached_property
    def readers(self) -> Readers:
        """Return the readers of responses that have a schema."""
        return Readers.of(self.capability)

    @cached_property
    def scripts(self) -> Scripts:
        """Return the scripts that flows run."""
        return Scripts.of(self.capability)

    def client(self) -> Code:
        """Return the type of the API client; None without a client."""
        if not self.capability.has_client:
            return verbatim("None")
        return self.names.client

    @cached_property
    def origins(self) -> Origins:
        """Return where the names are defined that modules of the package use."""
        return _origins(
            package_of(self.runtime),
            ".",
            {
                "": ("functions", "outputs"),
                "arguments": self.argument_types.names.values(),
                "client": (self.names.client, "Connect", "Settings", "connect"),
                "inputs": ("TYPES",),
                "readers": self.readers.names.values(),
                CLIENTS_MODULE: map(authentication_name, self.capability.servers),
            },
        )

    def test_origins(self, tested_module: str) -> Origins:
        """Return where the names are defined that a module of tests uses."""
        package = str(self.names.module)
        own_names = ("create_app", "create_server", "RESOURCES", "ROUTES", "TOOLS")
        return _origins(
            package_of(self.runtime, package),
            package,
            {
                "": ("Settings", "client"),
                ".client": ("Connect", str(self.names.client)),
                ".mock": ("create_mock",),
                f".{tested_module}": own_names,
            },
            first_party=package,
        )

    @cached_property
    def source(self) -> Code:
        """Return the name of the spec's file as the emitted files show it."""
        return header_name(self.capability.source)


def _origins(
    runtime: str,
    package: str,
    own_names: Mapping[str, Iterable[str]],
    first_party: str = "",
) -> Origins:
    """Return the origins of names; `own_names` are those of a package, by module."""
    places = {**library_origins(), **runtime_origins(runtime)}
    for module, names in own_names.items():
        places |= {str(name): (f"{package}{module}", str(name)) for name in names}
    return Origins(places, first_party)
