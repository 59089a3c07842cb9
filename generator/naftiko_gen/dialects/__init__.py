"""Normalisation: rewriting every accepted form of a spec into the canonical one.

The rules move and rename nodes; they don't resolve references. (`skills.py` compares
calls as written, to reuse an existing tool.) Each rule reports a note, or a warning for
a guess, with the span that the author typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.dialects import (
    adapters,
    authentication,
    bind_references,
    binds,
    bodies,
    constant_outputs,
    document,
    functions,
    ikanos,
    imports,
    inputs,
    keys,
    listed_properties,
    names,
    operations,
    outputs,
    parameters,
    paths,
    prompts,
    references,
    skills,
    step_outputs,
    unmapped_outputs,
    upstreams,
)
from naftiko_gen.dialects.detection import Dialect, detect

if TYPE_CHECKING:
    from collections.abc import Callable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Mapping

__all__ = [
    "IMPORT_RULES",
    "RULES",
    "Dialect",
    "detect",
    "normalise",
    "spell_imports",
]

IMPORT_RULES: tuple[Callable[[Mapping, Report], Mapping], ...] = (
    ikanos.spell,
    imports.import_list,
    imports.import_location,
    imports.import_name,
)
"""The rules to apply before imports are read, in this order."""

RULES: tuple[Callable[[Mapping, Report], Mapping], ...] = (
    document.later_version,
    listed_properties.listed_properties,
    constant_outputs.alpha1_constant,
    document.alpha1,
    document.null_is_absent,
    document.empty_is_absent,
    functions.function_reference,
    names.read_as_text,
    names.number_base,
    adapters.read_as_number,
    names.variable_name,
    binds.environment_location,
    document.label_alias,
    document.information,
    document.capability_version,
    paths.confined_path,
    authentication.authentication_alias,
    authentication.authentication_type,
    authentication.credential_field,
    authentication.resource_server_key,
    authentication.credential_scheme,
    authentication.bearer_value,
    authentication.api_key_header,
    authentication.api_key_alias,
    authentication.api_key_list,
    authentication.api_key_placement,
    authentication.credential_setting,
    authentication.credential_alternatives,
    upstreams.base_uri_scheme,
    operations.operation_id,
    operations.operation_path,
    names.resource_name,
    paths.leading_slash,
    paths.path_query,
    paths.route_query,
    paths.single_brace_path,
    paths.double_brace_route,
    skills.skill_tools,
    skills.skill_call,
    adapters.dropped_adapter,
    adapters.adapter_port,
    adapters.adapter_inputs,
    prompts.prompt_text,
    parameters.empty_name,
    parameters.parameter_place,
    parameters.credential_header,
    parameters.structured_value,
    parameters.parameter_metadata,
    bodies.body_type,
    bodies.single_field,
    bodies.multipart_fields,
    inputs.input_place,
    inputs.input_mapping,
    keys.boolean_key,
    bind_references.bind_reference,
    references.environment_reference,
    references.reference_prefix,
    references.step_reference,
    adapters.adapter_description,
    adapters.route_hints,
    adapters.port_of_no_use,
    step_outputs.listed_items,
    outputs.opaque_output,
    unmapped_outputs.unmapped_output,
    outputs.passed_on,
    outputs.named_outputs,
    ikanos.root_key,
)
"""The rules to apply after imports are read, in this order."""


def normalise(tree: Mapping, report: Report, slug: str) -> Mapping | None:
    """Return the canonical tree, or None after reporting that it isn't a capability.

    `slug` is the name of the package.
    """
    if detect(tree, report) is None:
        return None
    tree = adapters.adapter_type(tree, report)
    tree = adapters.adapter_namespace(tree, slug, report)
    for rule in RULES:
        tree = rule(tree, report)
    return tree


def spell_imports(tree: Mapping, report: Report) -> Mapping:
    """Return a tree with imports in their canonical form; nothing else changes."""
    for rule in IMPORT_RULES:
        tree = rule(tree, report)
    return tree
