"""How a manifest records the runtime of a package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.runtime.delivery import VENDORED_PACKAGE
from naftiko_gen.emit.runtime.source import runtime_digest, runtime_version

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain


@dataclass(frozen=True, slots=True)
class CopiedRuntime:
    """A copy of the runtime, or of a part of it.

    Attributes:
        version: The version of the runtime.
        digest: The SHA-256 of the whole runtime, which is the same for all packages.
    """

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class SharedRuntime:
    """A copy of the runtime that several packages share, at a path from the package."""

    path: str = f"../{VENDORED_PACKAGE}"


Runtime = CopiedRuntime | SharedRuntime


def current_runtime() -> CopiedRuntime:
    """Return the record of the runtime that this naftiko-gen has."""
    return CopiedRuntime(runtime_version(), runtime_digest())


def encode(runtime: Runtime) -> dict[str, Plain]:
    """Return the record as a part of a manifest."""
    match runtime:
        case CopiedRuntime(version=version, digest=digest):
            return {"version": version, "digest": digest}
        case SharedRuntime(path=path):
            return {"shared": path}
        case _:
            assert_never(runtime)


def decode(document: object) -> Runtime | None:
    """Return the record of a manifest; None if it has none that is known."""
    match document:
        case {"version": str(version), "digest": str(digest)}:
            return CopiedRuntime(version, digest)
        case {"shared": str(path)}:
            return SharedRuntime(path)
        case _:
            return None
