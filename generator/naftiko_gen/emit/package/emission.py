"""The capability and the facts that all files of a package share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.code.imports import Imports
from naftiko_gen.emit.literals import header_name, verbatim
from naftiko_gen.emit.package.argument_types import ArgumentTypes
from naftiko_gen.emit.package.flows import Flows
from naftiko_gen.emit.package.input_types import InputTypes
from naftiko_gen.emit.package.names import Names
from naftiko_gen.emit.package.outputs import Outputs
from naftiko_gen.emit.package.readers import Readers
from naftiko_gen.emit.package.scripts import Scripts
from naftiko_gen.emit.runtime.delivery import package_for_modules, package_for_tests

if TYPE_CHECKING:
    from naftiko_gen.emit.literals import Code
    from naftiko_gen.ir import Capability


@dataclass(frozen=True)
class Emission:
    """A capability, and the facts that all files of its package share."""

    capability: Capability
    has_api_docs: bool = False
    runtime: Delivery = Delivery.VENDORED

    @cached_property
    def names(self) -> Names:
        """Return the Python names of the package."""
        return Names(self.capability)

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

    def client(self, imports: Imports) -> Code:
        """Return the type of the API client, and import it; None without a client."""
        if not self.capability.has_client:
            return verbatim("None")
        imports.add(".client", self.names.client)
        return self.names.client

    def imports(self) -> Imports:
        """Return the imports of a module of the package, yet without any."""
        return Imports(package_for_modules(self.runtime))

    def test_imports(self) -> Imports:
        """Return the imports of a test module, yet without any."""
        module = str(self.names.module)
        return Imports(package_for_tests(self.runtime, module), first_party=module)

    @cached_property
    def source(self) -> Code:
        """Return the name of the spec's file as the emitted files show it."""
        return header_name(self.capability.source)
