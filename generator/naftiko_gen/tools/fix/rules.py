"""What each finding asks to be written: code to edits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import EXTENSIONS, Code
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.syntax.editing.nodes_at import point
from naftiko_gen.syntax.pragmas import EXTENSION
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence
from naftiko_gen.tools.fix.aliases import client_names
from naftiko_gen.tools.fix.binding import bind_variables, official_base_uri
from naftiko_gen.tools.fix.bodies import (
    declare_body,
    declare_extra,
    fill_body,
    without_own_value,
)
from naftiko_gen.tools.fix.declarations import (
    declare_fields,
    declare_in_full,
    declare_in_headers,
    declare_in_query,
    declare_inputs,
    declare_referenced,
    declare_variables,
    in_path,
)
from naftiko_gen.tools.fix.fields import as_parts, without_field
from naftiko_gen.tools.fix.hints import safe_hint
from naftiko_gen.tools.fix.imports import (
    import_list,
    import_location,
    import_name,
    own_name,
)
from naftiko_gen.tools.fix.members import whole_of_members
from naftiko_gen.tools.fix.names import (
    argument_of_input,
    distinct_name,
    distinct_namespace,
    parameter_name,
    whole_call,
)
from naftiko_gen.tools.fix.ordering import in_order
from naftiko_gen.tools.fix.outputs import as_properties
from naftiko_gen.tools.fix.redundant import without_parameters, without_repetition
from naftiko_gen.tools.fix.references import without_place
from naftiko_gen.tools.fix.restating import restated
from naftiko_gen.tools.fix.skills import one_skill
from naftiko_gen.tools.fix.splitting import meant_name, whole_paths
from naftiko_gen.tools.fix.structures import body_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.editing.nodes_at import Place
    from naftiko_gen.tools.fix.context import Fields, Proposal, Reading

    Rule = Callable[[Reading, Span], Proposal | None]
    """Returns what to write for a finding at a place, None if nothing can be."""
    Steps = tuple[tuple[Code, Rule], ...]

_LOCAL = "localhost"
_METADATA = frozenset({"type", "required", "description"})
_SINGLE = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")


def respelt(reading: Reading, span: Span) -> Proposal | None:
    """Write a value as it is read."""
    place = reading.places.scalars.get(point(span))
    meant = reading.values.get(point(span), set())
    if place is None or len(meant) != 1:
        return None
    [value] = meant
    return reading.replaced(place, value) if isinstance(value, str) else None


def double_braces(reading: Reading, span: Span) -> Proposal | None:
    """Write `{{x}}` for `{x}` in a path that is read as a part of another one."""
    place = reading.places.scalars.get(point(span))
    if place is None or not isinstance(place.node, Scalar):
        return None
    return reading.replaced(place, _SINGLE.sub(r"{{\1}}", str(place.node.value)))


def quoted(reading: Reading, span: Span) -> Proposal | None:
    """Put what is read as a text into quotes."""
    place = reading.places.scalars.get(point(span))
    if place is None or not isinstance(place.node, Scalar):
        return None
    return reading.quoted(place.node)


def unquoted(reading: Reading, span: Span) -> Proposal | None:
    """Write what is read as a number without quotes."""
    place = reading.places.scalars.get(point(span))
    if place is None or not isinstance(place.node, Scalar):
        return None
    return reading.unquoted(place.node)


def renamed(reading: Reading, span: Span) -> Proposal | None:
    """Write a key as it is read."""
    place = reading.places.keys.get(point(span))
    meant = reading.keys.get(point(span), set())
    if place is None or place.entry is None or len(meant) != 1:
        return None
    [key] = meant
    return reading.renamed(place.entry, key) if key != place.entry.key else None


def deleted(reading: Reading, span: Span) -> Proposal | None:
    """Delete an entry that counts as absent."""
    place = reading.places.keys.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    return reading.without(place.mapping, {place.entry.key})


def bearer_token(reading: Reading, span: Span) -> Proposal | None:
    """Write `token`, and delete a placement that says what is always so."""
    place = reading.places.keys.get(point(span))
    edits = renamed(reading, span)
    if edits is None or place is None or place.mapping is None:
        return None
    if place.mapping.text("placement") != "header":
        return edits
    dropped = reading.without(place.mapping, {"placement"})
    return (*edits, *dropped) if dropped else None


def placed(reading: Reading, span: Span) -> Proposal | None:
    """Write the `in` of an input or a parameter behind its name."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    meant = reading.canonical(place.mapping)
    where = meant.text("in") if meant else None
    if where is None or "in" in place.mapping:
        return None
    return reading.with_entry_behind(place.mapping, place.entry, "in", where)


