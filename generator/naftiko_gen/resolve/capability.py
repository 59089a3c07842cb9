"""Checks of the capability as a whole, and its description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.json_paths import PathError, path_or_query
from naftiko_gen.language.names import UNKNOWN_VERSION, package_version
from naftiko_gen.language.package_settings import (
    BASE_URI,
    CONTROL,
    IN_FILE,
    LISTENER,
    MAX_RESULT,
    PACKAGE,
    PAGES,
    TOOL_CHOICE,
)
from naftiko_gen.resolve.catalogue import declared_operations, names_of_upstreams
from naftiko_gen.resolve.exposed.exposure import Exposure
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.resolve.units import Units

_OWN_SETTINGS = {"mcp": (PAGES, MAX_RESULT, *TOOL_CHOICE), "rest": (PAGES,)}
"""The settings of a kind of adapter that not all adapters have."""


@dataclass(frozen=True)
class Description:
    """Label, description, tags, version and website of a capability."""

    label: str
    description: str | None
    tags: tuple[str, ...]
    version: str
    website: str | None = None


def describe(document: models.Spec, slug: str, report: Report) -> Description:
    """Return the spec's `info`; the default label is made of the slug."""
    info = document.about
    if info is None:
        return Description(humanise(slug), None, (), UNKNOWN_VERSION)
    label, version = info.label or humanise(slug), _version(info, report)
    tags, website = tuple(info.tags), info.website
    return Description(label, info.description, tags, version, website)


def check_version(document: models.Spec, report: Report) -> None:
    """Report a spec without a version."""
    info = document.about
    if info and (info.version is not None or _day(info)):
        return
    has_info = "info" in document.node
    message = f"the version is missing: the package gets version {UNKNOWN_VERSION}"
    line = "version: 1.0.0" if has_info else "info: {version: 1.0.0}"
    where = "into 'info'" if has_info else "above 'capability'"
    span = document.node.key_span("info" if has_info else "capability")
    report.add(Code.MISSING_VERSION, message, span, f"write '{line}' {where}")


def _version(info: models.About, report: Report) -> str:
    """Return the version in `info`; report one that a package can't have."""
    if info.version is None:
        return _day(info) or UNKNOWN_VERSION
    release = package_version(info.version)
    if release and release.is_whole:
        return release.text
    version = release.text if release else _day(info) or UNKNOWN_VERSION
    message = f"{quote(info.version)} is read as the package version {version}"
    hint = "write numbers with dots between them, such as 1.0.0"
    report.add(Code.ASSUMED_VERSION, message, info.at("version"), hint)
    return version


def _day(info: models.About) -> str | None:
    """Return the date of the last change as a version: 2026-05-25 is 2026.5.25."""
    for date in (info.modified, info.created):
        day = re.match(r"(\d{4})-(\d\d)-(\d\d)", date or "", re.ASCII)
        if day:
            return ".".join(str(int(number)) for number in day.groups())
    return None


def check_adapters(capability: models.Capability, report: Report) -> None:
    """Report REST adapters without operations, and ports of several adapters."""
    ports: dict[int, str] = {}
    for adapter in capability.exposes:
        name, port = adapter.namespace, adapter.port
        resources = adapter.resources if isinstance(adapter, models.Rest) else None
        if resources is not None and not any(
            r.operations or r.forward for r in resources
        ):
            message = f"the adapter {quote(name)} exposes nothing"
            report.add(Code.EMPTY_ADAPTER, message, adapter.node.span)
        owner = name if port is None else ports.setdefault(port, name)
        if owner != name:
            message = f"port {port} is taken by the adapter {quote(owner)}"
            report.add(Code.PORT_COLLISION, message, adapter.at("port"))


def check_exposure(
    capability: models.Capability, exposure: Exposure, units: Units, report: Report
) -> None:
    """Report a capability without any route or tool; skills don't count."""
    if exposure.adapters or report.has_errors:
        return
    message = "the capability exposes no route or tool"
    if units.left_out:
        message = "no route or tool is left: none of them calls a known operation"
    report.add(Code.NOTHING_EXPOSED, message, capability.node.key_span("exposes"))


def report_ignored_json_paths(capability: models.Capability, report: Report) -> None:
    """Report JSONPaths that aren't read."""
    declarations = declared_operations(capability.consumes)
    for output in (out for d in declarations for out in d.operation.outputs):
        span = output.at("value")
        if not output.is_path:
            message = f"{quote(output.value)} is a constant, not a path"
            report.add(Code.CONSTANT_OUTPUT, message, span)
            continue
        try:
            path_or_query(output.value)
        except PathError as error:
            message = f"{quote(output.value)} is ignored: {error}"
            report.add(Code.IGNORED_JSONPATH, message, span)


def report_collisions(
    document: models.Spec, variables: Sequence[ir.Variable], slug: str, report: Report
) -> None:
    """Report environment variables that would set two settings."""
    owners = {variable.name: "the spec's variables" for variable in variables}
    rivals = set()
    for name, owner, span in (
        *_file_settings(document, variables),
        *_secret_files(document, variables),
        *_own_settings(document, slug),
    ):
        rival = owners.get(name, owner)
        # Equal namespaces of adapters have a diagnostic of their own.
        if rival != owner and (rival, owner) not in rivals:
            rivals.add((rival, owner))
            message = f"{name} is a setting of both {owner} and {rival}"
            report.add(Code.SETTING_COLLISION, message, span)
        owners.setdefault(name, owner)


def _file_settings(
    document: models.Spec, variables: Iterable[ir.Variable]
) -> Iterator[tuple[str, str, Span]]:
    """Yield the variables that name files of values."""
    files = (variable.file for variable in variables)
    span = document.at("binds")
    for file in dict.fromkeys(file for file in files if file is not None):
        yield file.variable, f"the file {quote(file.path)}", span


def _secret_files(
    document: models.Spec, variables: Iterable[ir.Variable]
) -> Iterator[tuple[str, str, Span]]:
    """Yield the variables that may name files of secrets."""
    span = document.at("binds")
    for variable in variables:
        if variable.is_private:
            owner = f"the file of the secret {quote(variable.name)}"
            yield f"{variable.name}{IN_FILE}", owner, span


def _own_settings(document: models.Spec, slug: str) -> Iterator[tuple[str, str, Span]]:
    """Yield the package's settings: the name, its owner, and the span to report."""
    for setting in PACKAGE:
        yield setting.variable(slug), "the package", document.node.span
    names = names_of_upstreams(document.capability.consumes)
    for consumes in document.capability.consumes:
        span = consumes.at("namespace")
        name = names[consumes]
        yield BASE_URI.variable(name), f"the upstream {quote(name)}", span
    for adapter in document.capability.exposes:
        if adapter.type == "skill" and adapter.port is None:
            continue
        span = adapter.at("namespace")
        owner = f"the adapter {quote(adapter.namespace)}"
        own = _OWN_SETTINGS.get(adapter.type, ())
        # A control adapter may share the package's settings of its port and host.
        common = CONTROL if adapter.type == "control" else ()
        common_names = {setting.variable(slug) for setting in common}
        for setting in (*LISTENER, *own):
            if (name := setting.variable(adapter.namespace)) not in common_names:
                yield name, owner, span
