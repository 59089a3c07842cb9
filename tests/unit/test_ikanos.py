"""Ikanos: its spelling has the meaning of Naftiko's, with the places of the author."""

import json
import re
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import yaml
from documents import capability, errors, findings, messages, resolve

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.report import Code, Report, Severity
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.dialects import spell_imports
from naftiko_gen.dialects.detection import Dialect
from naftiko_gen.dialects.rewriting import EXPOSES as ADAPTERS
from naftiko_gen.dialects.rewriting import mappings
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping

IKANOS = [dialect for dialect in Dialect if dialect.key == "ikanos"]

INFO = """\
info: {display: Docks, description: Docks and berths., version: "2.1"}
binds:
- namespace: env
  keys: {DOCK_TOKEN: DOCK_TOKEN}
"""
CONSUMES = Path(__file__).with_name("ikanos_consumes.yaml").read_text("utf-8")
EXPOSES = Path(__file__).with_name("ikanos_exposes.yaml").read_text("utf-8")
NAFTIKO = Path(__file__).with_name("ikanos_naftiko.yaml").read_text("utf-8")


def ikanos(consumes: str = CONSUMES, exposes: str = EXPOSES, info: str = INFO) -> str:
    """Return an Ikanos spec."""
    return (
        f"{Dialect.IKANOS_BETA5.line}\n{info}capability:\n  consumes:\n"
        + indent(dedent(consumes), "  ")
        + "  exposes:\n"
        + indent(dedent(exposes), "  ")
    )


def parse_spec(text: str) -> Mapping:
    """Return a spec as it is before its imports are read."""
    tree = load(dedent(text).encode(), Report("spec.yaml"))
    assert tree is not None
    return spell_imports(tree, Report("spec.yaml"))


# --- meaning -----------------------------------------------------

FREE = "free: {in: query}"
DISPLAY = "display: List berths"
ROOT = f"{Dialect.IKANOS_BETA5.line}\n"
RESOURCE = (
    "apiVersion: naftiko.io/v1alpha3\nkind: Capability\nmetadata: {name: docks}\n"
)


def in_resource(text: str) -> str:
    return f"{RESOURCE}spec:\n{indent(text, '  ')}"


