"""Newer runtimes: the message of `--check`, and `naftiko-gen runtime`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = Path(__file__).parents[1] / "diagnostics" / "clean.yaml"
RUN = ("books.yaml", "-o", "out", "--no-cache")
SECURITY = "### Security\n\n- A flaw is mended."


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the runtime of today."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SPEC, "books.yaml")
    shutil.copy(SPEC, "orders.yaml")
    main([*RUN, "-q"])
    return tmp_path / "out" / "books"


def files(root: str | Path) -> dict[str, bytes]:
    paths = (path for path in Path(root).rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


# --- --check -----------------------------------------------------


def test_an_older_runtime_is_a_note(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.1.0")

    assert main([*RUN, "--check", "--format", "json"]) == Exit.DONE

    [diagnostic] = outdated(capsys)
    assert diagnostic["severity"] == "note"
    assert "has the runtime 1.0.0, and 1.1.0 is out" in diagnostic["message"]
    assert main([*RUN, "--check"]) == Exit.DONE
    said = capsys.readouterr()
    assert said.out == ""
    assert "(naftiko-gen runtime --update out/books)" in said.err


def test_a_mended_flaw_is_a_warning(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.2.0", f"Nothing.\n\n## 1.1.0\n\n{SECURITY}")

    assert main([*RUN, "--check", "--format", "json"]) == Exit.DONE

    [diagnostic] = outdated(capsys)
    assert diagnostic["severity"] == "warning"
    assert diagnostic["message"].endswith(": 1.1.0 mends flaws")


def test_flaws_that_the_copy_has_no_more_are_no_warning(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.1.0", f"Nothing.\n\n## 1.0.0\n\n{SECURITY}")

    main([*RUN, "--check", "--format", "json"])

    [diagnostic] = outdated(capsys)
    assert diagnostic["severity"] == "note"


@pytest.mark.parametrize(("severity", "status"), [("error", 1), ("silent", 0)])
def test_the_configuration_sets_its_severity(
    severity: str,
    status: int,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = f'specs = ["books.yaml"]\n[codes]\noutdated-runtime = "{severity}"\n'
    Path("naftiko-gen.toml").write_text(text, "utf-8")
    main([*RUN, "-q"])
    newer_runtime("1.1.0", SECURITY)

    assert main(["-q", "-o", "out", "--no-cache", "--check"]) == status
    assert "outdated-package" not in capsys.readouterr().err


def test_a_changed_spec_is_an_error_as_always(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.1.0")
    text = Path("books.yaml").read_text("utf-8")
    Path("books.yaml").write_text(text.replace("9090", "9091"), "utf-8")

    assert main([*RUN, "--check"]) == Exit.FAILED
    assert "error[outdated-package]" in capsys.readouterr().err


def test_a_copy_that_is_of_no_release_is_an_error(
    package: Path,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Somebody may change a module, and its digest in the manifest."""
    newer_runtime("1.1.0")
    forge(package, "books/_runtime/reply.py", b"import os\n")

    assert main([*RUN, "--check"]) == Exit.FAILED
    assert "error[outdated-package]" in capsys.readouterr().err


def forge(package: Path, path: str, content: bytes) -> None:
    from hashlib import sha256

    (package / path).write_bytes(content)
    manifest = json.loads((package / MANIFEST_NAME).read_bytes())
    manifest["files"][path] = sha256(content).hexdigest()
    (package / MANIFEST_NAME).write_text(json.dumps(manifest, indent=2), "utf-8")


