"""The directories of packages in each layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.emit.code import naming
from naftiko_gen.language.names import spec_slug

if TYPE_CHECKING:
    from pathlib import Path


def package_directory(spec: Path, layout: Layout) -> str:
    """Return the name of the directory that a spec's package is in."""
    match layout:
        case Layout.PROJECT:
            return spec_slug(spec)
        case Layout.PACKAGE:
            return str(naming.module_name(spec_slug(spec)))
        case _:
            assert_never(layout)


def module_directory(spec: Path, layout: Layout) -> str:
    """Return the path from a package's directory to that of its modules."""
    match layout:
        case Layout.PROJECT:
            return str(naming.module_name(spec_slug(spec)))
        case Layout.PACKAGE:
            return ""
        case _:
            assert_never(layout)


def package_root(spec: Path, options: Options) -> Path:
    """Return the directory of a spec's package."""
    return options.output / package_directory(spec, options.layout)
