"""Commands with specs that import: messages, secrets, and being up to date."""

import json
from pathlib import Path

import pytest
from documents import document, tools

from naftiko_gen.cli.main import main

pytestmark = pytest.mark.usefixtures("place")

CALL = "- name: list\n  description: List things.\n  call: api.list\n"
OFFICIAL = "- {import: api, location: shared.yaml}\n"


def shared_file(host: str = "api") -> str:
    """Return a file that declares one API at its root."""
    return (
        "naftiko: 1.0.0-alpha2\nconsumes:\n- type: http\n  namespace: api\n"
        f"  baseUri: https://{host}.example.com\n"
        "  resources:\n"
        "  - {name: r, path: /r, operations: [{name: list, method: GET}]}\n"
    )


def capability(consumes: str = OFFICIAL) -> str:
    return document(consumes, tools(CALL))


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


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