@pytest.mark.parametrize("version", ["1.0.0", "0.9.0", "2.0.0"])
def test_only_a_later_version_of_the_same_major_is_a_note(
    version: str,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    newer_runtime(version)

    assert main([*RUN, "--check"]) == Exit.FAILED
    assert "error[outdated-package]" in capsys.readouterr().err


def test_a_shared_runtime_is_checked_once(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["books.yaml", "orders.yaml", "-o", "src", "--layout", "package"]
    main([*run, "-q", "--no-cache"])
    newer_runtime("1.1.0")

    check = [*run, "--no-cache", "--check", "--format", "json"]
    assert main(check) == Exit.DONE

    [diagnostic] = outdated(capsys)
    assert diagnostic["file"] == "src/_runtime"


def outdated(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    document = json.loads(capsys.readouterr().out)
    return [d for d in document["diagnostics"] if d["code"] == "outdated-runtime"]


# --- runtime --update --------------------------------------------


@pytest.mark.parametrize("named", ["out/books", "out"])
def test_an_update_equals_a_compilation(
    named: str, newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", named]) == Exit.DONE

    said = capsys.readouterr().err
    assert "out/books: the runtime is 1.1.0, it was 1.0.0; wrote 3 files" in said
    assert main([*RUN, "-q", "--check"]) == Exit.DONE
    assert main(["runtime", "--update", named]) == Exit.DONE
    assert "out/books: the runtime 1.1.0 is up to date" in capsys.readouterr().err


def test_an_update_leaves_all_other_files_alone(
    package: Path, newer_runtime: Callable[..., None]
) -> None:
    (package / "books" / "client.py").write_text("edited = True\n", "utf-8")
    (package / "notes.txt").write_text("mine\n", "utf-8")
    (package / "pyproject.toml").unlink()
    before = files(package)
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "out/books"]) == Exit.DONE

    after = files(package)
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path for path in changed if "/_runtime/" not in path} == {MANIFEST_NAME}
    gone = before.keys() - after.keys()
    assert all("/_runtime/" in path for path in gone)


def test_an_update_protects_edited_files(
    package: Path,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (package / "books/_runtime/reply.py").write_text("mine = True\n", "utf-8")
    before = files(package)
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "out/books"]) == Exit.FAILED
    assert "error[edited-generated-file]" in capsys.readouterr().err
    assert files(package) == before
    assert main(["runtime", "--update", "out/books", "--force"]) == Exit.DONE
    assert main([*RUN, "-q", "--check"]) == Exit.DONE


def test_an_update_refuses_foreign_modules_in_the_copy(
    package: Path,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (package / "books/_runtime/reply").mkdir()
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "out/books"]) == Exit.FAILED
    assert "error[foreign-module]" in capsys.readouterr().err


def test_an_update_of_a_package_updates_the_runtime_that_it_shares(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["books.yaml", "orders.yaml", "-q", "-o", "src", "--layout", "package"]
    main([*run, "--no-cache"])
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "src/books", "src"]) == Exit.DONE

    said = capsys.readouterr().err.splitlines()
    assert said == [
        "src/_runtime: the runtime is 1.1.0, it was 1.0.0; wrote 3 files",
        "src/_runtime: the runtime 1.1.0 is up to date",
    ]
    assert main([*run, "--no-cache", "--check"]) == Exit.DONE


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("2.0.0", "its modules need the runtime 1.x, and this is 2.x"),
        ("0.9.0", "its runtime 1.0.0 is newer: upgrade naftiko-gen"),
    ],
)
def test_versions_that_do_not_fit_are_refused(
    version: str,
    reason: str,
    newer_runtime: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    newer_runtime(version)

    assert main(["runtime", "--update", "out/books"]) == Exit.FAILED
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        (".", "no package in it has a copy"),
        ("lib/books", "it has no copy of the runtime"),
        ("missing", "can't read 'missing'"),
    ],
)
def test_directories_without_a_copy_are_refused(
    directory: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["books.yaml", "-q", "-o", "lib", "--runtime", "library"])

    assert main(["runtime", "--update", directory]) == Exit.FAILED
    assert reason in capsys.readouterr().err


def test_a_fault_does_not_stop_the_other_updates(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "missing", "out/books"]) == Exit.FAILED
    assert "out/books: the runtime is 1.1.0" in capsys.readouterr().err


# --- runtime -o --------------------------------------------------


def test_the_distribution_is_written_like_a_package(
    newer_runtime: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runtime", "-o", "runtime"]) == Exit.DONE
    names = {path.name for path in Path("runtime").iterdir()}
    assert names == {
        MANIFEST_NAME,
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "naftiko_runtime",
        "pyproject.toml",
    }
    before = files("runtime")
    newer_runtime("1.1.0")

    assert main(["runtime", "--update", "runtime"]) == Exit.DONE
    assert files("runtime").keys() == before.keys()
    assert b'"1.1.0"' in files("runtime")["naftiko_runtime/__init__.py"]
    Path("runtime/README.md").write_text("mine\n", "utf-8")
    assert main(["runtime", "-o", "runtime"]) == Exit.FAILED
    assert "error[edited-generated-file]" in capsys.readouterr().err


def test_the_distribution_replaces_no_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["runtime", "-o", "out/books"]) == Exit.FAILED
    assert "error[foreign-package]" in capsys.readouterr().err
    main(["runtime", "-o", "lib/books"])
    assert main(["books.yaml", "-q", "-o", "lib"]) == Exit.FAILED
    assert "holds the runtime, and no package" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["-o", "a", "--update", "b"]])
def test_it_does_one_thing_at_a_time(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["runtime", *arguments])

    assert exit_.value.code == Exit.USAGE
