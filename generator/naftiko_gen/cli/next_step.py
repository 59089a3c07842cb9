"""The command to type after a run that has written a package."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.building.batch import Changes
from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.emit.code import naming
from naftiko_gen.emit.runtime.delivery import DISTRIBUTION
from naftiko_gen.language.names import spec_slug
from naftiko_gen.publish import disk
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from naftiko_gen.building.batch import SpecResult

_SERVE = "serve --mock"
_SERVE_ALONE = "serve"
"""For packages that call no upstream."""
_CONFIGURE = "mcp-config --client claude-desktop"


def next_step(
    results: Sequence[SpecResult], layout: Layout, runtime: Delivery
) -> Iterator[str]:
    """Yield a line with the command for the first package that was written.

    Yield none if its path holds control characters: it couldn't be typed.
    """
    for result in results:
        match result.outcome:
            case Changes(written=files) as changes if files:
                line = _line(result.spec, changes, layout, runtime)
                if safe(line) == line:
                    yield line
                return
            case _:
                continue


def _line(spec: Path, changes: Changes, layout: Layout, runtime: Delivery) -> str:
    root = changes.root
    name, arguments = spec_slug(spec), _arguments(root)
    match layout:
        case Layout.PROJECT:
            command = naming.distribution_name(name)
            install = _installation(root, (_path(root),), runtime)
            return f"next: {install} && {command} {arguments}"
        case Layout.PACKAGE:
            module = naming.module_name(name)
            start = f"PYTHONPATH={_path(root.parent)} python -P -m {module} {arguments}"
            libraries = map(shlex.quote, changes.dependencies)
            install = _installation(root, tuple(libraries), runtime)
            return f"next: {install} && {start}"
        case _:
            assert_never(layout)


def _installation(root: Path, needs: tuple[str, ...], runtime: Delivery) -> str:
    """Return the command that installs a package or its needs, and its runtime.

    The runtime is on no package index, where anybody could register its name.
    """
    match runtime:
        case Delivery.VENDORED:
            runtimes = []
        case Delivery.LIBRARY:
            runtimes = [_path(root.parent / DISTRIBUTION)]
        case _:
            assert_never(runtime)
    return f"pip install {' '.join((*runtimes, *needs))}"


def _path(path: Path) -> str:
    """Return a path for a shell, which pip can't take for a package on an index."""
    text = str(path)
    is_name = os.sep not in text
    return shlex.quote(f".{os.sep}{text}" if is_name or text.startswith("-") else text)


def _arguments(root: Path) -> str:
    """Return the arguments that fit: a package without ports can't be served."""
    content = disk.read(root / MANIFEST_NAME) or b"{}"
    match json.loads(content):
        case {"ports": dict(ports), "hosts": []} if ports:
            return _SERVE_ALONE
        case {"ports": dict(ports)} if ports:
            return _SERVE
        case {"tools": dict(tools)} if tools:
            return _CONFIGURE
        case _:
            return "--help"
