"""Upstreams: the consumed APIs with their base URIs, and the called operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlsplit

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.language.package_settings import setting_name
from naftiko_gen.language.urls import find_departure
from naftiko_gen.resolve.addresses import (
    check_encryption,
    check_host,
    problem,
    stand_in,
)
from naftiko_gen.resolve.answers import AnswerSchemas
from naftiko_gen.resolve.catalogue import (
    Catalogue,
    DeclaredOperation,
    Key,
)
from naftiko_gen.resolve.consumed.credentials import CredentialBuilder
from naftiko_gen.resolve.consumed.declarations import every_input
from naftiko_gen.resolve.consumed.operations import OperationReader, ResolvedOperation
from naftiko_gen.resolve.environment import Bindings, Environment
from naftiko_gen.resolve.units import Units

VARIABLE = re.compile(
    r"\{\{\s*(?P<double>[^{}]+?)\s*\}\}|\$\{(?P<shell>[^{}]+)\}|\{(?P<single>[^{}]+)\}"
)
"""A variable of a base URI: `{{X}}`, `${X}` or `{x}`."""


def declared_settings(
    consumed: Iterable[models.Consumes], bindings: Bindings
) -> Iterator[str]:
    """Yield the names of variables that consumed APIs declare without `binds`.

    They are the parameters with `in: environment`, and the `{x}` in base URIs.
    """
    for consumes in consumed:
        namespace, span = consumes.namespace, consumes.node.span
        for variable in VARIABLE.finditer(consumes.base_uri):
            if variable["single"] is not None:
                yield variable_name(variable, namespace, bindings, span)
        inputs = every_input(consumes)
        yield from (model.name for model in inputs if model.place == "environment")


def upstream_variables(upstream: ir.Upstream) -> Iterator[ir.Variable]:
    """Yield the variables of an upstream: its credential's, then its base URI's."""
    if upstream.credential is not None:
        yield from upstream.credential.variables
    yield from (part for part in upstream.base_uri if isinstance(part, ir.Variable))


def upstream(
    consumes: models.Consumes, environment: Environment, report: Report
) -> ir.Upstream:
    """Return the upstream of a consumes block."""
    text = consumes.base_uri
    _check_base_uri(text, consumes.at("baseUri"), environment.bindings, report)
    check_encryption(consumes, report)
    model, secret = consumes.authentication, None
    if model is not None:
        secret = CredentialBuilder(model, environment, report).credential()
    address = text.rstrip("/")
    if isinstance(secret, ir.PathKey):
        address, tail = _cut(address, secret.name)
        secret = replace(secret, tail=tuple(_tail(tail, secret, consumes, environment)))
    return ir.Upstream(
        consumes.namespace,
        tuple(_parts(address, consumes, environment)),
        secret,
        consumes.description,
    )


def _cut(text: str, name: str) -> tuple[str, str]:
    """Cut a base URI before the segment that holds the variable of a path key."""
    host = text.find("//") + 2 if "//" in text else 0
    path = text.find("/", host)
    for variable in VARIABLE.finditer(text):
        start = text.rfind("/", 0, variable.start())
        if _name(variable) == name and start >= path >= 0:
            return text[:start], text[start:]
    return text, ""


def _tail(
    text: str, key: ir.PathKey, consumes: models.Consumes, environment: Environment
) -> Iterator[str | ir.Text]:
    """Yield the parts of a base URI's end, with the key in place of its variable."""
    span = consumes.at("baseUri")
    for part in _pieces(text):
        if isinstance(part, str):
            yield part
        elif _name(part) == key.name:
            yield key.value
        else:
            yield ir.Setting(_variable(part, consumes.namespace, span, environment))


def _parts(
    text: str, consumes: models.Consumes, environment: Environment
) -> Iterator[str | ir.Variable]:
    """Split an address: `{{X}}` and `${X}` name a variable, `{x}` that or a setting."""
    span = consumes.at("baseUri")
    for part in _pieces(text):
        if isinstance(part, str):
            yield part
        else:
            yield _variable(part, consumes.namespace, span, environment)


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    position = 0
    for variable in VARIABLE.finditer(text):
        if variable.start() > position:
            yield text[position : variable.start()]
        yield variable
        position = variable.end()
    if text[position:]:
        yield text[position:]


