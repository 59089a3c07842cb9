"""Names and descriptions that clients see: defaults, and aliases for refused names."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models

    DescribedModel = (
        models.Tool | models.Resource | models.Prompt | models.Skill | models.SkillTool
    )


LONGEST_ARGUMENT = 64
LONGEST_TOOL = 128

_REFUSED = re.compile(r"[^A-Za-z0-9_.-]+")
_DIGEST = 6


def aliases(names: Iterable[str], longest: int) -> dict[str, str]:
    """Return an alias for each name that MCP clients refuse.

    An alias is the name with `_` for refused characters. If another name or alias is
    equal, a part of the name's digest is appended: then the order of names doesn't
    matter, and an accepted name never changes.
    """
    by_name = {name: _alias(name, longest) for name in names}
    sharers = Counter(by_name.values())
    return {
        name: alias if sharers[alias] == 1 else _distinct(alias, name, longest)
        for name, alias in by_name.items()
        if alias != name
    }


def _alias(name: str, longest: int) -> str:
    alias = _REFUSED.sub("_", name)
    if alias == name and 0 < len(name) <= longest:
        return name
    alias = alias.strip("_")
    is_lost = not alias or len(alias) > longest
    return _distinct(alias, name, longest) if is_lost else alias


def _distinct(alias: str, name: str, longest: int) -> str:
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
    start = alias[: longest - _DIGEST - 1] or "argument"
    return f"{start}_{digest}"


def rename_inputs(
    inputs: tuple[ir.Input, ...],
    implementation: ir.Implementation,
    names: Mapping[str, str],
) -> tuple[tuple[ir.Input, ...], ir.Implementation]:
    """Return inputs and the implementation that they feed, with some renamed."""
    new_inputs = {
        source: replace(source, name=names.get(source.name, source.name))
        for source in inputs
    }

    def change(placeholder: ir.Placeholder) -> ir.Template:
        match placeholder:
            case ir.Argument(source=ir.Input() as source):
                return ir.Argument(new_inputs[source])
            case _:
                return placeholder

    return tuple(new_inputs.values()), ir.with_templates(
        implementation, lambda template: ir.with_placeholders(template, change)
    )


def describe_aliases(description: str, names: Mapping[str, str]) -> str:
    """Append the meanings of aliases to a tool's description."""
    if not names:
        return description
    pairs = "; ".join(f"`{alias}` is `{name}`" for name, alias in names.items())
    return f"{description}\n\n{pairs}."


def note_description(model: DescribedModel, report: Report) -> None:
    """Report a missing description, which the language requires."""
    if not model.description:
        message = f"{quote(model.name)} has no description: a default is used"
        report.add(Code.MISSING_DESCRIPTION, message, model.node.value_span("name"))


def humanise(name: str) -> str:
    """Return a name as words: `list-orders` is "List orders"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = re.sub(r"[^\w]+|_+", " ", words).strip().lower()
    return text[:1].upper() + text[1:] if text else name
