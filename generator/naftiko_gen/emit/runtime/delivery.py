"""The names of the runtime's packages, and the places of their copies."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

DISTRIBUTION = "naftiko-runtime"
LIBRARY_PACKAGE = "naftiko_runtime"
VENDORED_PACKAGE = "_runtime"


class RuntimePlace(Enum):
    """The place from which the modules of a package import the runtime."""

    WITHIN = "within"
    """The package's own copy."""
    BESIDE = "beside"
    """A copy that the packages of a directory share, which is a package itself."""
    TOP_LEVEL = "top-level"
    """A copy that the packages of a directory share, which is no package."""
    LIBRARY = "library"
    """The installed distribution."""

    @property
    def package(self) -> str:
        """Return the runtime's package, as modules of the emitted package import it."""
        match self:
            case RuntimePlace.WITHIN:
                return f".{VENDORED_PACKAGE}"
            case RuntimePlace.BESIDE:
                return f"..{VENDORED_PACKAGE}"
            case RuntimePlace.TOP_LEVEL:
                return VENDORED_PACKAGE
            case RuntimePlace.LIBRARY:
                return LIBRARY_PACKAGE
            case _:
                assert_never(self)

    def package_for_tests(self, module: str) -> str:
        """Return the runtime's package, as tests of `module` import it.

        Raises:
            ValueError: Packages that share a runtime have no tests.
        """
        match self:
            case RuntimePlace.WITHIN:
                return f"{module}.{VENDORED_PACKAGE}"
            case RuntimePlace.LIBRARY:
                return LIBRARY_PACKAGE
            case RuntimePlace.BESIDE | RuntimePlace.TOP_LEVEL:
                raise ValueError("no tests are emitted beside a shared runtime")
            case _:
                assert_never(self)

    @property
    def is_shared(self) -> bool:
        """Return whether several packages share the copy."""
        return self in (RuntimePlace.BESIDE, RuntimePlace.TOP_LEVEL)
