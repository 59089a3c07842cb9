"""Imports: declarations of other files become a part of the document."""

import json
from pathlib import Path

import pytest
from documents import document, resolve, tools

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.dialects import IMPORT_RULES, spell_imports
from naftiko_gen.imports import complete
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

pytestmark = pytest.mark.usefixtures("place")

CALL = "- name: list\n  description: List things.\n  call: api.list\n"
OFFICIAL = "- {import: api, location: shared.yaml}\n"


def shared_file(namespace: str = "api", binds: str = "", host: str = "api") -> str:
    """Return a file that declares one API at its root."""
    return (
        f"naftiko: 1.0.0-alpha2\n{binds}"
        "consumes:\n"
        f"- type: http\n  namespace: {namespace}\n"
        f"  baseUri: https://{host}.example.com\n"
        "  resources:\n"
        "  - {name: r, path: /r, operations: [{name: list, method: GET}]}\n"
    )


def capability(consumes: str = OFFICIAL, before: str = "") -> str:
    return document(consumes, tools(CALL), before)


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def slugs(text: str, *severities: Severity) -> list[str]:
    wanted = severities or (Severity.ERROR, Severity.WARNING)
    report = resolve(text)[1]
    return [d.code.slug for d in report.diagnostics if d.severity in wanted]


def tree(text: str) -> Mapping:
    root = load(text.encode(), Report("spec.yaml"))
    assert root is not None
    return root


def consumed_apis(text: str) -> list[dict[str, Plain]]:
    """Return the APIs that a document consumes, including its imports."""
    root = complete(tree(text), Path("spec.yaml"), Report("spec.yaml")).tree
    assert root is not None
    return entries(root.get("capability"))


def entries(holder: Node | None) -> list[dict[str, Plain]]:
    consumes = holder.get("consumes") if isinstance(holder, Mapping) else None
    assert isinstance(consumes, Sequence)
    plain = (node.plain() for node in consumes)
    return [entry for entry in plain if isinstance(entry, dict)]


def namespaces(text: str) -> list[Plain]:
    return [entry["namespace"] for entry in consumed_apis(text)]


# --- spellings ---------------------------------------------------


SPELLINGS = {
    "root list": ("imports: [{import: api, location: shared.yaml}]", ["import-list"]),
    "root mapping": ("import: {import: api, location: shared.yaml}", ["import-list"]),
    "url": (
        "imports: [{url: shared.yaml, namespace: api}]",
        ["import-list", "import-location", "import-name"],
    ),
    "name": (
        "import: [{name: api, location: shared.yaml}]",
        ["import-list", "import-name"],
    ),
    "text": ("imports: [./shared.yaml]", ["import-list", "import-location"]),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_lists_of_imports(spelling: str) -> None:
    before, notes = SPELLINGS[spelling]
    write("shared.yaml", shared_file())
    text = capability("", f"{before}\n")

    assert namespaces(text) == ["api"]
    assert slugs(text, *Severity) == notes


@pytest.mark.parametrize(
    ("entry", "notes"),
    [
        ("{namespace: api, ref: shared.yaml}", ["import-location", "import-name"]),
        ("{from: ./shared.yaml, import: api}", ["import-location"]),
        ("{location: 'file:///./shared.yaml', import: api}", []),
        ("{location: 'file:shared.yaml', import: api}", []),
        ("{location: sub/../shared.yaml, import: api}", []),
    ],
)
def test_entries_of_consumes(entry: str, notes: list[str]) -> None:
    write("shared.yaml", shared_file())
    text = capability(f"- {entry}\n")
    assert namespaces(text) == ["api"]
    assert slugs(text, *Severity) == notes


def test_every_rule_is_idempotent() -> None:
    node = tree(capability("", "imports: [a.yaml, {url: b.yaml, name: b}]\n"))
    once = spell_imports(node, Report("spec.yaml"))
    report = Report("spec.yaml")
    for rule in IMPORT_RULES[:2]:
        assert rule(once, report) == once
    assert report.diagnostics == []


# --- valid imports -----------------------------------------------


def test_one_of_several_apis_is_taken() -> None:
    both = shared_file() + shared_file("other").partition("consumes:\n")[2]
    write("shared.yaml", both)
    assert namespaces(capability()) == ["api"]
    assert namespaces(capability("- shared.yaml\n")) == ["api", "other"]
    text = capability("- {location: shared.yaml, as: api}\n")
    assert slugs(text) == ["unknown-import"]
    text = capability("- {location: shared.yaml, namespace: third}\n")
    assert slugs(text) == ["unknown-import"]


def test_two_files_with_one_namespace_are_merged() -> None:
    write("shared.yaml", shared_file())
    write("other.yaml", shared_file())
    assert slugs(capability("- shared.yaml\n- other.yaml\n"))[:1] == [
        "merged-namespace"
    ]


# --- binds -------------------------------------------------------

BINDS = "binds: [{namespace: env, keys: {TOKEN: API_TOKEN}}]\n"
BEARER = "  authentication: {type: bearer, token: '{{TOKEN}}'}\n  resources:"


def test_a_name_counts_in_the_file_that_binds_it() -> None:
    write("shared.yaml", shared_file(binds=BINDS).replace("  resources:", BEARER))
    text = capability(before=BINDS.replace("API_TOKEN", "OWN_TOKEN"))
    result, _ = resolve(text)
    assert result is not None
    assert [v.name for v in result.variables] == ["API_TOKEN"]
    assert slugs(text, Severity.NOTE) == ["unused-binding"]


# --- refused imports ---------------------------------------------


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{import: api, location: missing.yaml}", "import-not-found"),
        ("{import: api, location: sub/missing.yaml}", "import-not-found"),
        ("{import: apis, location: shared.yaml}", "unknown-import"),
        ("{import: api}", "missing-key"),
        ("{import: api, location: 5}", "wrong-type"),
        ("{import: api, location: shared.yaml, alias: b}", "unknown-key"),
        ("{openapi: api, location: openapi.yaml}", "unusable-openapi"),
        ("{import: api, location: openapi.yaml}", "unusable-openapi"),
        ("{import: api, location: empty.yaml}", "unknown-import"),
        ("{import: api, location: later.yaml}", "unknown-version"),
        ("{import: api, location: cut.yaml}", "truncated-document"),
        ("{import: api, location: broken.yaml}", "yaml-syntax"),
    ],
)
def test_parts_that_cannot_be_imported(entry: str, code: str) -> None:
    write("shared.yaml", shared_file())
    write("openapi.yaml", "openapi: 3.1.0\npaths: {}\n")
    write("empty.yaml", "registry-token: secret\n")
    write("later.yaml", shared_file().replace("alpha2", "gamma"))
    write("cut.yaml", f"{shared_file()}# --- truncated at 32 KB (40 KB total) ---\n")
    write("broken.yaml", "consumes: [")
    assert slugs(capability(f"- {entry}\n")) == [code]