def undeclared_entry(key: str) -> Rule:
    """Return the rule that writes a key of an adapter behind its type."""

    def rule(reading: Reading, span: Span) -> Proposal | None:
        place = reading.places.keys.get(point(span))
        if place is None or place.mapping is None or place.entry is None:
            return None
        meant = reading.canonical(place.mapping)
        value = meant.get(key) if meant else None
        if key in place.mapping or not isinstance(value, Scalar):
            return None
        if not isinstance(value.value, (str, int)):
            return None
        holder, entry = place.mapping, place.entry
        return reading.with_entry_behind(holder, entry, key, value.value)

    return rule


def resource_name(reading: Reading, span: Span) -> Proposal | None:
    """Write the name of a resource behind its path, or where it is null."""
    null = reading.places.keys.get(point(span))
    if null is not None and null.entry is not None and null.entry.key == "name":
        name = meant_name(reading, null.mapping) if null.mapping else None
        return reading.replaced(null, name) if name else None
    place = reading.places.mappings.get(point(span))
    if place is None or not isinstance(place.node, Mapping):
        return None
    name, path = meant_name(reading, place.node), place.node.entry("path")
    if name is None or path is None or "name" in place.node:
        return None
    return reading.with_entry_behind(place.node, path, "name", name)


def placement(reading: Reading, span: Span) -> Proposal | None:
    """Write `apikey` for where the key is placed, and that behind it."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    meant = reading.canonical(place.mapping)
    where = meant.text("placement") if meant else None
    kind = reading.replaced(place, "apikey")
    if place.entry.key != "type" or kind is None or where is None:
        return None
    if "placement" in place.mapping:
        return kind
    behind = reading.with_entry_behind(place.mapping, place.entry, "placement", where)
    return (*kind, *behind) if behind else None


def credential_parts(reading: Reading, span: Span) -> Proposal | None:
    """Write behind the type of a credential which variables have its other parts."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    holder, entry = place.mapping, place.entry
    meant = reading.canonical(holder)
    parts: Fields = {
        part.key: str(part.value.plain())
        for part in (meant.entries if meant else ())
        if part.value.span == span and part.key not in holder
    }
    return reading.with_entries_behind(holder, entry, parts) if parts else None


def required(reading: Reading, span: Span) -> Proposal | None:
    """Say that an input is required."""
    place = reading.places.scalars.get(point(span))
    return reading.replaced(place, True) if place else None


def commented(reading: Reading, span: Span) -> Proposal | None:
    """Make a comment of an entry that has no meaning."""
    place = reading.places.keys.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    return reading.commented(place.mapping, place.entry)


def without_metadata(reading: Reading, span: Span) -> Proposal | None:
    """Leave the description of a parameter to the inputs that feed it."""
    place = reading.places.keys.get(point(span))
    return (
        reading.without(place.mapping, _METADATA) if place and place.mapping else None
    )


def without_outputs(reading: Reading, span: Span) -> Proposal | None:
    """Leave out outputs that say no more than that the answer is passed on."""
    place = reading.places.mappings.get(point(span))
    if place is None or len(place.around) < 2:
        return None
    unit, outputs = place.around[-2:]
    if not isinstance(unit, Mapping) or not isinstance(outputs, Sequence):
        return None
    return reading.without(unit, {"outputParameters"})


def described(reading: Reading, span: Span) -> Proposal | None:
    """Write the description that a tool or skill has behind its name."""
    place = reading.places.scalars.get(point(span))
    if place is None or place.mapping is None or place.entry is None:
        return None
    said = _description(reading, place.mapping)
    if said is None or "description" in place.mapping:
        return None
    return reading.with_entry_behind(place.mapping, place.entry, "description", said)


