"""The JSON Schema of accepted specs."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from examples import unpack
from jsonschema import Draft7Validator

from naftiko_gen.cli.main import main
from naftiko_gen.tools.schema import json_schema

ROOT = Path(__file__).parents[2]
REFUSED = ("unknown-key", "wrong-type", "wrong-value", "missing-key", "unknown-adapter")
SPECS = sorted(
    path
    for folder in ("specs", "tests/golden", "tests/behaviour", "tests/explaining")
    for path in (ROOT / folder).rglob("*.yaml")
    if re.search(r"^capability:", path.read_text("utf-8"), re.MULTILINE)
)


IKANOS = Path(__file__).with_name("schema.yaml").read_text("utf-8")


def document(path: Path) -> Any:
    """Read a document as an editor does: dates are texts."""
    read = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return json.loads(json.dumps(read, default=str))


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(json_schema())


@cache
def quick_validator() -> jsonschema_rs.Draft7Validator:
    """Return a validator that is much faster where there are no faults."""
    return jsonschema_rs.Draft7Validator(json_schema())


def faults(path: Path) -> list[str]:
    read = document(path)
    if quick_validator().is_valid(read):
        return []
    messages = [error.message for error in validator().iter_errors(read)]
    assert messages, f"two libraries differ about {path}"
    return messages


def test_schema_is_one() -> None:
    Draft7Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
@pytest.mark.slow
def test_schema_takes_specs_that_compile(path: Path) -> None:
    assert faults(path) == []


def test_schema_takes_every_alternative_of_a_body() -> None:
    spec = document(unpack("body-alternatives") / "spec.yaml")
    [upstream] = spec["capability"]["consumes"]
    body = upstream["resources"][0]["operations"][0]["body"]
    types = ["text/csv", "text/*", "*/*", "application/*+xml", "image/png", "json"]
    body["alternatives"] = [{"type": kind, "data": "{{x}}"} for kind in types]
    text = {"type": "text", "contentType": "application/jwt", "data": "{{x}}"}
    encoding = {"a": {"filename": "a.png", "headers": {"X-A": "{{y}}"}}}
    form = {"type": "multipartForm", "data": "{{x}}", "encoding": encoding}
    body["alternatives"] += [text, form]

    assert [error.message for error in validator().iter_errors(spec)] == []


@pytest.mark.parametrize("code", REFUSED)
def test_schema_refuses_specs_that_the_compiler_refuses(code: str) -> None:
    specs = [*unpack(code).glob("*.yaml")]
    assert specs
    assert all(faults(path) for path in specs)


@pytest.mark.slow
def test_published_and_official_documents_are_taken(reference: Path) -> None:
    corpus = reference / "corpus"
    outcomes = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))
    corpus_names = [name for name, o in outcomes.items() if o["outcome"] == "compiled"]
    text = (ROOT / "tests/catalogue/official_outcomes.txt").read_text("utf-8")
    official_names = re.findall(r"^([^:\n]+): compiles$", text, re.MULTILINE)
    assert corpus_names
    assert official_names
    names = (*corpus_names, *official_names)
    assert {n: f for n in names if (f := faults(corpus / n))} == {}


def errors(text: str, schema: Any = None) -> list[str]:
    """Return the faults of a text, below each choice between forms."""
    schema_validator = Draft7Validator(schema) if schema else validator()
    read = yaml.load(text, yaml.CSafeLoader)
    return [error.message for error in schema_validator.iter_errors(read)]


def test_schema_takes_both_languages() -> None:
    assert errors(IKANOS) == []
    assert errors(IKANOS.replace("ikanos: 1.0.0-beta5", "naftiko: 1.0.0-alpha2"))


@pytest.mark.parametrize(
    ("document", "older"),
    [
        ("info: {display: Docks}", "info: {label: Docks}"),
        ("tools:\n      list:\n", "tools:\n      - name: list\n"),
        ("ikanos: 1.0.0-beta5", "ikanos: 1.0.0-beta5-SNAPSHOT"),
        ("from: x.yaml", "location: x.yaml"),
    ],
)
def test_the_older_forms_are_deprecated(document: str, older: str) -> None:
    text = IKANOS.replace(document, older)
    assert text != IKANOS
    assert errors(text) == []
    assert errors(text, without_dialect(json_schema()))
    assert errors(IKANOS, without_dialect(json_schema())) == []


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ("ikanos: 1.0.0-beta5", "ikanos: 1.0.0-alpha2"),
        ("ikanos: 1.0.0-beta5", "ikanos: 2"),
        ("display: All", "dispaly: All"),
        ("display: All", "display: [All]"),
        ("display: All", "name: {}"),
    ],
)
def test_a_wrong_version_and_key_is_marked(document: str, wrong: str) -> None:
    assert document in IKANOS
    assert errors(IKANOS.replace(document, wrong))


def test_every_form_of_the_dialect_names_the_official_one() -> None:
    forms = list(deprecations(json_schema()))
    assert len(forms) > 100
    assert all(form["description"].endswith(".") for form in forms)


def deprecations(fragment: Any) -> Any:
    if is_deprecated(fragment):
        yield fragment
    parts = fragment.values() if isinstance(fragment, dict) else fragment
    if isinstance(fragment, dict | list):
        for part in parts:
            yield from deprecations(part)


def without_dialect(fragment: Any) -> Any:
    """Return the schema as it is for somebody who writes nothing deprecated."""
    match fragment:
        case dict():
            parts = {key: without_dialect(value) for key, value in fragment.items()}
            return {key: part for key, part in parts.items() if not is_deprecated(part)}
        case list():
            return [without_dialect(p) for p in fragment if not is_deprecated(p)]
        case _:
            return fragment


def is_deprecated(fragment: Any) -> bool:
    return isinstance(fragment, dict) and fragment.get("deprecated") is True


def test_a_document_that_was_fixed_has_nothing_deprecated(tmp_path: Path) -> None:
    spec = tmp_path / "training-runs.yaml"
    text = (ROOT / "specs" / "training-runs.yaml").read_text(encoding="utf-8")
    # The official language has no description of a REST adapter, and no required
    # parameter of an operation; nothing replaces them.
    for extension in (
        r"    description: REST adapter .*\n(      .*\n)*",
        r"(?<=Request body \(JSON\)\.\n)          required: true\n",
    ):
        text, count = re.subn(extension, "", text, count=1)
        assert count == 1
    spec.write_text(text, encoding="utf-8")
    official = without_dialect(json_schema())
    assert errors(spec.read_text("utf-8"), official)
    assert main(["fix", "--quiet", str(spec)]) == 0
    assert errors(spec.read_text("utf-8"), official) == []


def test_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
