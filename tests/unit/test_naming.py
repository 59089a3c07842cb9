import builtins
import keyword
import sys
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from naftiko_gen.emit.code.naming import (
    BUILTINS,
    KEYWORDS,
    STANDARD_LIBRARY,
    assign,
    identifier,
    module_name,
    type_name,
)
from naftiko_gen.language.names import env_name, slug

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
WIRE_NAMES = st.lists(
    st.text(st.sampled_from("aBc1_-[]$日é "), max_size=5) | ANY_TEXT, unique=True
)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("training-runs", "training_runs"),
        ("2fa", "api_2fa"),
        ("class", "api_class"),
        ("match", "api_match"),
        ("json", "api_json"),
        ("imp", "api_imp"),
        ("mcp", "api_mcp"),
        ("tests", "api_tests"),
        ("sitecustomize", "api_sitecustomize"),
        ("usercustomize", "api_usercustomize"),
        ("", "api_"),
    ],
)
def test_a_module_name_hides_no_other_module(slug: str, expected: str) -> None:
    assert module_name(slug) == expected


@pytest.mark.parametrize(
    ("wire_name", "expected"),
    [
        ("runId", "run_id"),
        ("page[size]", "page_size"),
        ("$top", "top"),
        ("X-Request-ID", "x_request_id"),
        ("HTTPServer", "http_server"),
        ("getIDs", "get_ids"),
        ("listAPIsByURLs", "list_apis_by_urls"),
        ("HTTPAssets", "http_assets"),
        ("getOAuthToken", "get_oauth_token"),
        ("oAuth2Callback", "oauth2_callback"),
        ("fooAuth", "foo_auth"),
        ("MAX_RESULTS", "max_results"),
        ("café", "cafe"),
        ("ﬁle", "file"),
        ("日本run", "run"),
        ("日本", "unnamed"),
        ("", "unnamed"),
        ("__init__", "init"),
        ("class", "class_"),
        ("match", "match_"),
        ("id", "id_"),
        ("self", "self_"),
        ("2fa", "_2fa"),
        ("l", "l_"),
    ],
)
def test_identifiers_read_like_their_wire_names(wire_name: str, expected: str) -> None:
    assert identifier(wire_name) == expected


@pytest.mark.parametrize(
    ("wire_name", "expected"),
    [
        ("training-run", "TrainingRun"),
        ("runId", "RunId"),
        ("HTTPServer", "HttpServer"),
        ("none", "None_"),
        ("valueError", "ValueError_"),
        ("2fa", "Api2fa"),
        ("", "Unnamed"),
    ],
)
def test_type_names_are_in_pascal_case(wire_name: str, expected: str) -> None:
    assert type_name(wire_name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("api-key", "API_KEY"), ("a.é b", "A___B"), ("1x", "_1X"), ("", "_")],
)
def test_environment_names_are_in_upper_case(text: str, expected: str) -> None:
    assert env_name(text) == expected


@given(ANY_TEXT)
def test_names_are_always_valid(text: str) -> None:
    for name in (identifier(text), type_name(text), str(module_name(slug(text)))):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert not keyword.issoftkeyword(name)


@given(WIRE_NAMES, st.randoms(use_true_random=False))
def test_assigned_names_are_distinct_in_any_order(
    wire_names: list[str], random: Random
) -> None:
    order = random.sample(wire_names, len(wire_names))
    names = assign(wire_names, reserved=("a", "a_", "body"))
    assert list(names) == wire_names
    assert len(set(names.values())) == len(wire_names)
    assert not {"a", "a_", "body"} & set(names.values())
    assert assign(order, reserved=("a", "a_", "body")) == names


@given(WIRE_NAMES, ANY_TEXT)
def test_another_wire_name_renames_only_names_that_it_shares(
    wire_names: list[str], another: str
) -> None:
    before = assign(wire_names)
    after = assign([*wire_names, another])
    for wire_name in wire_names:
        if identifier(wire_name) != identifier(another):
            assert after[wire_name] == before[wire_name]


def test_the_wire_name_that_is_an_identifier_keeps_it() -> None:
    assert assign(["maxResults", "max_results", "max-results", "other"]) == {
        "maxResults": "max_results_940",
        "max_results": "max_results",
        "max-results": "max_results_12d",
        "other": "other",
    }


def test_a_name_that_the_emitter_uses_is_not_free() -> None:
    assert assign(["client", "client_"], reserved=["client"])["client_"] == "client_"
    assert assign(["client"], reserved=["client"]) == {"client": "client_"}


def test_a_suffix_that_is_taken_grows() -> None:
    name = assign(["maxResults", "max_results"])["maxResults"]
    names = assign(["maxResults", "max_results", str(name)])
    assert names[str(name)] == name
    assert names["maxResults"].startswith(name)
    assert len(names["maxResults"]) == len(name) + 1


def test_types_that_collide_stay_in_pascal_case() -> None:
    names = assign(["run-state", "run_state"], style=type_name)
    assert all(
        name.isalnum() and name.startswith("RunState") for name in names.values()
    )
    assert len(set(names.values())) == 2


def test_the_tables_know_the_words_that_this_python_reserves() -> None:
    assert set(keyword.kwlist) | set(keyword.softkwlist) <= KEYWORDS
    assert {name for name in dir(builtins) if name[0] != "_"} <= BUILTINS | KEYWORDS
    modules = {name for name in sys.stdlib_module_names if name[0] != "_"}
    assert modules <= STANDARD_LIBRARY
