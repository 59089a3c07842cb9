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
from naftiko_gen.tools.fix import (
    aliases,
    binding,
    bodies,
    declarations,
    hints,
    imports,
    names,
    redundant,
    references,
    resources,
    restating,
)
from naftiko_gen.tools.fix.context import FixContext, placeholder
from naftiko_gen.tools.fix.differences import (
    write_body_template,
    write_difference,
    write_properties,
)

Rule = Callable[[FixContext, Span], Proposal]
"""Returns the edits for a diagnostic at a place, or raises a NoEditError."""
Steps = tuple[tuple[Code, Rule], ...]

_LOCAL = "localhost"


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
    (Code.ADAPTER_INPUTS, declarations.move_inputs),
    (Code.IMPORT_LOCATION, imports.write_location),
    (Code.IMPORT_NAMESPACE, imports.write_own_name),
    (Code.IMPORT_NAME, imports.rename_import),
    (Code.IMPORT_LIST, imports.move_import_list),
    (Code.NULL_IS_ABSENT, delete_entry),
    (Code.EMPTY_IS_ABSENT, delete_entry),
    (Code.EMPTY_NAME, redundant.comment_out_parameters(Code.EMPTY_NAME)),
    (Code.REDUNDANT_HEADER, redundant.comment_out_parameters(Code.REDUNDANT_HEADER)),
    (
        Code.REDUNDANT_PARAMETER,
        redundant.comment_out_parameters(Code.REDUNDANT_PARAMETER),
    ),
    (Code.DUPLICATE_OPERATION, redundant.comment_out_repetition),
    (Code.ASSUMED_NAMESPACE, names.write_whole_call),
    (Code.MERGED_NAMESPACE, names.write_distinct_namespace),
    (Code.NUMBER_BASE, FixContext.quote),
    (Code.BEARER_VALUE, write_difference),
    (Code.BEARER_VALUE, delete_entry),
    (Code.BOOLEAN_KEY, write_difference),
    (Code.CREDENTIAL_SETTING, write_difference),
    (Code.PATH_FROM_ROUTE, resources.split_by_path),
    (Code.PATH_FROM_VERB, resources.split_by_path),
    (Code.GUESSED_PATH, resources.split_by_path),
    (Code.OPERATION_PATH, resources.split_by_path),
    (Code.PATH_QUERY, resources.split_by_path),
    (Code.ROUTE_QUERY, resources.split_by_path),
    (Code.DUPLICATE_ROUTE, resources.split_by_path),
    (Code.FILE_PART, write_difference),
    (Code.BARE_REFERENCE, write_placeholder),
    (Code.STRUCTURED_VALUE, write_body_template),
    (Code.UNDECLARED_PATH_VARIABLE, declarations.declare_missing(Place.PATH)),
    (Code.UNDECLARED_PATH_VARIABLE, declarations.move_to_path),
    (Code.IMPLICIT_PARAMETER, declarations.declare_missing(Place.BODY)),
    (Code.IMPLICIT_PARAMETER, declarations.declare_missing(Place.QUERY)),
    (Code.IMPLICIT_PARAMETER, declarations.declare_missing(Place.HEADER)),
    (Code.IMPLICIT_PARAMETER, bodies.delete_own_value),
    (Code.CLOSE_PARAMETER, names.respell_parameter),
    (Code.CLOSE_PARAMETER, names.write_argument_of_input),
    (Code.INFERRED_INPUT, declarations.declare_inputs),
    (Code.INFERRED_INPUT, declarations.declare_referenced),
    (Code.INFERRED_INPUT, declarations.declare_in_full),
    (Code.UNDECLARED_INPUT, declarations.declare_inputs),
    (Code.UNDECLARED_INPUT, declarations.declare_referenced),
    (Code.UNDECLARED_INPUT, declarations.declare_in_full),
    (Code.EXPOSED_PARAMETER, declarations.declare_inputs),
    (Code.EXPOSED_PARAMETER, declarations.declare_in_full),
    (Code.ADDED_INPUT, declarations.declare_inputs),
    (Code.ADDED_INPUT, declarations.declare_in_full),
    (Code.CLOSE_VARIABLE, resources.split_by_path),
    (Code.MEMBER_OF_BODY, bodies.write_member),
    (Code.UNDESCRIBED_BODY, bodies.declare_body),
    (Code.UNDESCRIBED_BODY, bodies.fill_body),
    (Code.CALLERS_BODY, bodies.declare_body),
    (Code.CALLERS_BODY, bodies.fill_body),
    (Code.EXTRA_PARAMETER, bodies.declare_extra),
    (Code.EXTRA_PARAMETER, bodies.gather_members),
    (Code.REQUIRED_BY_OPERATION, mark_required),
    (Code.WHOLE_BODY, declarations.declare_inputs),
    (Code.REFERENCE_PLACE, references.delete_places),
    (Code.PARAMETER_METADATA, redundant.delete_metadata),
    (Code.OPAQUE_OUTPUT, redundant.delete_outputs),
    (Code.NAMED_OUTPUTS, write_properties),
    (Code.MISSING_DESCRIPTION, write_description),
    (Code.DUPLICATE_NAME, names.write_distinct_name),
    (Code.DUPLICATE_TOOL, names.write_distinct_name),
    (Code.BASE_URI_VARIABLE, binding.write_official_base_uri),
    (Code.IMPLICIT_VARIABLE, binding.bind_variables),
    (Code.UNBOUND_GUARD, binding.bind_variables),
    (Code.INPUT_MAPPING, restating.restate_call),
    (Code.SKILL_TOOLS, restating.write_skill),
    (Code.SKILL_CALL, restating.restate_call),
    (Code.CLIENT_ALIAS, aliases.write_client_names),
    (Code.ROUTE_ORDER, resources.sort_resources),
    (Code.INFORMATION, comment_out_entry),
    (Code.IGNORED_KEY, comment_out_entry),
    (Code.UNSAFE_HINT, hints.correct_hint),
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
