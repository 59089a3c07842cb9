"""The rules that propose edits for diagnostics, by code and in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from naftiko_gen.diagnostics.codes import EXTENSIONS, NEVER_FIXED, Code, Severity
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.dialects.detection import NEWER_WORDS
from naftiko_gen.ir import Place
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.syntax.editing.editor import Proposal
from naftiko_gen.syntax.editing.nodes_at import NoEditError, need, require
from naftiko_gen.syntax.pragmas import EXTENSION
from naftiko_gen.syntax.tree import Mapping
from naftiko_gen.tools.fix.aliases import write_client_names
from naftiko_gen.tools.fix.binding import bind_variables, write_official_base_uri
from naftiko_gen.tools.fix.bodies import (
    declare_body,
    declare_extra,
    delete_own_value,
    fill_body,
    gather_members,
)
from naftiko_gen.tools.fix.context import FixContext, placeholder
from naftiko_gen.tools.fix.declarations import (
    declare_in_full,
    declare_inputs,
    declare_missing,
    declare_referenced,
    move_inputs,
    move_to_path,
)
from naftiko_gen.tools.fix.differences import (
    write_body_template,
    write_difference,
    write_properties,
)
from naftiko_gen.tools.fix.hints import correct_hint
from naftiko_gen.tools.fix.imports import (
    move_import_list,
    rename_import,
    write_location,
    write_own_name,
)
from naftiko_gen.tools.fix.names import (
    respell_parameter,
    write_argument_of_input,
    write_distinct_name,
    write_distinct_namespace,
    write_whole_call,
)
from naftiko_gen.tools.fix.redundant import (
    comment_out_parameters,
    comment_out_repetition,
    delete_metadata,
    delete_outputs,
)
from naftiko_gen.tools.fix.references import delete_places
from naftiko_gen.tools.fix.resources import sort_resources, split_by_path
from naftiko_gen.tools.fix.restating import restate_call, write_skill

Rule = Callable[[FixContext, Span], Proposal]
"""Returns the edits for a diagnostic at a place, or raises a NoEditError."""
Steps = tuple[tuple[Code, Rule], ...]

_LOCAL = "localhost"


def quote_value(context: FixContext, span: Span) -> Proposal:
    """Put quotes around a value that is read as a text."""
    return context.quote(span)


def write_placeholder(context: FixContext, span: Span) -> Proposal:
    """Write `{{x}}` for the name of an input, which stands alone."""
    return context.replace_value(span, placeholder(context.scalar(span).node.value))


def write_newer_word(context: FixContext, span: Span) -> Proposal:
    """Write the word of Ikanos for a word of Naftiko; lists stay lists.

    A word beside the one of Ikanos, which is ignored, becomes a comment.
    """
    holder, entry = context.entry(span)
    word = need(NEWER_WORDS.get(entry.key))
    if word in holder:
        return context.comment_out(holder, entry)
    return context.rename_key(entry, word)


def delete_entry(context: FixContext, span: Span) -> Proposal:
    """Delete an entry that counts as absent."""
    holder, entry = context.entry(span)
    return context.without(holder, entry.key)


def mark_required(context: FixContext, span: Span) -> Proposal:
    """Mark an input as required."""
    return context.replace_value(span, True)


def comment_out_entry(context: FixContext, span: Span) -> Proposal:
    """Comment out an entry that has no meaning."""
    return context.comment_out(*context.entry(span))


def write_description(context: FixContext, span: Span) -> Proposal:
    """Write the inferred description of a tool or skill behind its name."""
    holder, entry = context.scalar(span).pair
    require("description" not in holder)
    description = _description(context, holder)
    return context.with_entries_behind(holder, entry, {"description": description})


def _description(context: FixContext, mapping: Mapping) -> str:
    resolution = context.meaning.origins.exposed_at(mapping.span)
    if resolution is not None:
        # The capability's description also explains renamed inputs; this one doesn't.
        unit, exposed = resolution
        operation = exposed.implementation.operation
        if operation is None:
            return humanise(unit.model.name or exposed.name)
        return operation.description or humanise(unit.model.name or operation.name)
    skills = context.meaning.capability.skills
    tools = [tool for skill in skills for tool in skill.tools]
    entries = tools if "from" in mapping else skills
    name = mapping.text("name")
    descriptions = {entry.description for entry in entries if entry.name == name}
    require(len(descriptions) == 1)
    return descriptions.pop()


def acknowledge_extension(context: FixContext, span: Span) -> Proposal:
    """Acknowledge an extension of the official language by a comment above it."""
    return context.with_comment_above(span.line, EXTENSION)


def write_local_address(context: FixContext, span: Span) -> Proposal:
    """Write the address of an adapter that only its own machine reaches.

    The package listens on that address in any case.
    """
    mappings = (node for node in context.around(span) if isinstance(node, Mapping))
    kinds = {"rest", "mcp"}
    adapters = (m for m in mappings if context.canonical(m).text("type") in kinds)
    adapter = need(next(adapters, None))
    address = adapter.entry("address")
    if address is None:
        kind = need(adapter.entry("type"))
        return context.with_entries_behind(adapter, kind, {"address": _LOCAL})
    require(address.value.plain() in (None, ""))
    return context.replace_value(address.value.span, _LOCAL)


_STEPS: Steps = (
    (Code.OLDER_SPELLING, write_newer_word),
    (Code.ADAPTER_INPUTS, move_inputs),
    (Code.IMPORT_LOCATION, write_location),
    (Code.IMPORT_NAMESPACE, write_own_name),
    (Code.IMPORT_NAME, rename_import),
    (Code.IMPORT_LIST, move_import_list),
    (Code.NULL_IS_ABSENT, delete_entry),
    (Code.EMPTY_IS_ABSENT, delete_entry),
    (Code.EMPTY_NAME, comment_out_parameters(Code.EMPTY_NAME)),
    (Code.REDUNDANT_HEADER, comment_out_parameters(Code.REDUNDANT_HEADER)),
    (Code.REDUNDANT_PARAMETER, comment_out_parameters(Code.REDUNDANT_PARAMETER)),
    (Code.DUPLICATE_OPERATION, comment_out_repetition),
    (Code.ASSUMED_NAMESPACE, write_whole_call),
    (Code.MERGED_NAMESPACE, write_distinct_namespace),
    (Code.NUMBER_BASE, quote_value),
    (Code.BEARER_VALUE, write_difference),
    (Code.BEARER_VALUE, delete_entry),
    (Code.BOOLEAN_KEY, write_difference),
    (Code.CREDENTIAL_SETTING, write_difference),
    (Code.PATH_FROM_ROUTE, split_by_path),
    (Code.PATH_FROM_VERB, split_by_path),
    (Code.GUESSED_PATH, split_by_path),
    (Code.OPERATION_PATH, split_by_path),
    (Code.PATH_QUERY, split_by_path),
    (Code.ROUTE_QUERY, split_by_path),
    (Code.DUPLICATE_ROUTE, split_by_path),
    (Code.FILE_PART, write_difference),
    (Code.BARE_REFERENCE, write_placeholder),
    (Code.STRUCTURED_VALUE, write_body_template),
    (Code.UNDECLARED_PATH_VARIABLE, declare_missing(Place.PATH)),
    (Code.UNDECLARED_PATH_VARIABLE, move_to_path),
    (Code.IMPLICIT_PARAMETER, declare_missing(Place.BODY)),
    (Code.IMPLICIT_PARAMETER, declare_missing(Place.QUERY)),
    (Code.IMPLICIT_PARAMETER, declare_missing(Place.HEADER)),
    (Code.IMPLICIT_PARAMETER, delete_own_value),
    (Code.CLOSE_PARAMETER, respell_parameter),
    (Code.CLOSE_PARAMETER, write_argument_of_input),
    (Code.INFERRED_INPUT, declare_inputs),
    (Code.INFERRED_INPUT, declare_referenced),
    (Code.INFERRED_INPUT, declare_in_full),
    (Code.EXPOSED_PARAMETER, declare_inputs),
    (Code.EXPOSED_PARAMETER, declare_in_full),
    (Code.ADDED_INPUT, declare_inputs),
    (Code.ADDED_INPUT, declare_in_full),
    (Code.CLOSE_VARIABLE, split_by_path),
    (Code.UNDESCRIBED_BODY, declare_body),
    (Code.UNDESCRIBED_BODY, fill_body),
    (Code.CALLERS_BODY, declare_body),
    (Code.CALLERS_BODY, fill_body),
    (Code.EXTRA_PARAMETER, declare_extra),
    (Code.EXTRA_PARAMETER, gather_members),
    (Code.REQUIRED_BY_OPERATION, mark_required),
    (Code.WHOLE_BODY, declare_inputs),
    (Code.REFERENCE_PLACE, delete_places),
    (Code.PARAMETER_METADATA, delete_metadata),
    (Code.OPAQUE_OUTPUT, delete_outputs),
    (Code.NAMED_OUTPUTS, write_properties),
    (Code.MISSING_DESCRIPTION, write_description),
    (Code.DUPLICATE_NAME, write_distinct_name),
    (Code.DUPLICATE_TOOL, write_distinct_name),
    (Code.BASE_URI_VARIABLE, write_official_base_uri),
    (Code.IMPLICIT_VARIABLE, bind_variables),
    (Code.UNBOUND_GUARD, bind_variables),
    (Code.INPUT_MAPPING, restate_call),
    (Code.SKILL_TOOLS, write_skill),
    (Code.SKILL_CALL, restate_call),
    (Code.CLIENT_ALIAS, write_client_names),
    (Code.ROUTE_ORDER, sort_resources),
    (Code.INFORMATION, comment_out_entry),
    (Code.IGNORED_KEY, comment_out_entry),
    (Code.UNSAFE_HINT, correct_hint),
    (Code.UNGUARDED_OPERATION, write_local_address),
)
"""Steps for codes whose fix is more than the normalised spelling at a place.

Later ones may refer to inputs that earlier ones declare.
"""
_OTHERS = NEVER_FIXED | EXTENSIONS | {code for code, _ in _STEPS}
_NOTES = tuple(
    (code, write_difference)
    for code in Code
    if code.severity is Severity.NOTE and code not in _OTHERS
)
STEPS: Steps = (*_NOTES, *_STEPS)
ERRORS = frozenset(code for code, _ in STEPS if code.severity is Severity.ERROR)
"""Errors that steps can correct: a spec with them has its meaning all the same."""
LAST_STEPS: Steps = tuple(
    (code, acknowledge_extension) for code in Code if code in EXTENSIONS
)
"""Steps for extensions that no other step can rewrite."""


def proposals(context: FixContext, code: Code, rule: Rule) -> list[Proposal]:
    """Return the distinct proposals of a step."""
    distinct: dict[Proposal, None] = {}
    for span in context.spans_of(code):
        with suppress(NoEditError):
            distinct[rule(context, span)] = None
    return [proposal for proposal in distinct if proposal]
