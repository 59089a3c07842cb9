"""The rule for prompts whose template is a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.dialects.rewriting import EXPOSES, rewrite
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report


def prompt_text(tree: Mapping, report: Report) -> Mapping:
    """Read a template that is a text as the only message of a prompt."""

    def change(prompt: Mapping) -> Mapping:
        template = prompt.get("template")
        if not isinstance(template, Scalar) or not isinstance(template.value, str):
            return prompt
        span = prompt.key_span("template")
        report.add(Code.PROMPT_TEXT, "the text is read as a message of the user", span)
        message = mapping({"role": Scalar("user", span), "content": template}, span)
        return prompt.put("template", Sequence((message,), template.span))

    return rewrite(tree, (*EXPOSES, "prompts"), change)
