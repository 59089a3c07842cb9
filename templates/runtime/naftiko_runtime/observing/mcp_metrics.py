"""The metrics of OpenTelemetry's conventions for MCP, which are in development."""

from .outcomes import NOTHING, OK, RPC_ERRORS
from .views import Labels, Values, View

BOUNDARIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
ERRORS = {OK: "", NOTHING: "cancelled"}


def _values(labels: Labels) -> Values | None:
    if labels["kind"] != "mcp":
        return None
    outcome, method = labels["outcome"], labels["method"]
    return (
        method,
        labels["target"] if method == "tools/call" else "",
        ERRORS.get(outcome, outcome),
        outcome if outcome in RPC_ERRORS else "",
        "tcp",
        labels["adapter"],
    )


OPERATIONS = View(
    "mcp_server_operation_duration_seconds",
    "The durations of MCP requests.",
    (
        *("mcp_method_name", "gen_ai_tool_name", "error_type"),
        *("rpc_response_status_code", "network_transport", "naftiko_adapter"),
    ),
    _values,
    BOUNDARIES,
)
