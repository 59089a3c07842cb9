"""Released runtimes, each with packages that were compiled for it.

`python tests/released_runtimes.py` records the runtime of the checkout as a release,
before its version changes: in `tests/runtimes/`, and in the releases that naftiko-gen
knows.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.runtime import releases
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE, Delivery
from naftiko_gen.emit.runtime.releases import Version, version_of
from naftiko_gen.emit.runtime.source import (
    runtime_module,
    runtime_modules,
    runtime_root,
    runtime_version,
)
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.outcome import Compiled

TESTS = Path(__file__).parent
ARCHIVES = TESTS / "runtimes"
CASES = (
    "api-keys",
    "body-fields",
    "byte-body",
    "form-body",
    "query-and-headers",
    "shaped-output",
    "signed-requests",
    "two-adapters",
)
"""The golden specs whose packages run on other runtimes."""
PACKAGES = "packages"


@dataclass(frozen=True)
class Runtime:
    """A runtime: a release in an archive, or that of the checkout."""

    version: Version
    archive: Path | None = None

    def __str__(self) -> str:
        source = "released" if self.archive else "checkout"
        return f"{'.'.join(map(str, self.version))} ({source})"

    def place(self, directory: Path) -> Path:
        """Return a directory from which Python imports the runtime."""
        if self.archive is None:
            return runtime_root().parent
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(directory)
        return directory


def current() -> Runtime:
    """Return the runtime of the checkout."""
    return Runtime(_version(runtime_version()))


def released() -> list[Runtime]:
    """Return the releases of the same major version, the oldest first."""
    runtimes = [Runtime(_version(p.stem), p) for p in ARCHIVES.glob("*.zip")]
    major = current().version[0]
    ours = (runtime for runtime in runtimes if runtime.version[0] == major)
    return sorted(ours, key=lambda runtime: runtime.version)


def allowed() -> list[Runtime]:
    """Return the oldest runtime that packages of this checkout allow, and the newest.

    They allow patches of their own minor version. It is one and the same runtime if no
    such patch was released.
    """
    newest = current()
    older = [
        runtime
        for runtime in released()
        if runtime.version < newest.version and runtime.version[1] == newest.version[1]
    ]
    return [*older[:1], newest]


def compile_packages(output: Path) -> list[Path]:
    """Compile the cases for the distribution; return their projects."""
    return [_compile(case, output) for case in CASES]


def _compile(case: str, output: Path) -> Path:
    spec = TESTS / "golden" / case / "spec.yaml"
    options = Options(output / case, runtime=Delivery.LIBRARY, records_origin=False)
    result = compile_spec(spec, options)
    assert isinstance(result.outcome, Compiled), result.diagnostics
    return result.outcome.plan.root


def record() -> None:
    """Record the runtime of the checkout as a release."""
    contents = {path: runtime_module(path) for path in runtime_modules()}
    releases.releases_root().mkdir(exist_ok=True)
    file = releases.releases_root() / f"{runtime_version()}.json"
    file.write_bytes(releases.encoded(releases.described(contents)))
    ARCHIVES.mkdir(exist_ok=True)
    archive = ARCHIVES / f"{runtime_version()}.zip"
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written,
        TemporaryDirectory() as directory,
    ):
        for path, content in contents.items():
            written.writestr(f"{LIBRARY_PACKAGE}/{path}", content)
        compile_packages(Path(directory))
        for file in sorted(Path(directory).rglob("*")):
            if file.is_file():
                name = file.relative_to(directory).as_posix()
                written.writestr(f"{PACKAGES}/{name}", file.read_bytes())


def _version(text: str) -> Version:
    version = version_of(text)
    assert version is not None, text
    return version


if __name__ == "__main__":
    record()
