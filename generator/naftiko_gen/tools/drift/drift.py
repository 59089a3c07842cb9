"""Compare a capability with the OpenAPI document of its API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.openapi.write.capability import key_of
from naftiko_gen.tools.drift.changes import Finding, Kind
from naftiko_gen.tools.drift.comparison import Comparison
from naftiko_gen.tools.drift.matching import OperationMatcher
from naftiko_gen.tools.drift.media_types import offered_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.frontend import Meaning
    from naftiko_gen.language import models
    from naftiko_gen.openapi.read.api import Api, Operation
    from naftiko_gen.tools.drift.matching import Match

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def described_namespaces(meaning: Meaning, api: Api) -> list[str]:
    """Return the namespaces of the upstreams that the document may describe.

    They are those of the upstreams at its hosts; if there are none, all of them.
    """
    upstreams = meaning.capability.upstreams
    own = (server for operation in api.operations for server in operation.servers)
    hosts = {_host(server.usual_url) for server in (*api.servers, *own)} - {""}
    matching = [item for item in upstreams if _upstream_host(item) in hosts]
    return list(dict.fromkeys(item.namespace for item in matching or upstreams))


def find_drift(meaning: Meaning, api: Api, namespaces: Sequence[str]) -> list[Finding]:
    """Return the differences between a capability's upstreams and the document."""
    return list(dict.fromkeys(_Drift(meaning, api, namespaces).findings()))


class _Drift:
    def __init__(self, meaning: Meaning, api: Api, namespaces: Sequence[str]) -> None:
        self._capability = meaning.capability
        self._models = dict(_models(meaning.document))
        self._api = api
        self._namespaces = namespaces
        self._matcher = OperationMatcher(api)

    def findings(self) -> Iterator[Finding]:
        keys = set()
        for operation in self._capability.operations:
            if operation.upstream.namespace not in self._namespaces:
                continue
            match = self._matcher.match(operation)
            if match is None:
                yield self._gone_operation(operation)
                continue
            keys.add(_key(match.operation))
            yield from self._compare(operation, match)
        for candidate in self._api.operations:
            if _key(candidate) not in keys:
                yield _report_added(candidate)

    def _model(self, operation: ir.Operation) -> models.ConsumedOperation | None:
        return self._models.get((operation.upstream.namespace, operation.name))

    def _gone_operation(self, operation: ir.Operation) -> Finding:
        methods = self._matcher.methods(operation)
        more = f"; its path has {', '.join(methods)}" if methods else ""
        message = f"{_title(operation)} is gone{more}"
        return self._finding(Kind.OPERATION_GONE, operation, message)

    def _compare(self, operation: ir.Operation, match: Match) -> Iterator[Finding]:
        there = f"{match.operation.method} {quote(match.operation.path)}"
        message = f"{_title(operation)} is {there} now"
        if not match.has_method:
            yield self._finding(Kind.METHOD_CHANGED, operation, message, match)
        if not match.has_path:
            yield self._finding(Kind.PATH_CHANGED, operation, message, match)
        yield from Comparison(
            operation,
            self._model(operation),
            tuple(self._capability.projections(operation)),
            offered_types(operation, self._capability),
            self._passed_names(operation),
            match.operation,
            self._api,
            self._capability.arguments,
        ).findings()

    def _passed_names(self, operation: ir.Operation) -> set[str]:
        """Return the names of the parameters to which every call passes a value."""
        calls = [
            {parameter.name for parameter, value in call.arguments if _is_given(value)}
            for unit in self._capability.calling(operation)
            for call in ir.calls(unit.implementation)
            if call.operation is operation
        ]
        return set.intersection(*calls) if calls else set()

    def _finding(
        self,
        kind: Kind,
        operation: ir.Operation,
        message: str,
        match: Match | None = None,
    ) -> Finding:
        model = self._model(operation)
        place = model.node.value_span("name") if model else None
        there = match.operation.span if match else None
        name = f"{operation.upstream.namespace}.{operation.name}"
        return Finding(kind, name, message, place, there)


def _is_given(value: ir.Template) -> bool:
    """Return whether an argument has a value at every call; that of a step may not."""
    match value:
        case ir.Argument() | ir.Joined():
            return all(source.required for source in ir.placeholders(value))
        case ir.StepValue():
            return False
        case _:
            return True


def _key(operation: Operation) -> tuple[str, str, Span]:
    # A path can hold `get` and `Get`: they differ in nothing but their place.
    return operation.method, operation.path, operation.span


def _report_added(operation: Operation) -> Finding:
    key = key_of(operation.method, operation.path)
    message = f"{operation.method} {quote(operation.path)} isn't in the capability"
    return Finding(Kind.OPERATION_ADDED, key, message, None, operation.span)


def _title(operation: ir.Operation) -> str:
    parts = (
        part if isinstance(part, str) else f"{{{part.name}}}" for part in operation.path
    )
    return f"{operation.method} {quote(''.join(parts))}"


def _models(
    document: models.Spec,
) -> Iterator[tuple[tuple[str, str], models.ConsumedOperation]]:
    """Yield the declarations of operations, the ones that calls reach last."""
    for upstream in reversed(document.capability.consumes):
        for resource in reversed(upstream.resources):
            for model in reversed(resource.operations):
                yield (upstream.namespace, model.name), model


def _upstream_host(upstream: ir.Upstream) -> str:
    parts = (p if isinstance(p, str) else p.default or "x" for p in upstream.base_uri)
    return _host("".join(parts))


def _host(url: str) -> str:
    """Return the host of an address; a variable without a default is `x`."""
    try:
        return urlsplit(_PLACEHOLDER.sub("x", url)).netloc.lower()
    except ValueError:
        return ""
