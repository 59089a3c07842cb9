"""Skills follow the Agent Skills format, and contain all that an agent needs."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from capabilities import CAPABILITIES
from documents import capability, document, routes, tools, upstream

from naftiko_gen.emit.docs.skill import SkillFiles
from naftiko_gen.emit.package.emission import Emission


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


def read_skills(project: Path) -> list[SkillFile]:
    """Return the skills of a project on the disk."""
    paths = project.glob("skills/*/SKILL.md")
    return [read(path.parent.name, path.read_bytes()) for path in sorted(paths)]


def only(text: str) -> SkillFile:
    """Emit the skill of a document that has one."""
    [(name, files)] = SkillFiles(Emission(capability(text))).contents.items()
    return read(name, files["SKILL.md"])


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_front_matter_is_valid(packages: Path, slug: str) -> None:
    skills = read_skills(packages / slug)
    assert len(skills) == len(CAPABILITIES[slug].skills)
    for skill in skills:
        assert skill.name == skill.directory
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", skill.name)
        assert len(skill.name) <= 64
        assert 0 < len(skill.description) <= 1024
        assert "\n" not in skill.description


def test_every_tool_and_route_stands_in_the_skill(packages: Path) -> None:
    for slug in ("bodies", "odd", "shop"):
        pages = (packages / slug / "skills").rglob("*.md")
        text = "".join(path.read_text("utf-8") for path in pages)
        for unit in CAPABILITIES[slug].tools:
            assert f"tool `{unit.name}` with `" in text
        assert text.count("- REST: `curl ") >= len(CAPABILITIES[slug].routes)


STOP = "- {name: stop, method: METHOD, inputParameters: [{name: run, in: path}]}\n"
EXPOSED = "name: stop, description: Describe the tool stop., call: api.stop"
DESTRUCTIVE = "**Destructive: ask the user first.**"
INPUT = "{name: run, in: path, type: string, description: which run}"


def test_an_entry_tells_its_call_and_its_changes() -> None:
    route = f"- {{method: DELETE, {EXPOSED}, inputParameters: [{INPUT}]}}\n"
    exposed = routes(route, "'/runs/{run}'") + tools(f"- {{{EXPOSED}}}\n")
    spec = upstream(STOP.replace("METHOD", "DELETE"), "'/runs/{{run}}'")
    about = "info: {label: Runs, description: '> [!NOTE] > Stops [runs](/runs).'}\n"
    skill = only(document(spec, exposed, about))
    assert '- MCP: tool `stop` with `{"run": "<run>"}`' in skill.text
    command = "curl -X DELETE 'http://127.0.0.1:8080/runs/<run>'"
    assert f"- REST: `{command}`" in skill.text
    assert "- Input `run` (string, required, in the path): which run" in skill.text
    assert DESTRUCTIVE in skill.text
    assert skill.description == ("Note: Stops runs. Use it to: describe the tool stop.")


def test_a_long_description_becomes_a_sentence_and_the_tags() -> None:
    text = f"Stops runs. {'It is the best of all. ' * 20}"
    about = f"info: {{label: Runs, description: '{text}', tags: [runs, jobs]}}\n"
    exposed = tools(f"- {{{EXPOSED}}}\n")
    spec = upstream(STOP.replace("METHOD", "DELETE"), "'/runs/{{run}}'")
    skill = only(document(spec, exposed, about))
    assert skill.description == "Stops runs. It is about runs, jobs."


@pytest.mark.parametrize(
    ("method", "hints", "effect"),
    [
        ("GET", "", "Reads only."),
        ("GET", "destructive: true", DESTRUCTIVE),
        ("POST", "", "Changes state. Repeating it repeats the effect."),
        ("POST", "idempotent: true", "Changes state. Repeating it is safe."),
        ("POST", "destructive: true", DESTRUCTIVE),
        ("PUT", "", f"{DESTRUCTIVE} Changes state. Repeating it is safe."),
        ("PUT", "destructive: false", "Changes state. Repeating it is safe."),
        ("PATCH", "", f"{DESTRUCTIVE} Changes state. Repeating it repeats the effect."),
        ("DELETE", "destructive: false", DESTRUCTIVE),
    ],
)
def test_effects_follow_the_method_first(method: str, hints: str, effect: str) -> None:
    spec = upstream(STOP.replace("METHOD", method), "'/runs/{{run}}'")
    skill = only(document(spec, tools(f"- {{{EXPOSED}, hints: {{{hints}}}}}\n")))
    assert f"\n- {effect}" in skill.text


def test_arguments_are_json() -> None:
    [(_, files)] = SkillFiles(Emission(CAPABILITIES["shop"])).contents.items()
    text = "".join(content.decode() for content in files.values())
    for line in re.findall(r"^- MCP: tool `.+` with `(.+)`$", text, re.MULTILINE):
        json.loads(line)


def test_a_curl_command_gives_required_inputs() -> None:
    inputs = (
        "{name: 'page[n]', in: query, type: integer, required: true}",
        "{name: filter, in: query, type: object, required: true}",
        "{name: X-Trace, in: header, type: string, required: true}",
        "{name: city, in: body, type: string, value: $.home.city, required: true}",
        "{name: more, in: query, type: string, required: false}",
    )
    parameters = (
        "{name: run, in: path}, {name: city, in: body}, {name: more, in: query}"
    )
    consumed = f"- {{name: stop, method: PUT, inputParameters: [{parameters}]}}\n"
    declarations = ", ".join((INPUT, *inputs))
    route = f"- {{method: PUT, {EXPOSED}, inputParameters: [{declarations}]}}\n"
    spec = upstream(consumed, "'/runs/{{run}}'")
    skill = only(document(spec, routes(route, '"/it\'s/{run}"')))
    assert DESTRUCTIVE in skill.text
    [command] = re.findall(r"^- REST: `(.+)`$", skill.text, re.MULTILINE)
    query = "page%5Bn%5D=1&filter=%7B%22%3Ckey%3E%22%3A%20%22%3Cvalue%3E%22%7D"
    assert shlex.split(command) == [
        *("curl", "-X", "PUT"),
        f"http://127.0.0.1:8080/it's/<run>?{query}",
        *("-H", "X-Trace: <X-Trace>"),
        *("-H", "Content-Type: application/json"),
        *("--data", '{"home": {"city": "<city>"}}'),
    ]
