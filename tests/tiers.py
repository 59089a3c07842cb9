"""Which tests run when: while code is written, before a commit, or for hours.

- `pytest -m unit`: the tests of single processes, in a minute.
- `pytest`: all that decides whether a commit may land.
- `pytest -m full`: the long tests, with many more random cases.
"""

import os
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MOST_PROCESSES = 8
"""Each process has servers of its own, which take memory."""

UNIT = {
    *("deploying", "diagnostics", "explaining", "golden", "openapi", "runtime"),
    "unit",
}
"""Directories whose tests start no servers."""

NO_UNIT = {
    "deploying/test_image.py": "builds an image",
    "diagnostics/test_fixes.py": "fixes hundreds of documents",
    "runtime/test_script_processes.py": "starts the processes of scripts",
    "unit/test_batch.py": "starts the compiler, and workers of it",
    "unit/test_completion.py": "starts shells",
    "unit/test_fixing_any_style.py": "fixes hundreds of documents",
    "unit/test_fixing_corpus.py": "fixes every document of the corpus",
    "openapi/test_changed_documents.py": "changes dozens of documents",
    "unit/test_large_packages.py": "compiles hundreds of routes and tools",
    "unit/test_runtime_delivery.py": "publishes packages and their runtimes",
}
"""Modules there that take too long for a minute, each with the reason."""

TESTS_OF_NO_UNIT = {
    "test_a_build_runs_when_something_changes_and_only_then",
    "test_a_code_is_shown_by_its_case[file-too-large]",
    "test_a_code_is_shown_by_its_case[too-complex]",
    "test_a_compiled_path_finds_the_values_of_the_standard",
    "test_a_package_to_compile_needs_the_stages",
    "test_a_package_up_to_date_needs_no_heavy_import",
    "test_a_reader_that_has_seen_enough_is_no_fault_of_ours",
    "test_a_run_that_is_killed_while_it_writes_leaves_no_spec",
    "test_an_api_is_imported_that_is_too_much_to_expose",
    "test_an_output_that_is_ascii_gets_escapes",
    "test_characters_that_a_terminal_would_obey_are_escaped",
    "test_closed_streams_change_nothing",
    "test_documents_beyond_the_limits_are_refused",
    "test_each_module_of_a_copy_can_be_imported",
    "test_few_of_very_many_unknown_keys_are_told",
    "test_files_that_are_referred_to_count_as_imports_by_their_size",
    "test_json_is_read_as_the_standard_library_reads_it",
    "test_json_is_read_back",
    "test_no_line_of_a_real_document_is_too_wide_and_no_finding_is_lost",
    "test_only_encoders_vouch_for_text",
    "test_operations_are_counted",
    "test_published_and_official_documents_are_taken",
    "test_readable_characters_are_those_of_unicode_14",
    "test_schema_takes_specs_that_compile",
    "test_selectors_select_elements_as_the_standard",
    "test_shared_parameters_cost_no_more_than_they_say",
    "test_specs_have_a_thousand_entries_at_most",
    "test_strange_documents_are_read",
    "test_text_of_our_own_stands_in_the_source",
    "test_texts_that_are_no_document_are_refused_with_a_place",
    "test_the_command_line_tunes_a_server",
    "test_the_cost_is_in_proportion_to_the_inputs",
    "test_the_cost_is_in_proportion_to_the_operations",
    "test_the_cost_is_in_proportion_to_the_units",
    "test_messages_are_the_same_with_and_without_the_cache",
    "test_too_large_documents_are_refused",
    "test_variables_of_nearly_one_name_are_compared_in_pairs_at_most",
    "test_very_many_mappings_are_merged_in_time",
}
"""Tests of other modules there that take longer: large inputs, builds, the corpus."""

