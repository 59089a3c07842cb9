"""Default descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models

    DescribedModel = (
        models.Tool | models.Resource | models.Prompt | models.Skill | models.SkillTool
    )


def note_description(model: DescribedModel, report: Report) -> None:
    """Report a missing description, which the language requires."""
    if not model.description:
        message = f"{quote(model.name)} has no description: a default is used"
        span = model.node.value_span("name")
        report.add(Code.MISSING_DESCRIPTION, message, span)


def humanise(name: str) -> str:
    """Return a name as words: `list-orders` is "List orders"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = re.sub(r"[^\w]+|_+", " ", words).strip().lower()
    return text[:1].upper() + text[1:] if text else name