def _description(reading: Reading, typed: Mapping) -> str | None:
    found = reading.meaning.origins.exposed_at(typed.span)
    if found is not None:
        # What a tool's description says of other names is no part of this one.
        model = found[0].model
        operation = ir.primary_operation(found[1].implementation)
        return operation.description or humanised(model.name or operation.name)
    skills = reading.meaning.capability.skills
    tools = [tool for skill in skills for tool in skill.tools]
    named = tools if "from" in typed else skills
    said = {each.description for each in named if each.name == typed.text("name")}
    return said.pop() if len(said) == 1 else None


def acknowledged(reading: Reading, span: Span) -> Proposal | None:
    """Say above a line that what it holds beyond the official language is meant."""
    return reading.with_comment_above(span.line, EXTENSION)


def local_address(reading: Reading, span: Span) -> Proposal | None:
    """Write that only its own machine reaches an adapter, as is so for its package."""
    at = point(span)
    place = reading.places.scalars.get(at) or reading.places.mappings.get(at)
    adapter = _adapter(reading, place) if place else None
    kind = adapter.entry("type") if adapter else None
    if adapter is None or kind is None:
        return None
    said = adapter.entry("address")
    if said is None:
        return reading.with_entry_behind(adapter, kind, "address", _LOCAL)
    is_blank = said.value.plain() in (None, "")
    return reading.respelt(said.value.span, _LOCAL) if is_blank else None


def _adapter(reading: Reading, place: Place) -> Mapping | None:
    """Return the adapter that a route or tool is in."""
    mappings = (node for node in place.around if isinstance(node, Mapping))
    for node in mappings:
        meant = reading.canonical(node)
        if meant is not None and meant.text("type") in {"rest", "mcp"}:
            return node
    return None