SAME = {
    **{dialect.line: ikanos().replace(ROOT, f"{dialect.line}\n") for dialect in IKANOS},
    "a list with names": NAFTIKO.replace(Dialect.ALPHA2.line, ROOT.strip()),
    "a name without a value": ikanos().replace(FREE, "free:"),
    "the same name": ikanos().replace(FREE, "free: {name: free, in: query}"),
    "tags": ikanos().replace(DISPLAY, f"{DISPLAY}\n        tags: [docks]"),
    "a resource": in_resource(ikanos()),
    "a resource without a version": in_resource(ikanos().removeprefix(ROOT)),
    "a resource of sections": in_resource(
        f"{INFO}consumes:\n{CONSUMES}exposes:\n{EXPOSES}"
    ),
    "the environment": ikanos(
        info=INFO.replace("- namespace: env", "- namespace: env\n  location: env://")
    ),
    "a required input": ikanos().replace("The dock.}", "The dock., required: true}"),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_both_languages_mean_the_same(text: str) -> None:
    assert capability(text) == capability(NAFTIKO)


OTHERS = {
    "an unknown key": (DISPLAY, "displya: List berths", "unknown-key"),
    "a text in place of a mapping": (FREE, "free: text", "wrong-type"),
    "a list in place of a mapping": (FREE, "free: [1]", "wrong-type"),
    "a second name": (FREE, "free: {name: open, in: query}", "unknown-key"),
    "tags that are no list": (DISPLAY, "tags: docks", "wrong-type"),
    "two root keys": (ROOT, f"{Dialect.ALPHA2.line}\n{ROOT}", "not-a-capability"),
}


@pytest.mark.parametrize(("old", "new", "code"), OTHERS.values(), ids=OTHERS)
def test_other_spellings_are_errors(old: str, new: str, code: str) -> None:
    text = ikanos().replace(old, new, 1)
    [(slug, place)] = errors(text)
    assert slug == code
    assert code == "not-a-capability" or place in new


def test_a_spec_in_the_newer_spelling_is_left_without_notes() -> None:
    slugs = {slug for slug, _ in findings(ikanos())}
    assert slugs == {slug for slug, _ in findings(NAFTIKO)} - {"capability-version"}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_snapshot_is_read_with_a_warning(dialect: Dialect) -> None:
    text = ikanos() if dialect in IKANOS else NAFTIKO
    root = text.splitlines()[0]
    diagnostics = findings(text.replace(root, f"{dialect.line}-SNAPSHOT"))
    assert ("snapshot-version", f"{dialect.version}-SNAPSHOT") in diagnostics


def test_lists_with_names_are_read_as_well() -> None:
    text = NAFTIKO.replace(Dialect.ALPHA2.line, Dialect.IKANOS_BETA5.line)
    notes = [note for note in findings(text) if note[0] == "older-spelling"]
    assert capability(text) == capability(NAFTIKO)
    assert {line.partition(":")[0].strip() for _, line in notes} == {
        *("label", "inputParameters", "resources", "operations"),
        *("outputParameters", "tools", "skills"),
    }


def test_the_order_of_names_is_kept() -> None:
    names = ("zebra", "apple", "mango")
    tool = "description: Lists., call: docks.list-berths, with: {dock: a}"
    tools = "".join(f"    {name}: {{{tool}}}\n" for name in names)
    exposes = f"- type: mcp\n  namespace: x\n  port: 8081\n  tools:\n{tools}"
    (adapter,) = capability(ikanos(exposes=exposes)).mcp
    assert tuple(tool.name for tool in adapter.tools) == names


def test_the_explanation_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "docks.yaml"
    in_list, in_map = "{name: free, in: query}", "free: {in: query}"
    explanations = []
    for text in (
        NAFTIKO.replace(', version: "2.1"', "").replace(in_list, "{name: free}"),
        ikanos().replace(', version: "2.1"', "").replace(in_map, "free:"),
    ):
        spec.write_text(text, encoding="utf-8")
        assert main(["explain", str(spec)]) == 0
        explanations.append(re.sub(r"line \d+", "line", capsys.readouterr().out))
    assert "parameter-place" in explanations[0]
    assert explanations[0] == explanations[1]


# --- places ------------------------------------------------------


def test_a_name_is_pointed_at_where_it_stands() -> None:
    (tool,) = mappings(parse_spec(ikanos()), (*ADAPTERS, "tools"))
    line = ikanos().splitlines().index("      list-berths:") + 1
    assert tool.value_span("name") == Span(line, 7, len("list-berths"))


def test_messages_have_the_words_of_the_language() -> None:
    text = ikanos().replace("display: List berths", "display: [1]")
    assert "'display' must be text" in messages(text)


# --- words -------------------------------------------------------


def test_an_older_word_beside_the_newer_one_is_ignored() -> None:
    info = INFO.replace("display: Docks", "label: Piers, display: Docks")
    assert capability(ikanos(info=info)).label == "Docks"
    message = "'label' is ignored, because there is 'display'"
    assert message in messages(ikanos(info=info))


def test_an_ignored_word_is_pointed_at() -> None:
    info = INFO.replace("display: Docks", "display: Docks, label: Piers")
    notes = dict(findings(ikanos(info=info)))
    assert notes["older-spelling"].startswith("label: Piers")


SPELLINGS = yaml.safe_load(
    Path(__file__).with_name("ikanos_spellings.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("case", SPELLINGS.values(), ids=SPELLINGS)
def test_parts_are_read_in_the_words_of_naftiko(case: dict[str, Any]) -> None:
    head = {"ikanos": "1.0.0-beta5"}
    tree = parse_spec(json.dumps({**head, **case["written"]}))
    assert tree.plain() == {**head, **case["read"]}


# --- root --------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "hint"),
    [
        ("ikanos: 1.0.0-alpha9", "write `ikanos: 1.0.0-beta5`"),
        ("ikanos: 0.9.0", "write `ikanos: 1.0.0-beta5`"),
        ("ikanos: 1.0.0-gamma6", "write `ikanos: 1.0.0-beta5`"),
        ("naftiko: 1.0.0-beta6", "write `naftiko: 1.0.0-alpha2`"),
        ("ikanos: 1.0.0-alpha2", "write `naftiko: 1.0.0-alpha2`"),
        ("naftiko: 1.0.0-beta5", "write `ikanos: 1.0.0-beta5`"),
        ("naftiko: 1", "write `naftiko: 1.0.0-alpha2`"),
        ("ikanos: {}", "write `ikanos: 1.0.0-beta5`"),
        ("ikanos: 1.0.0-beta5-SNAPSHOT-1", "write `ikanos: 1.0.0-beta5`"),
    ],
)
def test_an_unknown_version_is_refused(root: str, hint: str) -> None:
    text = ikanos().replace(Dialect.IKANOS_BETA5.line, root)
    (diagnostic,) = resolve(text)[1].diagnostics
    assert (diagnostic.code.slug, diagnostic.hint) == ("unknown-version", hint)


@pytest.mark.parametrize(
    "version",
    [
        *("1.0.0-beta6", "1.0.0-beta10", "1.0.0-rc.1", "1.0.0", "1.0.1-alpha1"),
        *("2.1.0", "1.0.0-beta6-SNAPSHOT"),
    ],
)
def test_a_newer_version_is_read_as_the_newest_known_one(version: str) -> None:
    text = ikanos().replace(Dialect.IKANOS_BETA5.version, version)
    newer_capability, reading = resolve(text)
    [warning] = [d for d in reading.diagnostics if d.severity is Severity.WARNING]
    assert newer_capability == capability(ikanos())
    assert warning.code is Code.SNAPSHOT_VERSION
    assert warning.message == f"version {version} is read by the rules of 1.0.0-beta5"


@pytest.mark.parametrize("section", ["consumes", "exposes", "aggregates", "binds"])
def test_a_file_of_declarations_exposes_nothing(section: str) -> None:
    text = f"ikanos: 1.0.0-beta5\n{section}: []\n"
    assert errors(text) == [("nothing-exposed", f"{section}: []")]


# --- imports -----------------------------------------------------


def write_docks(folder: Path, root: str, consumes: str) -> None:
    content = f"{root}\nconsumes:\n{dedent(consumes)}"
    (folder / "docks.yaml").write_text(content, encoding="utf-8")


def test_an_import_names_its_file_with_from(tmp_path: Path) -> None:
    write_docks(tmp_path, Dialect.IKANOS_ALPHA4.line, CONSUMES)
    text = ikanos(consumes="- {from: ./docks.yaml, import: docks}\n")
    result, reading = resolve(text, tmp_path / "spec.yaml")
    assert result is not None
    assert result.operations == capability(NAFTIKO).operations
    assert not [d for d in reading.diagnostics if d.code.slug == "import-location"]


def test_each_file_is_read_in_its_own_language(tmp_path: Path) -> None:
    write_docks(tmp_path, Dialect.IKANOS_BETA5.line, CONSUMES)
    start = NAFTIKO.index("  - namespace: docks")
    imports = "  - {location: docks.yaml, import: docks}\n"
    text = NAFTIKO[:start] + imports + NAFTIKO[NAFTIKO.index("  exposes:") :]
    result, _ = resolve(text, tmp_path / "spec.yaml")
    assert result is not None
    assert result.operations == capability(NAFTIKO).operations


def test_messages_about_imports_have_the_words_of_the_language(tmp_path: Path) -> None:
    write_docks(tmp_path, Dialect.IKANOS_BETA5.line, CONSUMES)
    text = ikanos(consumes="- {file: docks.yaml, import: docks}\n")
    result, reading = resolve(text, tmp_path / "spec.yaml")
    assert result is not None
    assert "'file' is read as 'from'" in {d.message for d in reading.diagnostics}


def test_a_missing_file_is_named_in_the_words_of_the_language() -> None:
    text = ikanos(consumes="- {import: docks}\n")
    assert "'from' is missing" in messages(text)


# --- other documents ---------------------------------------------


def test_a_reference_to_a_capability_is_refused() -> None:
    text = f"{RESOURCE}specRef: {{configMap: docks}}\n"
    assert errors(text) == [("not-a-capability", "specRef: {configMap: docks}")]


def test_a_fleet_manifest_is_refused_by_its_name() -> None:
    text = "naftiko: 1.0.0-alpha2\nfleet:\n  capabilities: [docks.yaml]\n"
    assert errors(text) == [("not-a-capability", "fleet:")]
    assert "fleet manifest" in messages(text)[0]
