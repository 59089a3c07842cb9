"""The limits of lists of tools, which clients don't take in any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.language.tokens import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.emit.package.tool_lists import ToolList

HINT = (
    "`naftiko-gen budget` lists the tokens of each tool; leave tools out, or import a"
    " part of the API"
)


def large_lists(
    lists: Iterable[ToolList], spec: str, options: Options
) -> Iterator[Diagnostic]:
    """Yield a warning about each list that is larger than the options allow."""
    for tool_list in lists:
        limits = list(_exceeded_limits(tool_list, options))
        if limits:
            message = f"{quote(tool_list.namespace)} lists {' and '.join(limits)}"
            yield Diagnostic(Code.LARGE_TOOL_LIST, message, spec, hint=HINT)


def _exceeded_limits(tool_list: ToolList, options: Options) -> Iterator[str]:
    count, tokens = len(tool_list.tools), tool_list.tokens
    if count > options.max_tools:
        yield f"{count} tools (the limit is {options.max_tools})"
    if tokens > options.max_tool_tokens:
        yield f"{in_words(tokens)} (the limit is {options.max_tool_tokens:,})"
