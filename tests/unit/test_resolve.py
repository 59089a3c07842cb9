"""Resolving the exposed side: parts that tables of facts can't state."""

from pathlib import Path
from textwrap import indent

import pytest
from documents import capability, document, messages, resolve, tools, upstream

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Code, Severity
from naftiko_gen.language.models.base import bytes_of

DEEP = "[" * 300 + "]" * 300
"""JSON that is nested more deeply than Python's source may be."""


def test_deep_json_is_a_text() -> None:
    unit = "- name: act\n  call: api.act\n"
    outputs = f"  outputParameters: [{{type: array, value: '{DEEP}'}}]\n"
    text = document(upstream("- {name: act}\n"), tools(unit + outputs))
    assert capability(text).tools[0].output == ir.Literal(DEEP)


@pytest.mark.parametrize(("count", "is_refused"), [(1000, False), (1001, True)])
def test_a_path_has_at_most_a_thousand_variables(count: int, is_refused: bool) -> None:
    path = "".join(f"/{{{{a{number}}}}}" for number in range(count))
    unit = "- {name: act, call: api.act}\n"
    text = document(upstream("- {name: act}\n", f"'{path}'"), tools(unit))
    assert any(" variables" in message for message in messages(text)) is is_refused


@pytest.mark.parametrize(
    ("size", "number"),
    [("0B", 0), ("7B", 7), ("1.5KiB", 1536), ("5MiB", 5 * 1024**2), ("1GiB", 1024**3)],
)
def test_a_size_has_a_unit(size: str, number: int) -> None:
    assert bytes_of(size) == number


# --- skills ---

SKILL = """\
- type: skill
  namespace: skills
  port: 7070
  skills:
  - name: acting
    description: Acts.
    location: file:///opt/skills/acting
    tools:
    - name: do-it
      from: {sourceNamespace: things-mcp, action: act}
    - name: guide
      instruction: guide.md
"""


def written_skill(directory: Path, location: str) -> frontend.Reading:
    """Read a spec in a directory, whose skill has a location."""
    skill = SKILL.replace("file:///opt/skills/acting", location)
    exposes = tools("- {name: act, description: A., call: api.act}\n") + skill
    spec = directory / "specs/things.yaml"
    spec.parent.mkdir(exist_ok=True)
    spec.write_text(document(upstream("- {name: act}\n"), exposes), "utf-8")
    return frontend.read(spec, Options(directory, import_root=directory))


@pytest.mark.parametrize(
    "location", ["./acting", "acting", "file:///./acting", "file://./acting"]
)
def test_a_skill_s_directory_is_beside_the_spec(location: str, tmp_path: Path) -> None:
    (tmp_path / "specs/acting").mkdir(parents=True)
    for name in ("guide.md", "more.md"):
        (tmp_path / "specs/acting" / name).write_text(name, "utf-8")
    reading = written_skill(tmp_path, location)
    assert reading.meaning is not None
    (skill,) = reading.meaning.capability.skills
    assert skill.text is None
    assert skill.own_files == tuple(
        ir.OwnFile(name, name.encode()) for name in ("guide.md", "more.md")
    )
    assert skill.files == (
        ir.SkillFile("guide.md", None, "guide", "guide.md"),
        ir.SkillFile("more.md"),
    )
    assert set(reading.imports) == {"acting/guide.md", "acting/more.md"}


def test_a_skill_s_directory_is_inside_of_the_import_root(tmp_path: Path) -> None:
    (tmp_path / "acting").mkdir()
    (tmp_path / "acting/guide.md").write_text("text", "utf-8")
    meaning = written_skill(tmp_path, "../acting").meaning
    assert meaning is not None
    assert meaning.capability.skills[0].own_files == (ir.OwnFile("guide.md", b"text"),)


def test_missing_files_of_a_skill_are_said_at_their_place(tmp_path: Path) -> None:
    reading = written_skill(tmp_path, "./acting")
    (tmp_path / "specs/acting").mkdir()
    (tmp_path / "specs/acting/other.md").write_text("text", "utf-8")
    later = written_skill(tmp_path, "./acting")
    assert reading.serves_directories
    assert reading.meaning is not None
    assert reading.meaning.capability.skills[0].files == ()
    messages = [
        diagnostic.message
        for diagnostic in (*reading.diagnostics, *later.diagnostics)
        if diagnostic.code is Code.IGNORED_INSTRUCTION and diagnostic.span
    ]
    assert messages == [
        "the directory './acting' doesn't exist",
        "the file 'guide.md' doesn't exist",
    ]


def test_the_front_matter_of_a_skill_is_strict_yaml(tmp_path: Path) -> None:
    (tmp_path / "specs/acting").mkdir(parents=True)
    for name, text in (("SKILL.md", "---\nlicense: &a b\n---\n"), ("guide.md", "")):
        (tmp_path / "specs/acting" / name).write_text(text, "utf-8")
    reading = written_skill(tmp_path, "acting")
    [error] = [d for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert (error.file, error.span and error.span.line) == (
        str(tmp_path / "specs/acting/SKILL.md"),
        2,
    )


def test_only_the_first_tools_that_nothing_exposes_are_compared() -> None:
    """To compare thousands of them with thousands of tools would take hours."""
    unknown = "".join(
        f"- {{name: t{n}, from: {{sourceNamespace: things-mcp, action: akt{n}}}}}\n"
        for n in range(60)
    )
    head, _, _ = SKILL.partition("    tools:")
    skill = f"{head}    tools:\n{indent(unknown, '    ')}"
    exposes = tools("- {name: act, call: api.act}\n") + skill
    report = resolve(document(upstream("- {name: act}\n"), exposes))[1]
    diagnostics = [d for d in report.diagnostics if d.code is Code.UNKNOWN_SKILL_TOOL]
    assert len(diagnostics) == 60
    assert sum(diagnostic.hint is not None for diagnostic in diagnostics) == 50
