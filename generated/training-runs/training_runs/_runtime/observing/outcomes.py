"""How calls and requests ended, in the fixed words that label metrics."""

from http import HTTPStatus

from .calls import Call, UpstreamRequest

NOTHING = "none"
"""No answer was begun: the client or the server has stopped the call before."""
OTHER = "_OTHER"
TRANSPORT = "transport"
FAILURES = frozenset({"500", "502", "503", "504", "5xx"})
"""The failures of a server; those that the runtime makes have words of their own."""
CLASSES = ("1xx", "2xx", "3xx", "4xx")
ANSWERS = (*CLASSES, *sorted(FAILURES), NOTHING)
"""The outcomes of HTTP requests."""

OK = "ok"
TOOL_ERROR = "tool_error"
"""A tool's result says that it is an error."""
INTERNAL_ERROR = "-32603"
RPC_ERRORS = frozenset({"-32700", "-32600", "-32601", "-32602", INTERNAL_ERROR, OTHER})
RPC_OUTCOMES = (OK, TOOL_ERROR, *sorted(RPC_ERRORS), NOTHING)
"""The outcomes of MCP requests."""

METHODS = frozenset(
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
"""The methods of HTTP that metrics name; the others are `_OTHER`."""


def answer_of(status: int | None) -> str:
    """Return the outcome of an HTTP request with this status."""
    if status is None:
        return NOTHING
    exact = str(status)
    return exact if exact in FAILURES else status_class(status)


def status_class(status: int | None) -> str:
    """Return the class of a status, as `2xx`; empty without one."""
    return f"{min(max(status, 100), 599) // 100}xx" if status else ""


def outcome_of(call: Call) -> str:
    """Return how a call ended."""
    if call.is_gone:
        return NOTHING
    if call.kind != "mcp" or not call.is_known:
        return answer_of(call.status)
    if call.status is None:
        return NOTHING
    if call.fault:
        return INTERNAL_ERROR
    if call.status < 0:
        code = str(call.status)
        return code if code in RPC_ERRORS else OTHER
    return OK if call.status < HTTPStatus.BAD_REQUEST else TOOL_ERROR


def method_of(method: str) -> str:
    """Return a method of HTTP, or `_OTHER`, which a client can't make many of."""
    return method if method in METHODS else OTHER


def ending_of(request: UpstreamRequest) -> str:
    """Return the class of a response's status, or that there was none."""
    return status_class(request.status) or TRANSPORT
