"""The names of the runtime's packages, and the places of their copies."""

from __future__ import annotations

from typing import assert_never

from naftiko_gen.configuration.options import Delivery

DISTRIBUTION = "naftiko-runtime"
LIBRARY_PACKAGE = "naftiko_runtime"
VENDORED_PACKAGE = "_runtime"


def package_for_modules(delivery: Delivery) -> str:
    """Return the runtime's package, as modules of the emitted package import it."""
    match delivery:
        case Delivery.VENDORED:
            return f".{VENDORED_PACKAGE}"
        case Delivery.LIBRARY:
            return LIBRARY_PACKAGE
        case _:
            assert_never(delivery)


def package_for_tests(delivery: Delivery, module: str) -> str:
    """Return the runtime's package, as tests of `module` import it."""
    match delivery:
        case Delivery.VENDORED:
            return f"{module}.{VENDORED_PACKAGE}"
        case Delivery.LIBRARY:
            return LIBRARY_PACKAGE
        case _:
            assert_never(delivery)
