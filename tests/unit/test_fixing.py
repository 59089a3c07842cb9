"""Properties of `naftiko-gen fix`: the text that it keeps, and the file it writes."""

import re
import stat
from pathlib import Path
from unittest.mock import Mock

import examples
import pytest
from examples import unpack

from golden_files import Golden
from naftiko_gen import frontend
from naftiko_gen.cli import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.publish.atomic import ReplacementError, replace_unchanged
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.tools.fix import repair
from naftiko_gen.tools.fix.context import FixContext
from naftiko_gen.tools.fix.rules import STEPS

ROOT = Path(__file__).parents[2]
OPTIONS = Options(output=Path())

ASSUMING = unpack("parameter-metadata") / "spec-moved-to-inputs.yaml"
"""A spec with diagnostics of several codes, comments and a letter beyond ASCII."""
OUTPUT = unpack("opaque-output") / "spec.yaml"
"""A spec whose last entry is deleted."""
SKILL = unpack("skill-tools") / "spec.yaml"


def fix(spec: Path, content: bytes) -> repair.Repair:
    """Fix a content of a spec, and show that its meaning is the same."""
    before = read(spec, content)
    result = repair.repair_spec(before, OPTIONS)
    after = read(spec, result.content)
    assert before.meaning
    assert after.meaning
    assert after.meaning.capability == before.meaning.capability
    assert repair.repair_spec(after, OPTIONS).content == after.content
    return result


def read(spec: Path, content: bytes) -> frontend.Reading:
    reading = frontend.read(spec, OPTIONS, content)
    assert reading.meaning is not None, [d.message for d in reading.diagnostics]
    return reading


def fix_output(spec: Path) -> bytes:
    """Return the output of `fix` for a spec."""
    [code] = (code for code in Code if code.slug == spec.parent.name)
    return examples.fix_output(code, spec.name).encode()


# --- the text --------------------------------------------------------------------


def test_a_tool_of_a_skill_that_makes_a_call_stays_as_typed() -> None:
    call = (
        "call: store.list-books\n      outputParameters: [{type: array, mapping: $.}]"
    )
    reference = "from: {sourceNamespace: shop, action: list-books}"
    result = fix(SKILL, SKILL.read_text("utf-8").replace(reference, call).encode())
    assert Code.SKILL_TOOLS in result.fixed


def test_the_comment_on_a_copied_value_stays_where_it_is() -> None:
    text = SKILL.read_text("utf-8")
    [line] = re.findall(r"^    description: .*$", text, re.MULTILINE)
    result = fix(SKILL, text.replace(line, f"{line}  # for all").encode())
    assert Code.SKILL_TOOLS in result.fixed
    assert result.content.decode().count("# for all") == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_file_that_ends_without_a_newline_still_does(
    newline: str, blank: str
) -> None:
    key = "      outputParameters:\n"
    text = OUTPUT.read_text("utf-8").replace(key, f"{blank}{key}").rstrip()
    result = fix(OUTPUT, text.replace("\n", newline).encode())
    expected = fix_output(OUTPUT).decode().rstrip()
    assert result.content.decode() == expected.replace("\n", newline)


@pytest.mark.parametrize("end", ["...\n", "...\r\n# Nothing else.\r\n", "..."])
def test_the_mark_that_ends_a_document_stays(end: str) -> None:
    newline = "\r\n" if "\r" in end else "\n"
    text = OUTPUT.read_text("utf-8").replace("\n", newline)
    expected = fix_output(OUTPUT).decode().replace("\n", newline)
    assert fix(OUTPUT, (text + end).encode()).content.decode() == expected + end


def test_a_fix_that_would_change_the_meaning_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rule that does harm comes to nothing; the others do their work."""
    monkeypatch.setattr(repair, "STEPS", ((Code.SINGLE_BRACE_PATH, _spoil), *STEPS))
    result = fix(ASSUMING, ASSUMING.read_bytes())
    assert result.content == fix_output(ASSUMING)


def _spoil(context: FixContext, _span: object) -> tuple[Edit, ...]:
    at = context.text.characters.index("library.example")
    return (Edit(at, at, "spoilt-"),)


# --- the command -----------------------------------------------------------------


def test_the_difference_of_a_real_spec(
    golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["fix", "specs/training-runs.yaml", "--diff"]
    assert main.main(arguments) == Exit.FAILED
    output = capsys.readouterr()
    golden.check(ROOT / "tests/unit/fixed/diff.txt", output.out.encode())
    golden.check(ROOT / "tests/unit/fixed/left.txt", output.err.encode())


def test_a_spec_is_written_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(ASSUMING.read_bytes())
    spec.chmod(0o640)
    assert main.main(["fix", str(spec), "--diff"]) == Exit.FAILED
    assert spec.read_bytes() == ASSUMING.read_bytes()
    assert main.main(["fix", str(spec)]) == Exit.DONE
    assert spec.read_bytes() == fix_output(ASSUMING)
    assert stat.S_IMODE(spec.stat().st_mode) == 0o640
    time = spec.stat().st_mtime_ns
    capsys.readouterr()
    assert main.main(["fix", str(spec), "--diff"]) == Exit.DONE
    assert main.main(["fix", str(spec)]) == Exit.DONE
    note, *rest = capsys.readouterr().err.splitlines()
    assert "note[missing-version]" in note
    assert rest == [f"{spec}: nothing to fix, 1 left", note, rest[0]]
    assert spec.stat().st_mtime_ns == time
    assert list(tmp_path.iterdir()) == [spec]


def test_a_link_to_a_spec_stays_one(tmp_path: Path) -> None:
    spec, link = tmp_path / "spec.yaml", tmp_path / "link.yaml"
    spec.write_bytes(ASSUMING.read_bytes())
    link.symlink_to(spec)
    assert main.main(["fix", str(link)]) == Exit.DONE
    assert link.is_symlink()
    assert spec.read_bytes() == fix_output(ASSUMING)


def test_a_file_that_changes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(b"new")
    with pytest.raises(ReplacementError, match="changed meanwhile"):
        replace_unchanged(spec, b"old", b"fixed")
    assert spec.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [spec]


# --- readings --------------------------------------------------------------------

NEEDED = unpack("parameter-metadata") / "spec-needed-by-inputs.yaml"
"""A spec whose parameters say more than its inputs, but for the last one."""


def test_keys_with_an_effect_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trial reads the whole spec."""
    read_again = Mock(wraps=repair.read)
    content = NEEDED.read_bytes()
    reading = read(NEEDED, content)
    monkeypatch.setattr(repair, "read", read_again)
    monkeypatch.setattr(repair, "LAST_STEPS", ())
    result = repair.repair_spec(reading, OPTIONS)
    assert result.fixed == {Code.PARAMETER_METADATA: 1}
    assert read_again.call_count == 1


# --- errors ----------------------------------------------------------------------

UNBOUND = unpack("unbound-guard") / "spec.yaml"


def test_a_guard_is_bound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(UNBOUND.read_bytes())
    assert main.main(["fix", str(spec), "-q"]) == Exit.DONE
    assert spec.read_bytes() == fix_output(UNBOUND)
    assert "error" not in capsys.readouterr().err
