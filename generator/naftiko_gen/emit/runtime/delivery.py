"""How a package gets the runtime."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

DISTRIBUTION = "naftiko-runtime"
LIBRARY_PACKAGE = "naftiko_runtime"
VENDORED_PACKAGE = "_runtime"


class Delivery(Enum):
    """How a package gets the runtime: as a copy of its own, or as a dependency."""

    VENDORED = "vendored"
    LIBRARY = "library"

    @property
    def package(self) -> str:
        """Return the runtime's package, as modules of the emitted package import it."""
        match self:
            case Delivery.VENDORED:
                return f".{VENDORED_PACKAGE}"
            case Delivery.LIBRARY:
                return LIBRARY_PACKAGE
            case _:
                assert_never(self)

    def package_for_tests(self, module: str) -> str:
        """Return the runtime's package, as tests of `module` import it."""
        match self:
            case Delivery.VENDORED:
                return f"{module}.{VENDORED_PACKAGE}"
            case Delivery.LIBRARY:
                return LIBRARY_PACKAGE
            case _:
                assert_never(self)
