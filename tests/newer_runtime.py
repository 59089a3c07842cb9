"""A runtime that is newer than the one of this checkout, which counts as released."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from naftiko_gen.emit.runtime import modules, releases, source
from naftiko_gen.emit.templates import template_root

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CACHED = (
    modules._imported_by_module,
    modules._paths,
    source.compatible_versions,
    source.runtime_digest,
    source.runtime_module,
    source.runtime_modules,
    source.runtime_version,
)


def replace_runtime(
    directory: Path, monkeypatch: pytest.MonkeyPatch, version: str, notes: str = ""
) -> None:
    """Replace the runtime by one of another version, in which one module differs.

    The cache of results doesn't know of it: runs need `--no-cache`.
    """
    root = directory / "templates"
    shutil.copytree(template_root() / "runtime", root / "runtime")
    _release(root / "runtime")
    _change(root / "runtime", version, notes)
    monkeypatch.setattr(source, "template_root", lambda: root)
    forget()


def forget() -> None:
    """Forget all that was read of a runtime; call it after a test that replaces it."""
    for function in CACHED:
        function.cache_clear()


def _release(distribution: Path) -> None:
    """Record the runtime of the checkout as a release."""
    contents = {path: source.runtime_module(path) for path in source.runtime_modules()}
    file = distribution / "releases" / f"{source.runtime_version()}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(releases.encode(releases.describe(contents)))


def _change(distribution: Path, version: str, notes: str) -> None:
    init = distribution / "naftiko_runtime" / "__init__.py"
    old = f'__version__ = "{source.runtime_version()}"'
    text = init.read_text("utf-8")
    assert old in text
    init.write_text(text.replace(old, f'__version__ = "{version}"'), "utf-8")
    errors = distribution / "naftiko_runtime" / "errors.py"
    errors.write_text(errors.read_text("utf-8") + "\nNEW = True\n", "utf-8")
    changelog = distribution / "CHANGELOG.md"
    changelog.write_text(f"# Changelog\n\n## {version}\n\n{notes}\n", "utf-8")
