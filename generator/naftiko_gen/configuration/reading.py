"""Reading a configuration: from its document to settings, or to its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.configuration.faults import Faults
from naftiko_gen.configuration.options import Delivery, Layout, Options
from naftiko_gen.configuration.path_settings import PathReader
from naftiko_gen.configuration.settings import Settings
from naftiko_gen.configuration.severities import assigned_severities
from naftiko_gen.configuration.validation import validate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from naftiko_gen.configuration.discovery import Source
    from naftiko_gen.configuration.model import Configuration
    from naftiko_gen.configuration.path_settings import Paths
    from naftiko_gen.diagnostics.codes import Severity
    from naftiko_gen.diagnostics.span import Plain


def read(
    source: Source, *, wants_specs: bool, overrides: Collection[str] = ()
) -> Settings:
    """Return the settings of a configuration; its paths start at its directory.

    They stay in it, with links followed, unless the user has named the configuration.
    With `wants_specs`, it has to name at least one. `overrides` are the settings that
    the command line overrides; their paths may be anywhere.

    Raises:
        ConfigurationError: The configuration has errors.
    """
    faults = Faults.of(source)
    table = _table(source)
    configuration = validate(table, faults)
    severities = assigned_severities(table, faults)
    if configuration is None:
        raise faults.error()
    reader = PathReader(source, overrides, faults)
    paths = reader.read(configuration, wants_specs=wants_specs)
    if faults.report.has_errors:
        raise faults.error()
    options = _options(configuration, paths, severities)
    return Settings(source.document.file, paths.specs, options, configuration.jobs)


def _table(source: Source) -> Plain:
    """Return the table of a document that is the configuration."""
    table: Plain = source.document.content
    for step in source.table:
        table = table[step] if isinstance(table, dict) else None
    return table


def _options(
    configuration: Configuration,
    paths: Paths,
    severities: Mapping[str, Severity | None],
) -> Options:
    return Options(
        output=paths.output,
        layout=Layout(configuration.layout),
        runtime=Delivery(configuration.runtime),
        api_docs=configuration.api_docs,
        strict=configuration.strict,
        skip_unresolved=configuration.skip_unresolved,
        import_root=paths.import_root,
        severities=severities,
        max_tools=configuration.max_tools,
        max_tool_tokens=configuration.max_tool_tokens,
    )