STEPS: Steps = (
    (Code.READ_AS_ALPHA2, respelt),
    (Code.IMPORT_LOCATION, import_location),
    (Code.IMPORT_NAMESPACE, own_name),
    (Code.IMPORT_NAME, import_name),
    (Code.IMPORT_LIST, import_list),
    (Code.NULL_IS_ABSENT, deleted),
    (Code.EMPTY_IS_ABSENT, deleted),
    (Code.EMPTY_NAME, without_parameters(Code.EMPTY_NAME)),
    (Code.REDUNDANT_HEADER, without_parameters(Code.REDUNDANT_HEADER)),
    (Code.REDUNDANT_PARAMETER, without_parameters(Code.REDUNDANT_PARAMETER)),
    (Code.DUPLICATE_OPERATION, without_repetition),
    (Code.BOOLEAN_KEY, renamed),
    (Code.ASSUMED_NAMESPACE, whole_call),
    (Code.MERGED_NAMESPACE, distinct_namespace),
    (Code.READ_AS_TEXT, quoted),
    (Code.NUMBER_BASE, quoted),
    (Code.READ_AS_NUMBER, unquoted),
    (Code.LABEL_ALIAS, renamed),
    (Code.AUTHENTICATION_ALIAS, renamed),
    (Code.AUTHENTICATION_TYPE, respelt),
    (Code.CREDENTIAL_FIELD, renamed),
    (Code.BEARER_VALUE, bearer_token),
    (Code.API_KEY_HEADER, renamed),
    (Code.API_KEY_HEADER, placement),
    (Code.API_KEY_ALIAS, renamed),
    (Code.OPERATION_ID, renamed),
    (Code.CREDENTIAL_SETTING, credential_parts),
    (Code.ADAPTER_NAMESPACE, undeclared_entry("namespace")),
    (Code.ADAPTER_PORT, undeclared_entry("port")),
    (Code.VARIABLE_NAME, respelt),
    (Code.BASE_URI_SCHEME, respelt),
    (Code.RESOURCE_NAME, resource_name),
    (Code.LEADING_SLASH, respelt),
    (Code.SINGLE_BRACE_PATH, respelt),
    (Code.SINGLE_BRACE_PATH, double_braces),
    (Code.PATH_FROM_ROUTE, whole_paths),
    (Code.PATH_FROM_VERB, whole_paths),
    (Code.GUESSED_PATH, whole_paths),
    (Code.OPERATION_PATH, whole_paths),
    (Code.PATH_QUERY, whole_paths),
    (Code.ROUTE_QUERY, whole_paths),
    (Code.DUPLICATE_ROUTE, whole_paths),
    (Code.DOUBLE_BRACE_ROUTE, respelt),
    (Code.BODY_TYPE_ALIAS, respelt),
    (Code.SINGLE_FIELD_BODY, without_field),
    (Code.MULTIPART_FIELDS, as_parts),
    (Code.FILE_PART, as_parts),
    (Code.ENVIRONMENT_REFERENCE, respelt),
    (Code.PARAMETER_PLACE, placed),
    (Code.STRUCTURED_VALUE, body_template),
    (Code.INPUT_PLACE, placed),
    (Code.UNDECLARED_PATH_VARIABLE, declare_variables),
    (Code.UNDECLARED_PATH_VARIABLE, in_path),
    (Code.IMPLICIT_PARAMETER, declare_fields),
    (Code.IMPLICIT_PARAMETER, declare_in_query),
    (Code.IMPLICIT_PARAMETER, declare_in_headers),
    (Code.IMPLICIT_PARAMETER, without_own_value),
    (Code.CLOSE_PARAMETER, parameter_name),
    (Code.CLOSE_PARAMETER, argument_of_input),
    (Code.INFERRED_INPUT, declare_inputs),
    (Code.INFERRED_INPUT, declare_referenced),
    (Code.INFERRED_INPUT, declare_in_full),
    (Code.EXPOSED_PARAMETER, declare_inputs),
    (Code.EXPOSED_PARAMETER, declare_in_full),
    (Code.ADDED_INPUT, declare_inputs),
    (Code.ADDED_INPUT, declare_in_full),
    (Code.CLOSE_VARIABLE, whole_paths),
    (Code.UNDESCRIBED_BODY, declare_body),
    (Code.UNDESCRIBED_BODY, fill_body),
    (Code.CALLERS_BODY, declare_body),
    (Code.CALLERS_BODY, fill_body),
    (Code.EXTRA_PARAMETER, declare_extra),
    (Code.EXTRA_PARAMETER, whole_of_members),
    (Code.REQUIRED_BY_OPERATION, required),
    (Code.WHOLE_BODY, declare_inputs),
    (Code.REFERENCE_PLACE, without_place),
    (Code.REFERENCE_PREFIX, respelt),
    (Code.PARAMETER_METADATA, without_metadata),
    (Code.OPAQUE_OUTPUT, without_outputs),
    (Code.NAMED_OUTPUTS, as_properties),
    (Code.MISSING_DESCRIPTION, described),
    (Code.DUPLICATE_NAME, distinct_name),
    (Code.DUPLICATE_TOOL, distinct_name),
    (Code.BASE_URI_VARIABLE, official_base_uri),
    (Code.IMPLICIT_VARIABLE, bind_variables),
    (Code.INPUT_MAPPING, restated),
    (Code.SKILL_TOOLS, one_skill),
    (Code.SKILL_CALL, restated),
    (Code.CLIENT_ALIAS, client_names),
    (Code.ROUTE_ORDER, in_order),
    (Code.INFORMATION, commented),
    (Code.IGNORED_KEY, commented),
    (Code.UNSAFE_HINT, safe_hint),
    (Code.UNGUARDED_OPERATION, local_address),
)
"""In their order: a declared input is what later steps may refer to."""
LAST_STEPS: Steps = tuple((code, acknowledged) for code in Code if code in EXTENSIONS)
"""What is done about extensions that no other step can write differently."""


def proposals(reading: Reading, code: Code, rule: Rule) -> list[Proposal]:
    """Return what a step would write into the document, each once."""
    made = (rule(reading, span) for span in reading.found(code))
    return list(dict.fromkeys(each for each in made if each))
