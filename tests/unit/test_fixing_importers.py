"""Texts that `naftiko-gen fix` keeps in a spec because another one imports it."""

import shutil
from pathlib import Path

import pytest

from naftiko_gen import frontend
from naftiko_gen.cli import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.tools.fix.hints import without_hints

OPTIONS = Options(output=Path())

SPECS = Path(__file__).with_name("importers")
"""A spec, and another one that imports it."""
SHOP = (SPECS / "shop.yaml").read_text("utf-8")
KEPT = """\
          # naftiko-gen: extension
          description: As on its back.
"""


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return a spec that imports another one, and that other one."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SPECS, tmp_path, dirs_exist_ok=True)
    return {name: Path(f"{name}.yaml") for name in ("shop", "library")}


def read(spec: Path) -> frontend.Reading:
    reading = frontend.read(spec, OPTIONS)
    assert reading.meaning is not None, [d.message for d in reading.diagnostics]
    return reading


def fix(*arguments: str) -> Exit:
    return Exit(main.main(["fix", "--quiet", *arguments]))


def test_texts_that_an_importer_needs_are_acknowledged(specs: dict[str, Path]) -> None:
    Path("naftiko-gen.toml").write_text('specs = ["*.yaml"]\n', "utf-8")
    before = read(specs["shop"]).meaning
    assert fix("library.yaml") == Exit.DONE
    after = read(specs["shop"]).meaning
    assert before
    assert after
    assert after.capability == before.capability
    assert KEPT in specs["library"].read_text("utf-8")
    assert specs["shop"].read_text("utf-8") == SHOP


@pytest.mark.parametrize("importer", ["library.yaml", "none*.yaml"])
def test_texts_that_no_known_importer_needs_go(
    specs: dict[str, Path], importer: str
) -> None:
    Path("naftiko-gen.toml").write_text(f'specs = ["{importer}"]\n', "utf-8")
    assert fix("library.yaml") == Exit.DONE
    assert "As on its back." in specs["library"].read_text("utf-8")
    assert KEPT not in specs["library"].read_text("utf-8")


def test_importers_are_fixed_first(specs: dict[str, Path]) -> None:
    before = {name: read(spec).meaning for name, spec in specs.items()}
    assert fix("library.yaml", "shop.yaml") == Exit.DONE
    for name, spec in specs.items():
        reading, was = read(spec), before[name]
        assert reading.diagnostics == ()
        assert reading.meaning
        assert was
        assert reading.meaning.capability == was.capability
        assert "naftiko-gen:" not in spec.read_text("utf-8")
        assert "description: As on its back." in spec.read_text("utf-8")


def test_a_difference_is_that_of_a_run(
    specs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {spec: spec.read_text("utf-8") for spec in specs.values()}
    assert fix("library.yaml", "shop.yaml", "--diff") == Exit.FAILED
    assert {spec: spec.read_text("utf-8") for spec in specs.values()} == texts
    output = capsys.readouterr().out
    lines = [line for line in output.splitlines() if line.startswith("-   ")]
    assert lines == ["-          description: As on its back."]
    assert output.index("b/shop.yaml") < output.index("b/library.yaml")


def test_importers_may_get_other_hints_before(specs: dict[str, Path]) -> None:
    tool, _, _ = SHOP.partition("inputParameters:")
    text = f"{tool}call: library.lend\n      hints: {{readOnly: true}}\n"
    specs["shop"].write_text(text, "utf-8")
    before = read(specs["shop"]).meaning
    assert fix("library.yaml", "shop.yaml") == Exit.DONE
    reading = read(specs["shop"])
    assert {d.code for d in reading.diagnostics} <= {Code.UNGUARDED_OPERATION}
    assert before
    assert reading.meaning
    assert reading.meaning.capability != before.capability
    after = without_hints(reading.meaning.capability)
    assert after == without_hints(before.capability)
    assert read(specs["library"]).diagnostics == ()


def test_a_neighbour_that_is_wrong_is_no_importer(specs: dict[str, Path]) -> None:
    specs["shop"].write_text(SHOP.replace("library.get", "library.got"), "utf-8")
    assert fix("library.yaml", "shop.yaml") == Exit.FAILED
    assert read(specs["library"]).diagnostics == ()
