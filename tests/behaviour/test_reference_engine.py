"""Defects of the reference engine, none of which a served package has.

`ROWS` lists the known defects of the engine in their customary order, each by the
behaviour that a package has in its place, and by tests of it.
"""

import re
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from service import running, written

from recording_upstream import RecordingUpstream
from waiting import PATIENCE

pytestmark = pytest.mark.anyio


class Row(NamedTuple):
    behaviour: str
    tests: tuple[str, ...]
    """Each by its module without `test_`, and its function without `test_`."""


ROWS = (
    Row(
        "names of binds have their values in credentials and headers",
        ("reference_engine::arguments_are_read_once_and_from_the_inputs",),
    ),
    Row(
        "a guard without its secret ends the start",
        ("token_variable::a_server_does_not_start_without_the_secret",),
    ),
    Row(
        "a guard's secret is the value of the variable that binds names",
        ("client_authentication::a_client_with_the_secret_is_let_in",),
    ),
    Row(
        "passwords of basic and digest are sent",
        (
            "language::a_user_and_a_password",
            "authentication::a_challenge_is_answered_once_and_remembered",
        ),
    ),
    Row(
        "no argument replaces a variable of the same name",
        ("reference_engine::arguments_are_read_once_and_from_the_inputs",),
    ),
    Row(
        "a header of all operations is filled once",
        ("reference_engine::arguments_are_read_once_and_from_the_inputs",),
    ),
    Row(
        "text, XML, forms, parts and SPARQL are sent in their format",
        (
            "bodies::a_tool_sends_text",
            "bodies::values_are_escaped_in_xml",
            "bodies::a_form_is_url_encoded",
            "bodies::a_file_is_a_part",
        ),
    ),
    Row(
        "values of JSON keep their types, and are escaped inside of texts",
        (
            "language::a_template_keeps_its_structure",
            "bodies::values_become_parts_of_json",
        ),
    ),
    Row(
        "values in a path are encoded once",
        ("training_runs_rest::an_identifier_is_one_segment",),
    ),
    Row(
        "inputs of paths and resources, and constants, count",
        ("language::inputs_become_the_query", "cookies::cookies_are_one_header"),
    ),
    Row(
        "an absent optional input is left out, an absent required one refused",
        ("language::absent_inputs_are_absent", "language::wrong_parameters_are_named"),
    ),
    Row(
        "arguments are read from the original inputs, in any order",
        ("reference_engine::arguments_are_read_once_and_from_the_inputs",),
    ),
    Row(
        "an absent member of the body is absent",
        ("language::fields_become_a_body",),
    ),
    Row(
        "objects keep their members, at any depth",
        ("official_outputs::an_output_without_a_mapping_is_the_member_of_its_name",),
    ),
    Row(
        "several outputs make one object",
        ("official_outputs::an_output_without_a_mapping_is_the_member_of_its_name",),
    ),
    Row("a path to nothing answers null", ("language::absent_values_are_null",)),
    Row(
        "refusals of the upstream pass unchanged",
        ("language::an_error_is_not_shaped", "answer_formats::refusals_pass_through"),
    ),
    Row(
        "steps stop at the first refusal, and read every format",
        (
            "step_calls::a_refusal_keeps_later_calls_from_being_made",
            "answer_formats::steps_read_every_format",
        ),
    ),
    Row(
        "lookups and elements of lists can be used in later steps",
        ("step_calls::a_whole_answer_has_the_declared_members",),
    ),
    Row(
        "outputs of steps take the mappings of their names",
        ("step_calls::steps_make_one_answer",),
    ),
    Row("lists of texts stay lists of texts", ("language::an_output_is_shaped",)),
    Row(
        "one XML element is a list if the output is one",
        ("official_outputs::xml_children_are_an_array",),
    ),
    Row(
        "an answer without content is a success",
        ("language::no_content_of_a_shaped_output",),
    ),
    Row(
        "messages, revisions and arguments follow MCP",
        (
            "training_runs_mcp::every_revision_on_every_transport",
            "training_runs_mcp::wrong_arguments_are_explained",
        ),
    ),
    Row(
        "servers are for this machine, and check Host and Origin",
        ("guards::another_host_is_not_answered", "command::listening_to_everybody"),
    ),
    Row(
        "inputs of tools keep their types, and are inferred if absent",
        ("restricted_inputs::tools_refuse_on_both_ways",),
    ),
    Row(
        "wrong methods and inputs get their own statuses",
        ("training_runs_rest::other_methods",),
    ),
    Row("forwarded requests keep their query", ("forward::the_query_is_kept",)),
    Row("a broken upstream is 502", ("faults::faults_are_problems",)),
    Row(
        "responses name no file, address or exception",
        ("faults::faults_are_problems", "faults::nobody_listens"),
    ),
    Row(
        "null is a value in arguments and specs",
        ("language::an_array_keeps_nulls_and_leaves_out_absent_inputs",),
    ),
    Row(
        "calls of one function at the same time don't mix",
        ("training_runs_rest::parallel_creates_are_all_answered",),
    ),
    Row(
        "a server on standard input doesn't make a package unready",
        ("control::the_status_describes_the_package",),
    ),
    Row(
        "bytes stay bytes",
        (
            "bodies::a_binary_answer_stays_as_it_is",
            "answer_formats::answers_are_shaped",
            "resources_and_prompts::files_are_text_or_bytes",
        ),
    ),
    Row(
        "imported operations keep required inputs and fixed outputs",
        ("imported_apis::routes_call_imported_operations",),
    ),
    Row(
        "imported OpenAPI operations send bodies, and list what they list",
        ("openapi_round_trips::",),
    ),
    Row(
        "errors of a spec or at the start have an exit code",
        ("missing_variables::all_missing_variables_are_listed",),
    ),
    Row(
        "refused clients get a challenge",
        ("refused_clients::refusals_are_those_of_the_table",),
    ),
    Row(
        "a key in the query is encoded, and in no log",
        ("language::a_key_in_the_query", "secrets::the_log_of_a_server_holds"),
    ),
    Row(
        "a value is no template, and has only its own members",
        ("language::a_template_keeps_its_structure",),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.behaviour)
async def test_a_row_has_tests(row: Row) -> None:
    for test in row.tests:
        module, _, function = test.partition("::")
        text = Path(__file__).with_name(f"test_{module}.py").read_text("utf-8")
        assert re.search(rf"^(async )?def test_{function}", text, re.MULTILINE), test


DOCUMENT = Path(__file__).with_name("reference_engine.yaml").read_text("utf-8")


async def test_arguments_are_read_once_and_from_the_inputs(
    tmp_path: Path, address: str, upstream: RecordingUpstream
) -> None:
    variables = {"UPSTREAM_TOKEN": "of-upstream", "UPSTREAM_VERSION": "1-{{TOKEN}}"}
    package = written(DOCUMENT, tmp_path)
    with running(package, API_BASE_URI=f"http://{address}", **variables) as service:
        url = f"{service.url('rest')}/swapped?TOKEN=x&from=a&to=b"
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            assert (await client.get(url)).status_code == 200
    assert upstream.only.target == "/swapped?TOKEN=x&from=b&to=a"
    assert upstream.only.field("Authorization") == "Bearer of-upstream"
    assert upstream.only.field("X-Version") == "v1-{{TOKEN}}"
