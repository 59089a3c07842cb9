"""Released runtimes, each with packages that were compiled for it.

`python tests/released_runtimes.py` records the runtime of the checkout as a release,
before its version changes: in `tests/runtimes/`, and in the releases that naftiko-gen
knows. Then remove the word "(unreleased)" from its changelog.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery, Options
from naftiko_gen.emit.runtime import releases
from naftiko_gen.emit.runtime.delivery import LIBRARY_PACKAGE, VENDORED_PACKAGE
from naftiko_gen.emit.runtime.releases import Version, version_of
from naftiko_gen.emit.runtime.source import (
    distribution_root,
    runtime_module,
    runtime_modules,
    runtime_root,
    runtime_version,
)
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.outcome import Compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

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
HEADING = re.compile(r"^## +(\S+)(| \(unreleased\))$", re.MULTILINE)


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

    def contents(self) -> dict[str, bytes]:
        """Return the modules in the archive, by their paths."""
        if self.archive is None:
            return {path: runtime_module(path) for path in runtime_modules()}
        root = f"{LIBRARY_PACKAGE}/"
        with zipfile.ZipFile(self.archive) as archive:
            return {
                name.removeprefix(root): archive.read(name)
                for name in archive.namelist()
                if name.startswith(root)
            }


def current() -> Runtime:
    """Return the runtime of the checkout."""
    return Runtime(_version(runtime_version()))


def archived(directory: Path = ARCHIVES) -> list[Runtime]:
    """Return all releases, the oldest first."""
    runtimes = [Runtime(_version(p.stem), p) for p in directory.glob("*.zip")]
    return sorted(runtimes, key=lambda runtime: runtime.version)


def released() -> list[Runtime]:
    """Return the releases of the same major version, the oldest first."""
    major = current().version[0]
    return [runtime for runtime in archived() if runtime.version[0] == major]


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


def changelog_versions() -> dict[str, bool]:
    """Return the versions in the runtime's changelog, and whether each is released."""
    text = (distribution_root() / "CHANGELOG.md").read_text("utf-8")
    return {version: not note for version, note in HEADING.findall(text)}


def compile_packages(
    output: Path, delivery: Delivery, cases: Iterable[str] = CASES
) -> list[Path]:
    """Compile cases with a delivery; return their projects."""
    return [_compile(case, output, delivery) for case in cases]


def _compile(case: str, output: Path, delivery: Delivery) -> Path:
    spec = TESTS / "golden" / case / "spec.yaml"
    options = Options(output / case, runtime=delivery, records_origin=False)
    result = compile_spec(spec, options)
    assert isinstance(result.outcome, Compiled), result.diagnostics
    return result.outcome.plan.root


def replace_copy(project: Path, runtime: Path) -> None:
    """Replace the copy of a package by a whole runtime."""
    [copy] = project.glob(f"*/{VENDORED_PACKAGE}")
    shutil.rmtree(copy)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(runtime / LIBRARY_PACKAGE, copy, ignore=ignored)


def record(
    records: Path, archives: Path = ARCHIVES, cases: Iterable[str] = CASES
) -> Runtime:
    """Record the runtime of the checkout as a release, which happens once.

    Raises:
        FileExistsError: The version is recorded already: the runtime needs another one.
    """
    runtime = current()
    records.mkdir(exist_ok=True)
    archives.mkdir(exist_ok=True)
    contents = runtime.contents()
    with (records / f"{runtime_version()}.json").open("xb") as file:
        file.write(releases.encode(releases.describe(contents)))
    archive = archives / f"{runtime_version()}.zip"
    with (
        zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED) as written,
        TemporaryDirectory() as directory,
    ):
        for name, content in contents.items():
            written.writestr(f"{LIBRARY_PACKAGE}/{name}", content)
        for delivery in Delivery:
            root = Path(directory, PACKAGES, delivery.value)
            compile_packages(root, delivery, cases)
        for path in sorted(Path(directory).rglob("*")):
            if path.is_file():
                name = path.relative_to(directory).as_posix()
                written.writestr(name, path.read_bytes())
    return Runtime(runtime.version, archive)


def _version(text: str) -> Version:
    version = version_of(text)
    assert version is not None, text
    return version


if __name__ == "__main__":
    record(releases.releases_root())