AMOUNTS = {
    "NAFTIKO_ANSWERS": "100000",
    "NAFTIKO_API_EXAMPLES": "500",
    "NAFTIKO_CALLS_OF_STOPS": "10000",
    "NAFTIKO_CANCELLED_CALLS": "5000",
    "NAFTIKO_DIRECT_CALLS": "50000",
    "NAFTIKO_FIX_STYLES": "20000",
    "NAFTIKO_FULL_LOAD": "1",
    "NAFTIKO_GEN_KILL_ROUNDS": "200",
    "NAFTIKO_GEN_PAIRS": "50",
    "NAFTIKO_HOSTILE_TEXTS": "1000",
    "NAFTIKO_LOWEST_VERSIONS": "1",
    "NAFTIKO_MEMBER_BODIES": "1000",
    "NAFTIKO_MUTATIONS": "50000",
    "NAFTIKO_OPENAPI_CHANGES": "50000",
    "NAFTIKO_POSTS": "100000",
    "NAFTIKO_PUBLISHED_APIS": "all",
    "NAFTIKO_SCHEMA_DOCUMENTS": "2100",
}
"""How much the modules of `FULL` do in long runs; a variable that is set wins."""

FULL = {
    "behaviour/test_at_most_once.py",
    "behaviour/test_cancelled_calls.py",
    "behaviour/test_direct_calls.py",
    "behaviour/test_killed_runs.py",
    "behaviour/test_odd_answers.py",
    "behaviour/test_overload.py",
    "behaviour/test_own_responses.py",
    "behaviour/test_publication.py",
    "behaviour/test_replicas.py",
    "behaviour/test_slow_connections.py",
    "catalogue/test_mutations.py",
    "catalogue/test_schema_verdicts.py",
    "hostile/test_hostile_text.py",
    "openapi/test_changed_documents.py",
    "foreign/test_published_apis.py",
    "foreign/test_requests.py",
    "quality/test_lowest_versions.py",
    "quality/test_openapi_document.py",
    "unit/test_fixing_any_style.py",
}
"""Modules that do more in long runs."""

ONLY_FULL = {
    # Every other run begins with this command.
    "test_the_other_command_installs_and_runs_the_tests",
    # It installs the hooks once more, for a second and last use.
    "test_the_hooks_can_be_tried_without_a_configuration",
}
"""Tests that only long runs have."""


def choose_amounts(config: pytest.Config) -> None:
    """Set how much is done, before the modules that read it are imported."""
    if _is_full(config):
        for variable, amount in AMOUNTS.items():
            os.environ.setdefault(variable, amount)


def processes(config: pytest.Config) -> int:
    """Return the number of processes that run tests.

    Tests beyond units wait for servers, so two processes share a processor.
    """
    processors = os.cpu_count() or 1
    is_unit = config.getoption("markexpr") == "unit"
    return min(processors if is_unit else 2 * processors, MOST_PROCESSES)


def is_left_out(config: pytest.Config, path: Path) -> bool:
    """Return whether a run of units needs no test of a directory or module."""
    if config.getoption("markexpr") != "unit" or not path.is_relative_to(TESTS):
        return False
    inside = path.relative_to(TESTS)
    has_units = not inside.parts or inside.parts[0] in UNIT
    return not has_units or inside.as_posix() in NO_UNIT


def mark(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test the marks of its tiers, and leave out those of long runs."""
    for item in items:
        for tier in tiers(item.path, item.name):
            item.add_marker(tier)
    if not config.getoption("markexpr"):
        left_out = [item for item in items if item.name in ONLY_FULL]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.name not in ONLY_FULL]


@cache
def tiers(path: Path, name: str) -> frozenset[str]:
    """Return the tiers of a test or of one of its cases, without the default tier."""
    if not path.is_relative_to(TESTS):
        return frozenset()
    module = path.relative_to(TESTS)
    names = {name, name.partition("[")[0]}
    is_long = module.as_posix() in NO_UNIT or bool(names & TESTS_OF_NO_UNIT)
    is_unit = module.parts[0] in UNIT and not is_long
    is_full = module.as_posix() in FULL or bool(names & ONLY_FULL)
    conditions = {"unit": is_unit, "full": is_full}
    return frozenset(tier for tier, is_chosen in conditions.items() if is_chosen)


def _is_full(config: pytest.Config) -> bool:
    expression: str = config.getoption("markexpr")
    return re.search(r"(?<!not )\bfull\b", expression) is not None
