"""The library: the questions of a build tool, and its results."""

import inspect
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

import naftiko_gen
from imported_books import BOOKS, importing
from naftiko_gen import Diagnostic, Options, Severity, compile_spec

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "specs" / "training-runs.yaml").read_text("utf-8")
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Work in a directory with a spec, and insist that nothing is printed."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(SPEC, "utf-8")
    yield
    assert capfd.readouterr() == ("", "")


def files(directory: Path) -> set[Path]:
    return {path for path in directory.rglob("*") if path.is_file()}


def test_written_files_are_listed() -> None:
    result = compile_spec("a.yaml", Options(Path("out")))

    assert result.ok
    assert result.changed
    assert (result.spec, result.package) == (Path("a.yaml"), Path("out/a"))
    assert set(result.written) == files(Path("out/a"))
    assert (result.unchanged, result.removed, result.imports) == ((), (), ())
    severities = {diagnostic.severity for diagnostic in result.diagnostics}
    assert severities == {Severity.NOTE, Severity.WARNING}


@pytest.mark.parametrize("is_cached", [False, True])
def test_packages_up_to_date_are_left_alone(*, is_cached: bool) -> None:
    first = compile_spec("a.yaml", Options(Path("out")))

    second = compile_spec("a.yaml", Options(Path("out"), cached=is_cached))

    assert second.ok
    assert not second.changed
    assert set(second.unchanged) == files(Path("out/a")) - {Path("out/a/README.md")}
    assert second.diagnostics == first.diagnostics


def test_changes_are_told_apart() -> None:
    compile_spec("a.yaml", Options(Path("out")))
    before = files(Path("out"))
    Path("a.yaml").write_text(SPEC.partition("  - type: mcp\n")[0], "utf-8")

    dry = compile_spec("a.yaml", Options(Path("out"), dry=True))
    assert files(Path("out")) == before
    result = compile_spec("a.yaml", Options(Path("out")))

    assert Path("out/a/a/mcp_server.py") in result.removed
    assert set(result.removed) == before - files(Path("out"))
    assert Path("out/a/a/rest.py") in result.unchanged
    assert (dry.written, dry.removed) == (result.written, result.removed)


@pytest.mark.parametrize("again", [False, True])
def test_imports_are_listed(*, again: bool) -> None:
    Path("specs/shared").mkdir(parents=True)
    Path("specs/shared/books.yaml").write_text(BOOKS, "utf-8")
    Path("specs/library.yaml").write_text(importing("./shared/books.yaml"), "utf-8")
    if again:
        compile_spec("specs/library.yaml", Options(Path("out")))

    result = compile_spec("specs/library.yaml", Options(Path("out")))

    assert result.ok
    assert result.changed is not again
    assert result.imports == (Path("specs/shared/books.yaml"),)


# --- errors ----------------------------------------------------------------------


def test_a_spec_that_is_wrong_changes_nothing() -> None:
    compile_spec("a.yaml", Options(Path("out")))
    before = {path: path.read_bytes() for path in files(Path("out"))}
    wrong = SPEC.replace("call: training-runs.deleterun", "call: nothing", 1)
    Path("a.yaml").write_text(wrong, "utf-8")

    result = compile_spec("a.yaml", Options(Path("out")))

    assert not result.ok
    assert not result.changed
    assert {path: path.read_bytes() for path in files(Path("out"))} == before
    [error] = [d for d in result.diagnostics if d.severity is Severity.ERROR]
    line = wrong.splitlines().index("        call: nothing") + 1
    assert (error.code, error.line, error.column) == ("unknown-operation", line, 15)
    assert str(error).startswith(f"a.yaml:{line}:15: error[unknown-operation] no")


def test_a_spec_that_is_missing_is_no_exception() -> None:
    result = compile_spec("nowhere.yaml", Options(Path("out")))

    [error] = result.diagnostics
    assert (error.code, error.line) == ("unreadable-file", None)
    assert str(error).startswith("nowhere.yaml: error[unreadable-file] ")


def test_severities_are_by_code() -> None:
    options = Options(
        Path("out"),
        dry=True,
        severities={"bearer-value": None, "single-brace-path": Severity.ERROR},
    )

    result = compile_spec("a.yaml", options)

    by_code = {d.code: d.severity for d in result.diagnostics}
    assert not result.ok
    assert "bearer-value" not in by_code
    assert by_code["single-brace-path"] is Severity.ERROR


@pytest.mark.parametrize("code", ["no-such-code", "duplicate-key"])
def test_severities_of_other_codes_are_a_mistake_of_the_program(code: str) -> None:
    with pytest.raises(ValueError, match=code):
        Options(Path("out"), severities={code: None})


def test_no_configuration_is_read() -> None:
    Path("naftiko-gen.toml").write_text("nonsense = true\n", "utf-8")

    assert compile_spec("a.yaml", Options(Path("out"), dry=True)).ok


# --- the page --------------------------------------------------------------------


def test_the_page_names_all_that_is_public() -> None:
    rows = dict(re.findall(r"^\| `(\w+)[^|]*\| (.*) \|$", PAGE, re.MULTILINE))

    assert sorted(rows) == sorted(naftiko_gen.__all__)
    for type_ in (Options, naftiko_gen.Result, Diagnostic):
        fields = {name for name, _ in inspect.getmembers(type_) if name[0] != "_"}
        names = fields | set(inspect.signature(type_).parameters)
        assert set(re.findall(r"`(\w+)`", rows[type_.__name__])) == names


def test_the_example_of_the_api_runs(capfd: pytest.CaptureFixture[str]) -> None:
    Path("specs").mkdir()
    Path("a.yaml").rename("specs/orders.yaml")
    [program] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    Path("example.py").write_text(program, "utf-8")

    runpy.run_path("example.py")

    lines = capfd.readouterr().out.splitlines()
    assert lines[-1].endswith("files are new or changed in src/orders")
    assert all(line.startswith("specs/orders.yaml:") for line in lines[:-1])
