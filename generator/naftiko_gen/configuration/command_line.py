"""The arguments that commands share, and the settings that they override."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

from naftiko_gen.configuration import document
from naftiko_gen.configuration.document import ConfigurationError, Document
from naftiko_gen.configuration.options import (
    EVERY_ADAPTER,
    Delivery,
    Layout,
    Options,
    Settings,
)
from naftiko_gen.syntax import globs


def settings(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Settings:
    """Return the settings of a run over specs; the parser refuses one without any.

    Raises:
        ConfigurationError: The configuration can't be used.
    """
    specs = _named_specs(parser, options.specs)
    settings_of_file = _configure(options, wants_specs=not specs)
    if not specs and not settings_of_file.specs:
        _refuse_nothing(parser, is_bare=options.is_bare)
    settings_of_run = replace(settings_of_file, specs=specs or settings_of_file.specs)
    return _require_adapters(settings_of_run, options, is_configured=not specs)


def _require_adapters(
    settings: Settings, options: argparse.Namespace, *, is_configured: bool
) -> Settings:
    """Return settings by which the only spec has each adapter with a chosen surface.

    Of several specs, each adapter may be in another one, and so it may be in another
    spec of the configuration if the command line names the spec.
    """
    pairs = getattr(options, "surfaces", None) or ()
    names = frozenset(name for name, _ in pairs) - {EVERY_ADAPTER}
    if is_configured:
        names |= settings.options.surfaces.keys() - {EVERY_ADAPTER}
    if not names or len(settings.specs) > 1:
        return settings
    return replace(settings, options=replace(settings.options, required_adapters=names))


def _refuse_nothing(parser: argparse.ArgumentParser, *, is_bare: bool) -> NoReturn:
    """Refuse a run without specs; print the usage if there was no argument at all."""
    if is_bare:
        parser.print_usage(sys.stderr)
    parser.error(
        "name at least one spec, such as specs/training-runs.yaml, or write a"
        " configuration that does: [tool.naftiko-gen] in pyproject.toml, or"
        " naftiko-gen.toml; `naftiko-gen init DIR` makes a repository that has one"
    )


def settings_of_reading(options: argparse.Namespace) -> Settings:
    """Return the settings of a command whose specs aren't those of a run.

    Raises:
        ConfigurationError: The configuration can't be used.
    """
    return _configure(options, wants_specs=False)


def configured_specs(options: argparse.Namespace) -> tuple[Path, ...]:
    """Return the specs that the configuration names, if there is one."""
    try:
        source = _document(options)
        return _read(source, wants_specs=True).specs if source else ()
    except ConfigurationError:
        return ()


def _named_specs(
    parser: argparse.ArgumentParser, arguments: Sequence[str]
) -> tuple[Path, ...]:
    """Return the files that arguments name, each once.

    A glob names the files that it matches; without a match, itself.
    """
    try:
        paths = (path for argument in arguments for path in _match(argument))
        return tuple(dict.fromkeys(paths))
    except globs.TooManyFilesError:
        parser.error(f"a glob covers more than {globs.LIMIT:,} files; name a directory")


def _match(argument: str) -> list[Path]:
    try:
        return globs.matching(Path(), argument) or [Path(argument)]
    except (OSError, ValueError):
        # It is a name, and reading it reports the fault.
        return [Path(argument)]


def _configure(arguments: argparse.Namespace, *, wants_specs: bool) -> Settings:
    values = {
        name: value for name, value in vars(arguments).items() if value is not None
    }
    source = _document(arguments)
    if source is None:
        return _override(Settings(), values)
    settings = _read(source, wants_specs=wants_specs, overrides=values)
    return _override(settings, values)


def _override(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return the settings, overridden by the command line."""
    names = (option.name for option in fields(Options))
    options: dict[str, Any] = {name: values[name] for name in names if name in values}
    if values.get("no_cache"):
        options["cached"] = False
    for name, choices in (("layout", Layout), ("runtime", Delivery)):
        if name in options:
            options[name] = choices(options[name])
    if "surfaces" in options:
        options["surfaces"] = {**settings.options.surfaces, **dict(options["surfaces"])}
    jobs = values.get("jobs", settings.jobs)
    return replace(settings, options=replace(settings.options, **options), jobs=jobs)


def _read(
    source: Document, *, wants_specs: bool, overrides: Collection[str] = ()
) -> Settings:
    # It imports pydantic's core, which runs without a configuration don't need.
    from naftiko_gen.configuration.model import read

    return read(source, wants_specs=wants_specs, overrides=overrides)


def _document(options: argparse.Namespace) -> Document | None:
    if options.no_config:
        return None
    if options.config:
        return document.read_named(options.config)
    return document.find_nearest()