def test_a_stub_is_refused_before_its_imports_are_read() -> None:
    text = document(OFFICIAL, "- {type: mcp, namespace: m, port: 1}\n")
    assert slugs(text) == ["empty-adapter"]


def test_a_finding_in_a_file_says_where_and_how_it_was_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("first.yaml", f"consumes:\n{OFFICIAL}")
    write("shared.yaml", shared_file().replace("https://", "ftp://"))
    write("spec.yaml", capability("- {import: api, location: first.yaml}\n"))

    main(["spec.yaml"])
    text = capsys.readouterr().err
    main(["spec.yaml", "--format", "json"])
    [diagnostic] = json.loads(capsys.readouterr().out)["diagnostics"]

    assert "shared.yaml:5:12: error[unusable-base-uri]" in text
    places = ["first.yaml:2:27", "spec.yaml:4:29"]
    assert "".join(f"  imported at {place}\n" for place in places) in text
    # The line may hold a secret.
    assert "baseUri" not in text
    assert (diagnostic["file"], diagnostic["line"]) == ("shared.yaml", 5)
    assert diagnostic["imported_at"] == places


def test_nothing_of_a_file_that_declares_nothing_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("secrets.yaml", 'token: "sesame\nother: [\n')
    write("spec.yaml", capability("- {import: api, location: secrets.yaml}\n"))
    assert main(["spec.yaml"]) == 1
    assert "sesame" not in capsys.readouterr().err


# --- being up to date --------------------------------------------


def compile_quietly(*arguments: str) -> int:
    return main(["spec.yaml", "-o", "out", "-q", *arguments])


def test_a_changed_import_is_noticed() -> None:
    write("shared.yaml", shared_file())
    write("spec.yaml", capability())
    assert compile_quietly() == 0
    assert compile_quietly("--check") == 0
    manifest = json.loads(Path("out/spec/.naftiko-gen.json").read_text("utf-8"))
    assert list(manifest["spec"]["imports"]) == ["shared.yaml"]

    write("shared.yaml", shared_file(host="elsewhere"))
    assert compile_quietly("--check") == 1
    Path("shared.yaml").unlink()
    assert compile_quietly("--check") == 1


def test_a_link_that_leads_elsewhere_is_noticed() -> None:
    write("a.yaml", shared_file())
    write("b.yaml", shared_file(host="elsewhere"))
    Path("shared.yaml").symlink_to("a.yaml")
    write("spec.yaml", capability())
    assert compile_quietly() == 0

    Path("shared.yaml").unlink()
    Path("shared.yaml").symlink_to("b.yaml")
    assert compile_quietly("--check") == 1


def test_an_import_root_is_needed_again(capsys: pytest.CaptureFixture[str]) -> None:
    write("common/shared.yaml", shared_file())
    text = capability("- {import: api, location: ../common/shared.yaml}\n")
    write("specs/spec.yaml", text)
    command = ["specs/spec.yaml", "-o", "out", "-q"]

    assert main([*command, "--import-root", "."]) == 0
    assert main([*command, "--import-root", ".", "--check"]) == 0
    assert main([*command, "--check"]) == 1
    assert "--import-root" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--import-root", "nowhere"])
