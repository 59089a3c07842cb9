"""The definition of a tool, which clients read before they call it, and its texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from naftiko_gen import ir
from naftiko_gen.configuration.options import Surface
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.files import is_long as is_long_value
from naftiko_gen.emit.literals import first_sentence
from naftiko_gen.emit.plain_text import informative_text, plain
from naftiko_gen.emit.tools.arguments import arguments_schema, paths_inside
from naftiko_gen.emit.tools.groups import groups
from naftiko_gen.emit.tools.item_lists import items_row
from naftiko_gen.emit.tools.outputs import listed_output
from naftiko_gen.ir import Hints, Tool
from naftiko_gen.openapi.prose import sentence, shorten, token_count
from naftiko_gen.resolve.exposed.names import humanise

Definition = dict[str, "Plain"]
"""A tool as a server lists it."""


def tool_tokens(tool: Definition) -> int:
    """Return about how many tokens the definition of a tool has."""
    return token_count(json.dumps(tool, ensure_ascii=False, separators=(",", ":")))


def list_tokens(tools: Iterable[Definition]) -> int:
    """Return about how many tokens a list of tools has."""
    return sum(map(tool_tokens, tools))


def is_long(tool: Tool) -> bool:
    """Return whether a tool stands in the JSON file of its module."""
    items = items_row(tool.items, paths_inside(tool)) if tool.items else None
    facts = definition(tool)
    del facts["annotations"]
    return is_long_value([facts, items])


def definition(tool: Tool) -> dict[str, Plain]:
    """Return a tool as the server lists it."""
    output = listed_output(tool)
    return {
        "name": tool.name,
        "title": listed_title(tool),
        "description": listed_description(tool),
        "inputSchema": arguments_schema(tool),
        **({"outputSchema": output} if output else {}),
        "annotations": hints(tool.hints),
    }


def hints(annotations: Hints) -> Plain:
    """Return the hints of a tool, as MCP names them."""
    return {
        "readOnlyHint": annotations.read_only,
        "destructiveHint": annotations.destructive,
        "idempotentHint": annotations.idempotent,
        "openWorldHint": annotations.open_world,
    }


LONGEST_TITLE = 80
"""The most characters of a title."""
LONGEST_SUMMARY = 100
"""The most characters of a server's description, as server cards have them."""
LONGEST_PURPOSE = 300
GROUP_TEXTS = (120, 60)
"""The most characters of a group's description, fewer if the list is too long."""
LONGEST_GROUPS = 400
_FEWEST_GROUPS = 2
LONGEST_INSTRUCTION = 1_500
"""The most characters of an author's own instructions; clients cut at 2,000 bytes."""
_GROUP = 40
"""The most characters that a name of a group adds to a label."""
_SHOWN = 6
"""The most variables that instructions name."""


def listed_title(tool: ir.Tool) -> str:
    """Return the title of a tool: the spec's own, else the words of its name."""
    own_title = " ".join(plain(tool.title or "").split())
    return shorten(own_title, LONGEST_TITLE) or humanise(tool.name)


def listed_description(tool: ir.Tool) -> str:
    """Return the description of a tool as its server lists it."""
    return shorten(plain(tool.description), tool.longest_description)


def summary(text: str, limit: int) -> str:
    """Return the first sentence of a text, as far as the limit allows."""
    return shorten(first_sentence(text), limit)


def server_description(adapter: ir.McpAdapter, capability: ir.Capability) -> str | None:
    """Return a sentence about a server, None if it says no more than the label."""
    text = first_sentence(_purpose(adapter, capability))
    return shorten(text, LONGEST_SUMMARY) if text != capability.label else None


def instructions(adapter: ir.McpAdapter, capability: ir.Capability) -> str:
    """Return the purpose of a server, and the rules that hold for all of its tools."""
    rules = filter(None, (rule(adapter, capability) for rule in RULES))
    return "\n".join((_purpose(adapter, capability), *rules))


def _purpose(adapter: ir.McpAdapter, capability: ir.Capability) -> str:
    """Return the purpose of a server: the adapter's description, else the spec's.

    The spec's description also follows one that is hardly more than the spec's label.
    """
    label = capability.label
    own_text = plain(adapter.description or "").strip()
    about = " ".join(plain(capability.description or "").split())
    about = shorten(about, LONGEST_PURPOSE)
    is_vague = own_text.startswith(label) and len(own_text) <= len(label) + _GROUP
    if own_text and not is_vague:
        return shorten(own_text, LONGEST_INSTRUCTION)
    texts = [own_text if own_text.strip(".") != label else "", about]
    return " ".join(map(sentence, filter(None, texts))) or sentence(label)


def _tell_groups(adapter: ir.McpAdapter, _: ir.Capability) -> str:
    """Return the groups that tags name; with descriptions, unless they are too long."""
    tools = adapter.tools
    tags = {tag for call in _calls(adapter) for tag in call.operation.tags}
    names = [name for name in dict.fromkeys(groups(tools)) if name in tags]
    if len(names) < _FEWEST_GROUPS:
        return ""
    texts = dict(adapter.groups)
    lists = (_describe_groups(names, texts, limit) for limit in GROUP_TEXTS)
    fitting = (text for text in lists if len(text) <= LONGEST_GROUPS)
    groups_text = next(fitting, ", ".join(names))
    if len(groups_text) > LONGEST_GROUPS:
        groups_text = f"{groups_text[:LONGEST_GROUPS].rpartition(', ')[0]}, …"
    # Each rule has a line of its own; the name of a tag may have several.
    return f"Groups: {' '.join(groups_text.split())}."


def _describe_groups(names: list[str], texts: Mapping[str, str], limit: int) -> str:
    pairs = ((name, informative_text(name, texts.get(name), limit)) for name in names)
    return ", ".join(f"{name} ({text})" if text else name for name, text in pairs)


def _calls(adapter: ir.McpAdapter) -> Iterator[ir.Call]:
    for tool in adapter.tools:
        yield from ir.calls(tool.implementation)


def _tell_changes(adapter: ir.McpAdapter, _: ir.Capability) -> str:
    effects = Counter(tool.effect for tool in adapter.tools)
    count = len(adapter.tools)
    changing = count - effects[ir.Effect.READ]
    if not changing:
        return "All tools only read." if count else ""
    if changing == count:
        return "All tools may change state."
    is_each_listed = adapter.surface in (Surface.FULL, Surface.LEAN)
    noun = "tools" if is_each_listed else "operations"
    return f"{changing} of {count} {noun} may change state, the others only read."


def _tell_credentials(adapter: ir.McpAdapter, _: ir.Capability) -> str:
    credentials = (call.operation.upstream.credential for call in _calls(adapter))
    sending = (c for c in credentials if c is not None)
    names = dict.fromkeys(variable.name for c in sending for variable in c.variables)
    more = ["…"] if len(names) > _SHOWN else []
    variables = ", ".join([*islice(names, _SHOWN), *more])
    return f"Credentials are variables of the server: {variables}." if names else ""


Rule = Callable[[ir.McpAdapter, ir.Capability], str]
"""A sentence of instructions that holds for all tools, or an empty text."""

RULES: tuple[Rule, ...] = (_tell_groups, _tell_changes, _tell_credentials)
"""The sentences in their order."""
