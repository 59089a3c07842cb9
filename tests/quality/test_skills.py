"""Skills follow the Agent Skills format, and contain all that an agent needs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from capabilities import (
    CAPABILITIES,
    an_input,
    capability,
    operation,
    parameter,
    route,
    tool,
)

from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.skill_files import SkillFiles
from naftiko_gen.ir import Hints, InArguments, InPath, Place

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.ir import Capability


class SkillFile(NamedTuple):
    directory: str
    name: str
    description: str
    text: str


def read(directory: str, content: bytes) -> SkillFile:
    _, front, text = content.decode().split("---\n", 2)
    fields = yaml.safe_load(front)
    assert list(fields)[:2] == ["name", "description"]
    return SkillFile(directory, fields["name"], fields["description"], text)


def written(project: Path) -> list[SkillFile]:
    """Return the skills of a project on the disk."""
    paths = project.glob("skills/*/SKILL.md")
    return [read(path.parent.name, path.read_bytes()) for path in sorted(paths)]


def only(subject: Capability) -> SkillFile:
    """Emit the skill of a capability that has one."""
    [(name, files)] = SkillFiles(Emission(subject)).contents.items()
    return read(name, files["SKILL.md"])


def steps() -> Capability:
    """Return one operation that changes state, behind a route and a tool."""
    run = parameter("run", place=Place.PATH)
    stop = operation("stop", "DELETE", "/runs/", run, parameters=(run,))
    by_path = an_input("run", InPath(), description="which run")
    return capability(
        "steps",
        (route(stop, "/runs/", by_path),),
        (tool(stop, an_input("run", InArguments()), name="stop-run"),),
    )


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_front_matter_is_valid(packages: Path, slug: str) -> None:
    skills = written(packages / slug)
    assert len(skills) == len(CAPABILITIES[slug].skills)
    for skill in skills:
        assert skill.name == skill.directory
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", skill.name)
        assert len(skill.name) <= 64
        assert 0 < len(skill.description) <= 1024
        assert "\n" not in skill.description


def test_every_tool_and_route_stands_in_the_skill(packages: Path) -> None:
    for slug in ("adapters", "credentials", "forty", "names", "routes"):
        [directory] = (packages / slug / "skills").iterdir()
        text = "".join(path.read_text("utf-8") for path in directory.rglob("*.md"))
        for unit in CAPABILITIES[slug].tools:
            assert f"tool `{unit.name}` with `" in text
        assert text.count("- REST: `curl ") >= len(CAPABILITIES[slug].routes)


def test_an_entry_tells_its_call_and_its_changes() -> None:
    skill = only(steps())
    assert '- MCP: tool `stop-run` with `{"run": "<run>"}`' in skill.text
    command = "curl -X DELETE 'http://127.0.0.1:8080/runs/<run>'"
    assert f"- REST: `{command}`" in skill.text
    assert "- Input `run` (string, required, in the path): which run" in skill.text
    assert "**Destructive: ask the user first.**" in skill.text
    assert "Use it to: describe the tool stop." in skill.description


@pytest.mark.parametrize(
    ("method", "hints", "effect"),
    [
        ("GET", Hints(), "Reads only."),
        ("GET", Hints(destructive=True), "**Destructive: ask the user first.**"),
        ("POST", Hints(), "Changes state. Repeating it repeats the effect."),
        ("POST", Hints(idempotent=True), "Changes state. Repeating it is safe."),
        ("POST", Hints(destructive=True), "**Destructive: ask the user first.**"),
        ("PUT", Hints(), "Changes state. Repeating it is safe."),
        ("PATCH", Hints(read_only=True), "Changes state."),
        ("DELETE", Hints(destructive=False), "**Destructive: ask the user first.**"),
    ],
)
def test_effects_follow_the_method_first(
    method: str, hints: Hints, effect: str
) -> None:
    act = tool(operation("act", method), hints=hints)
    skill = only(capability("acts", tools=(act,)))
    assert f"\n- {effect}" in skill.text


def test_arguments_are_json() -> None:
    skill = only(CAPABILITIES["arguments"])
    for line in re.findall(r"^- MCP: tool `.+` with `(.+)`$", skill.text, re.MULTILINE):
        assert json.loads(line)
