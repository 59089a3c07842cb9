"""The metrics of a package: labels that tags set, and the greatest number of series."""

from __future__ import annotations

import re
from typing import assert_never

from naftiko_gen import ir

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
_ENDINGS = _CLASSES + 1
"""Classes of statuses, and none."""


def metric_labels(capability: ir.Capability) -> dict[str, str]:
    """Return the labels of all metrics: those of tags such as `team=search`."""
    matches = (_TAG.fullmatch(tag) for tag in capability.tags)
    return {f"tag_{match[1]}": match[2] for match in matches if match}


def metric_series(capability: ir.Capability) -> int:
    """Return the greatest number of series that the package's metrics have.

    No client makes more of them, because labels have values of the spec, or fixed ones.
    """
    calls = sum(_of_adapter(adapter) for adapter in capability.servers)
    hosts = len(capability.upstreams) + 1
    requests = hosts * (_METHODS * _ENDINGS * (1 + 2 * _DURATION) + 1)
    namespaces = len(capability.upstreams) + 1
    steps = 3 * namespaces * _DURATION if capability.has_steps else 0
    refusals, is_active = 20, 1
    return calls + requests + steps + refusals + is_active


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
