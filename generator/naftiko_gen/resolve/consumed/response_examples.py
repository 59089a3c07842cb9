"""Examples of responses, as `outputExample` of consumed operations states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models


def response_example(
    operation: models.ConsumedOperation, report: Report
) -> ir.ResponseExample | None:
    """Return the example of an operation's responses, if it has one."""
    example = operation.example
    if example is None:
        return None
    message = "the official language has no examples of responses"
    report.add(Code.RESPONSE_SCHEMA, message, operation.node.key_span("outputExample"))
    return ir.ResponseExample(example.status, example.media_type, example.text)