def _name(variable: re.Match[str]) -> str:
    return variable["double"] or variable["shell"] or variable["single"]


def _variable(
    variable: re.Match[str], namespace: str, span: Span, environment: Environment
) -> ir.Variable:
    name = variable_name(variable, namespace, environment.bindings, span)
    if variable["double"] is None:
        message = f"{quote(variable[0])} in the base URI is read as the variable {name}"
        environment.report.add(Code.BASE_URI_VARIABLE, message, span)
    if variable["single"] is None:
        return environment.variable(_hole(name), span)
    # It needn't be in `binds`: its name follows from the namespace.
    return environment.bound_variable(_hole(name), span) or environment.by_name(name)


def variable_name(
    variable: re.Match[str], namespace: str, bindings: Bindings, span: Span
) -> str:
    """Return the environment name of a variable in a base URI."""
    single = variable["single"]
    if single is None or bindings.find(_hole(single), span):
        return _name(variable)
    return setting_name(namespace, single)


def _hole(text: str) -> Placeholder:
    name = text.removeprefix("env.")
    return Placeholder(name, Scope.ANY if name == text else Scope.ENVIRONMENT)


def _check_base_uri(text: str, span: Span, bindings: Bindings, report: Report) -> None:
    def value(variable: re.Match[str]) -> str:
        binding = bindings.find(_hole(_name(variable)), span)
        default = binding.default if binding else None
        return stand_in(is_first=variable.start() == 0) if default is None else default

    example = VARIABLE.sub(value, text)
    fault = problem(example, starts_open=text.startswith(("{", "$")))
    check_host(example, span, report)
    fault = fault or find_departure(f"/{urlsplit(example).path.lstrip('/')}")
    if fault:
        # The text before an @ can be a password.
        subject = "the base URI" if "@" in text else quote(text)
        report.add(Code.UNUSABLE_BASE_URI, f"{subject} {fault}", span)


@dataclass(frozen=True)
class CalledOperations:
    """The called operations of a spec.

    Each is resolved once, at the first request for it: its diagnostics precede those
    of its first caller. The results don't depend on the order of requests.
    """

    catalogue: Catalogue
    units: Units
    names: Mapping[models.Consumes, str]
    environment: Environment
    schemas: AnswerSchemas
    report: Report
    _resolved: dict[Key, ResolvedOperation] = field(default_factory=dict)
    _upstreams: dict[str, ir.Upstream] = field(default_factory=dict)

    def find(self, declaration: DeclaredOperation) -> ResolvedOperation:
        """Return the resolved operation of a declaration that units call."""
        if declaration.key not in self._resolved:
            reader = OperationReader(
                declaration,
                self.upstream_of(declaration.consumes),
                self.units.calling(declaration),
                self.environment,
                self.schemas,
                self.report,
            )
            self._resolved[declaration.key] = reader.read()
        return self._resolved[declaration.key]

    @property
    def operations(self) -> tuple[tuple[DeclaredOperation, ir.Operation], ...]:
        """Return the operations with their declarations, in the order of the spec."""
        return tuple(
            (declaration, self.find(declaration).operation)
            for declaration in self.catalogue.operations.values()
            if self.units.calling(declaration)
        )

    def upstreams(
        self, consumed: list[models.Consumes]
    ) -> tuple[tuple[models.Consumes, ir.Upstream], ...]:
        """Return the consumes blocks of called upstreams, each with its upstream."""
        blocks = (b for b in consumed if self.names[b] in self._blocks)
        return tuple((block, self.upstream_of(block)) for block in blocks)

    def upstream_of(self, block: models.Consumes) -> ir.Upstream:
        """Return the upstream of a consumes block whose requests are sent."""
        name = self.names[block]
        if name not in self._upstreams:
            block = self._blocks[name]
            resolved_upstream = upstream(block, self.environment, self.report)
            self._upstreams[name] = replace(resolved_upstream, namespace=name)
        return self._upstreams[name]

    @cached_property
    def _blocks(self) -> dict[str, models.Consumes]:
        """Return the block that each called upstream is resolved from.

        Of several, it is the one of the first call; routes come before tools, and
        forwards are last.
        """
        blocks: dict[str, models.Consumes] = {}
        for unit in self.units.in_order:
            for block in unit.apis:
                blocks.setdefault(self.names[block], block)
        return blocks
