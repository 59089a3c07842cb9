"""The command of a package that calls no upstream."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..settings import Limits, Variables
from ..transport import Transport
from .program import Program, T
from .state import Opening


@dataclass(frozen=True, slots=True)
class StandaloneProgram(Program):
    """A program whose adapters share no API client.

    `package` is its name, from the root that Python imported. `variables` is the prefix
    of its own variables.
    """

    has_client: ClassVar[bool] = False
    package: str = field(kw_only=True)
    variables: str = field(kw_only=True)

    def open(self, _: Mapping[str, str], __: Transport | None) -> Opening:
        """Return a context of no client."""
        return nullcontext()

    def build(
        self, factory: Callable[..., T], connect: Callable[[], Opening], **options: Any
    ) -> T:
        """Call a factory of the package, which takes no client."""
        del connect
        return factory(**options)

    def limits(self, _: Variables) -> Limits:
        """Return the default limits: no variable sets them."""
        return Limits()
