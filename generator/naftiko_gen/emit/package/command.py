"""`__main__.py` and `__init__.py`: the command line, its metrics, and public names."""

from __future__ import annotations

import re
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.code.names import Names, base_uri_variable
from naftiko_gen.emit.code.naming import distribution_name
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.literals import docstring, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.guards import declared_authentication
from naftiko_gen.emit.package.settings import has_platform_port
from naftiko_gen.language.names import env_name

_TAG = re.compile(r"([a-z][a-z0-9_]{0,39})=(\S.{0,79})")
_METHODS = 10
"""Methods of HTTP that metrics name, and `_OTHER`."""
_DURATION, _MCP_DURATION = 17, 17
"""The series of a duration: its boundaries, infinity, the sum and the number."""
_CLASSES, _FAILURES = 5, 5
"""Classes of statuses, and failures of a server."""
_ANSWERS = _CLASSES - 1 + _FAILURES + 1
"""Outcomes of HTTP requests: the classes but 5xx, the failures, and no answer."""
_MCP_STATUSES, _MCP_FAILURES, _MCP_OUTCOMES = 2, 2, 9
_MCP_METHODS = 20
"""Methods of MCP, of which no server has more."""
_OTHER_TOOLS = 5
"""Tools that find and call others, and a name that is no tool's."""
_ENDINGS = _CLASSES + 18
"""Classes of statuses, and kinds of failures."""


def metric_labels(capability: ir.Capability) -> dict[str, str]:
    """Return the labels of all metrics: those of tags such as `team=search`."""
    matches = (_TAG.fullmatch(tag) for tag in capability.tags)
    return {f"tag_{match[1]}": match[2] for match in matches if match}


def metric_series(capability: ir.Capability) -> int:
    """Return the greatest number of series that the package's metrics have.

    No client makes more of them, because labels have values of the spec, or fixed ones.
    """
    calls = sum(_of_adapter(adapter) for adapter in capability.servers)
    requests = _of_requests(capability)
    namespaces = len(capability.upstreams) + 1
    steps = 3 * namespaces * _DURATION if capability.has_steps else 0
    refusals, is_active = 20, 1
    return calls + requests + steps + refusals + is_active


def _of_requests(capability: ir.Capability) -> int:
    """Return the series of requests to upstreams and authorization servers.

    Other hosts are one, to which only links of responses lead.
    """
    upstreams = capability.upstreams
    grants = sum(isinstance(upstream.credential, ir.OAuth2) for upstream in upstreams)
    hosts = len(upstreams) + grants + 1
    methods = {"GET", *(operation.method for operation in capability.operations)}
    if grants:
        methods.add("POST")
    number = _METHODS if capability.forwards else len(methods)
    return hosts * (number * _ENDINGS * (1 + 2 * _DURATION) + 1)


def _of_adapter(adapter: ir.Server) -> int:
    match adapter:
        case ir.RestAdapter():
            methods = (
                _METHODS if route.method == ir.ANY_METHOD else 1
                for route in adapter.routes
            )
            return _of_operations(sum(methods))
        case ir.McpAdapter():
            tools = len(adapter.tools) + _OTHER_TOOLS
            operations = tools + _MCP_METHODS
            by_naftiko = tools * (_MCP_STATUSES * (1 + _DURATION) + _MCP_FAILURES + 1)
            own = operations * _MCP_OUTCOMES * _MCP_DURATION
            return by_naftiko + own + (_METHODS + 1) * _ANSWERS * _DURATION + _METHODS
        case ir.SkillServer():
            return _of_operations(_METHODS)
        case ir.ControlAdapter():
            return 0
        case _:
            assert_never(adapter)


def _of_operations(number: int) -> int:
    """Return the series of operations of HTTP, and of requests to no operation."""
    by_naftiko = (number + 1) * (_CLASSES * (1 + _DURATION) + _FAILURES + 1)
    return by_naftiko + (number + _METHODS) * _ANSWERS * _DURATION + _METHODS


def command_view(emission: Emission) -> View:
    """Return the view of a package's command line; it leaves out empty collections."""
    names, capability = emission.names, emission.capability
    variables = emission.variables
    adapters = [_adapter(adapter, names) for adapter in capability.servers]
    controls = [view.control for view in adapters if view.control]
    return View(
        has_client=capability.has_client,
        name=distribution_name(capability.slug),
        version=capability.version,
        summary=capability.label,
        labels=[*metric_labels(capability).items()],
        # Of the spec, empty if it isn't known.
        digest=emission.digest,
        # The prefix of the package's own variables.
        variables=names.environment,
        # The variables that must be set, with the operations that need them.
        required=[
            (variable.name, variables.operations_text(variable))
            for variable in capability.variables
            if variable.default is None
        ],
        # The variables of upstreams' addresses, with the upstreams in words.
        base_uris=[
            (base_uri_variable(upstream), variables.upstream_text(upstream))
            for upstream in capability.upstreams
        ],
        # Those whose upstreams get a credential.
        private=[
            base_uri_variable(upstream)
            for upstream in capability.upstreams
            if variables.has_credential(upstream)
        ],
        is_partial=bool(variables.optional),
        # The alternative credentials, with the operations that need one of them.
        choices=[*variables.choices.items()] if variables.optional else [],
        alternatives=[
            variable.name
            for variable in capability.variables
            if variable in variables.alternative
        ],
        has_platform_port=has_platform_port(capability),
        trace_upstream=controls[0].propagation if controls else None,
        rest=[view for view in adapters if view.kind == "rest"],
        mcp=[view for view in adapters if view.kind == "mcp"],
        others=[view for view in adapters if view.kind == "other"],
    )


def init_view(emission: Emission) -> View:
    """Return the view of the package's public names."""
    capability = emission.capability
    classes = [verbatim("CallError"), verbatim("NaftikoError"), verbatim("Reply")]
    if capability.has_client:
        own = emission.names.client
        classes += [verbatim("Settings"), verbatim("StatusError"), own]
    return View(
        docstring=docstring(capability.label, indent=0),
        has_client=capability.has_client,
        # Linters expect the exported classes in this order.
        classes=sorted(classes),
    )


def _adapter(adapter: ir.Server, names: Names) -> View:
    """Return an adapter: its module or file, the prefix of its variables, its port."""
    kind, module, control = "other", "", None
    match adapter:
        case ir.RestAdapter():
            kind, module = "rest", str(names.rest_module(adapter))
        case ir.McpAdapter():
            kind, module = "mcp", str(names.mcp_module(adapter))
        case ir.SkillServer():
            module = str(names.skills_file(adapter))
        case ir.ControlAdapter():
            control = adapter
        case _:
            assert_never(adapter)
    return View(
        kind=kind,
        namespace=adapter.namespace,
        module=module,
        prefix=env_name(adapter.namespace),
        port=adapter.port,
        authentication=declared_authentication(adapter, names.capability),
        over_http=adapter.listens,
        control=control,
    )
