"""A stranger's spec names no command, permission, file or host unseen."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hostile_packages import emit, emitted_files, errors, front_matter
from hostile_specs import Marker, as_yaml, benign, everything, fill_markers, markers

from case_tables import in_table, table
from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import ALWAYS_REPORTED, Code, Severity
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.pipeline import compile_spec

COMMAND = re.compile(r"!`|(?:`{3,}|~{3,})\s*!")
SUBSTITUTION = re.compile(r"\$ARGUMENTS|\$[0-9]|(?<!\w)@\w")
TEXTS = table(__file__, "texts")

# --- keys that hosts of agents obey -----------------------------------


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kinds", [{"text", "template"}, {"name"}])
def test_no_text_is_a_command_of_an_agent(
    text: str, kinds: set[str], tmp_path: Path
) -> None:
    document = everything()
    names = [marker for marker in markers(document) if marker.kind == "name"]

    def fill(marker: Marker) -> str:
        if marker.kind not in kinds:
            return benign(marker)
        return f"{names.index(marker)} {text}" if marker in names else text

    files = emitted_files(fill_markers(document, fill), tmp_path)

    pages = [path for path in files if path.endswith(".md")]
    assert len(pages) == 2
    for page in pages:
        content = files[page].decode()
        assert not COMMAND.search(content), page
        assert not SUBSTITUTION.search(content), page


# --- permissions of a skill -----------------------------------------


def with_skill(**members: Plain) -> Plain:
    """Return a document with a skill of one tool."""
    skill: dict[str, Plain] = {"name": "books", "description": "Helps."}
    return document(adapters=[skill_adapter(skill | {"tools": [OWN_TOOL], **members})])


def skill_of(package: Path) -> str:
    """Return the text of a package's skill."""
    return (package / "skills" / "books" / "SKILL.md").read_text("utf-8")


ORIGIN: Plain = {"sourceNamespace": "shop", "action": "list-books"}
OWN_TOOL: Plain = {"name": "list-books", "description": "Lists books.", "from": ORIGIN}


def document(
    path: str = "/books",
    base_uri: str = "https://store.example.com",
    authentication: Plain = None,
    adapters: list[Plain] | None = None,
    operation: dict[str, Plain] | None = None,
) -> dict[str, Any]:
    """Return a document with one operation and one tool."""
    spec: dict[str, Any] = deepcopy(table(__file__, "spec"))
    [api] = spec["capability"]["consumes"]
    if authentication:
        api["authentication"] = authentication
    else:
        spec["binds"] = []
    api["baseUri"] = base_uri
    [resource] = api["resources"]
    resource["path"] = path
    resource["operations"][0] |= operation or {}
    spec["capability"]["exposes"] += adapters or []
    return spec


def mcp_adapter(*inputs: Plain, **more: Plain) -> Plain:
    """Return another MCP adapter, with one tool."""
    tool: dict[str, Plain]
    tool = {"name": "more", "description": "M.", "call": "store.list-books"}
    tools: Plain = [{**tool, "inputParameters": [*inputs]}]
    adapter: dict[str, Plain]
    adapter = {"type": "mcp", "namespace": "other", "port": 9091}
    return {**adapter, "tools": tools, **more}


def skill_adapter(*skills: Plain) -> Plain:
    return {"type": "skill", "namespace": "skills", "skills": [*skills]}


def findings(document: Plain, directory: Path) -> tuple[Diagnostic, ...]:
    """Return all that compiling a document says."""
    spec = directory / "spec.yaml"
    spec.write_text(as_yaml(document), "utf-8")
    return frontend.read(spec, Options(directory / "out")).diagnostics


@pytest.mark.parametrize(
    "entry",
    ["Bash(*)", "Bash", "bash", "mcp__shop__list-books", "list-books(*)", "Bash(a, b)"],
)
def test_a_skill_is_allowed_only_its_own_tools(entry: str, tmp_path: Path) -> None:
    spec = with_skill(**{"allowed-tools": f"{entry}, list-books"})

    messages = [
        finding.message
        for finding in findings(spec, tmp_path)
        if _is_permission(finding)
    ]
    package = emit(spec, tmp_path)

    assert messages == [f"'{entry}' is ignored: this skill has no such tool"]
    skill = skill_of(package)
    assert front_matter(skill)["allowed-tools"] == "list-books"


def _is_permission(finding: Diagnostic) -> bool:
    return finding.code is Code.IGNORED_PERMISSION and finding.span is not None


@pytest.mark.parametrize("name", ["Bash", "bash", "Write", "read_file", "mcp__x__y"])
def test_a_tool_of_a_skill_is_no_tool_of_the_agent(name: str, tmp_path: Path) -> None:
    tools: Plain = [{"name": name, "from": ORIGIN}]
    package = emit(with_skill(tools=tools, **{"allowed-tools": name}), tmp_path)
    assert "allowed-tools" not in front_matter(skill_of(package))


@pytest.mark.parametrize(
    "key", ["hooks", "model", "agent", "context", "shell", "allowedTools"]
)
def test_a_skill_has_no_other_keys(key: str) -> None:
    refusals = errors(with_skill(**{key: "fork"}))

    assert [refusal.code for refusal in refusals] == [Code.UNKNOWN_KEY]


@pytest.mark.parametrize(
    ("name", "directory"),
    [
        ("Read Books!", "read-books"),
        ("../../books", "books"),
        ("-books--all-", "books-all"),
        ("x" * 70, "x" * 64),
        ("名", "everything"),
    ],
)
def test_a_skill_has_a_valid_name(name: str, directory: str, tmp_path: Path) -> None:
    package = emit(with_skill(name=name), tmp_path)

    [skill] = (package / "skills").glob("*/SKILL.md")
    assert skill.parent.name == directory
    assert front_matter(skill.read_text("utf-8"))["name"] == directory
    diagnostics = findings(with_skill(name=name), tmp_path)
    assert Code.SKILL_NAME in {finding.code for finding in diagnostics}


def test_two_skills_are_not_one_directory() -> None:
    skills: list[Plain] = [
        {"name": name, "description": name} for name in ("a b", "A-b")
    ]
    spec = document(adapters=[skill_adapter(*skills)])
    assert [error.code for error in errors(spec)] == [Code.DUPLICATE_SKILL]


ESCAPES = table(__file__, "escapes")


@pytest.mark.parametrize(
    "location",
    [
        *ESCAPES,
        "/etc",
        "/etc/otherskills/books",
        "file:///etc/passwd",
        "file:///",
        "file://host/skills/books",
    ],
)
def test_a_skill_is_where_skills_are(location: str) -> None:
    refusals = errors(with_skill(location=location))

    assert [refusal.code for refusal in refusals] == [Code.UNUSABLE_LOCATION]
    assert all(refusal.span for refusal in refusals)


@pytest.mark.parametrize("path", [*ESCAPES, "/etc/passwd", "file:///etc/passwd"])
def test_instructions_are_in_the_directory_of_their_skill(path: str) -> None:
    tools: Plain = [{"name": "style", "instruction": path}]
    refusals = errors(with_skill(location="./books", tools=tools))

    assert [refusal.code for refusal in refusals] == [Code.UNUSABLE_LOCATION]


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("books", Code.UNUSABLE_LOCATION),
        ("books/style.md", Code.UNUSABLE_FILE),
        ("books/guides", Code.UNUSABLE_FILE),
    ],
)
def test_no_link_leads_out_of_the_directory_of_the_spec(
    link: str, code: Code, tmp_path: Path
) -> None:
    directory, outside = tmp_path / "specs", tmp_path / "outside"
    (directory / link).parent.mkdir(parents=True)
    outside.mkdir()
    (directory / link).symlink_to(outside)
    tools: Plain = [{"name": "style", "instruction": "style.md"}]

    diagnostics = findings(with_skill(location="./books", tools=tools), directory)

    assert code in {diagnostic.code for diagnostic in diagnostics if diagnostic.span}


@pytest.mark.parametrize("location", ["./books", "file:///opt/skills/books"])
def test_a_skill_may_have_files(location: str) -> None:
    tools: Plain = [{"name": "style", "instruction": "guides/style.md"}]

    assert not errors(with_skill(location=location, tools=tools))


def with_own_files(directory: Path, **files: str) -> Plain:
    """Write files of a skill; return a document whose skill has them."""
    for path, text in files.items():
        (directory / "books" / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / "books" / path).write_text(text, "utf-8")
    return with_skill(location="./books")


FRONT_MATTER = table(__file__, "front_matter")


def test_an_author_s_own_skill_grants_nothing(tmp_path: Path) -> None:
    spec = with_own_files(tmp_path, **{"SKILL.md": f"{FRONT_MATTER}# Books\n"})

    diagnostics = findings(spec, tmp_path)
    package = emit(spec, tmp_path)

    skill = skill_of(package)
    assert front_matter(skill) == {
        "name": "books",
        "description": "Helps.",
        "license": "MIT",
        "allowed-tools": "list-books",
        "user-invocable": False,
    }
    permissions = [f for f in diagnostics if f.code is Code.IGNORED_PERMISSION]
    assert sorted(f.span.line for f in permissions if f.span) == [4, 5, 6, 7]
    assert {f.file for f in permissions} == {str(tmp_path / "books/SKILL.md")}


@pytest.mark.parametrize("text", [*TEXTS, "a\u200bb", "\U000e0041"])
def test_an_author_s_own_skill_commands_nothing(text: str, tmp_path: Path) -> None:
    spec = with_own_files(tmp_path, **{"SKILL.md": f"# Books\n\n{text}\n"})

    diagnostics = findings(spec, tmp_path)
    package = emit(spec, tmp_path)

    skill = skill_of(package)
    _, _, body = skill.partition("\n# Books\n\n")
    assert not COMMAND.search(body)
    assert not SUBSTITUTION.search(body)
    is_said = any(f.code is Code.IGNORED_PERMISSION for f in diagnostics)
    assert is_said is not body.startswith(f"{text}\n")


@pytest.mark.parametrize(
    "path", ["Skill.md", "more/SKILL.md", "AGENTS.md", "a/Claude.md", "agents/x.yaml"]
)
def test_a_skill_has_no_other_files_that_hosts_obey(path: str, tmp_path: Path) -> None:
    diagnostics = findings(with_own_files(tmp_path, **{path: "text"}), tmp_path)

    [fault] = [f for f in diagnostics if f.code is Code.UNUSABLE_FILE]
    assert fault.message == f"'./books' has '{path}', a file that hosts of agents obey"


# --- where requests go -------------------------------------------

DEPARTURES = table(__file__, "departures")


@pytest.mark.parametrize("path", DEPARTURES)
def test_a_path_stays_behind_its_address(path: str) -> None:
    """A consumed one, one of an operation, and that of a route."""
    assert _departs(document(path=path))
    assert _departs(document(path="/shelves", operation={"path": path}))
    operation: Plain = {"name": "list", "method": "GET", "call": "store.list-books"}
    resource: Plain = {
        "path": path.replace("{{id}}", "{id}"),
        "operations": [operation],
    }
    rest: dict[str, Plain] = {"type": "rest", "namespace": "api", "port": 8080}
    assert _departs(document(adapters=[rest | {"resources": [resource]}]))


@pytest.mark.parametrize("value", ["..", "../admin", "%2e%2e", "a/../../admin"])
def test_a_fixed_value_of_a_path_stays_there(value: str) -> None:
    parameter: Plain = {"name": "id", "in": "path", "value": value}
    operation: dict[str, Plain] = {"inputParameters": [parameter]}
    assert _departs(document("/books/{{id}}", operation=operation))


@pytest.mark.parametrize("path", ["/a/{{x}}.{{y}}", "/a...b", "/compare/{{a}}...{{b}}"])
def test_dots_in_a_segment_are_text(path: str) -> None:
    assert not _departs(document(path=path))


def test_a_host_of_thousands_of_digits_is_no_address() -> None:
    slugs = {error.code for error in errors(document(base_uri=f"http://{'1' * 5000}"))}
    assert slugs == {Code.UNUSABLE_BASE_URI}


def _departs(spec: Plain) -> bool:
    refusals = errors(spec)
    assert all(refusal.span for refusal in refusals)
    return Code.UNUSABLE_PATH in {refusal.code for refusal in refusals}


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata"])
def test_an_address_of_the_machine_s_own_credentials_is_told(
    host: str, tmp_path: Path
) -> None:
    assert _is_told(document(base_uri=f"http://{host}/latest"), tmp_path)
    credential: Plain = {
        "type": "oauth2",
        "tokenEndpoint": f"https://{host}/token",
        "clientId": "{{env.ID}}",
        "clientSecret": "{{env.SECRET}}",
    }
    assert _is_told(document(authentication=credential), tmp_path)
    guard: Plain = {
        "type": "oauth2",
        "authorizationServerUri": f"https://{host}/",
        "resource": "https://books.example.com/mcp",
    }
    adapter = mcp_adapter(authentication=guard)
    assert _is_told(document(adapters=[adapter]), tmp_path)


@pytest.mark.parametrize(
    "host",
    ["store.example.com", "127.0.0.1", "localhost", "10.0.0.1", "[::1]", "8.8.8.8"],
)
def test_other_addresses_are_not_told(host: str, tmp_path: Path) -> None:
    assert not _is_told(document(base_uri=f"http://{host}/latest"), tmp_path)


def _is_told(spec: Plain, directory: Path) -> bool:
    diagnostics = findings(spec, directory)
    return Code.METADATA_ADDRESS in {
        diagnostic.code for diagnostic in diagnostics if diagnostic.span
    }


@pytest.mark.parametrize("wanted", [None, Severity.NOTE, Severity.ERROR])
def test_a_file_of_the_machine_is_always_told(
    wanted: Severity | None, tmp_path: Path
) -> None:
    credential: Plain = {"type": "bearer", "token": "{{TOKEN}}"}
    stranger = document(authentication=credential)
    files = {"own": "file:///root/.config/keys.json", "here": "file:///./keys.json"}
    for name, location in files.items():
        entry: Plain = {
            "namespace": name,
            "location": location,
            "keys": {"TOKEN": "key"},
        }
        spec = tmp_path / f"{name}.yaml"
        spec.write_text(as_yaml({**stranger, "binds": [entry]}), "utf-8")

        severities = {code.slug: wanted for code in ALWAYS_REPORTED}
        result = compile_spec(spec, Options(tmp_path / name, severities=severities))

        codes = [
            diagnostic.code
            for diagnostic in result.diagnostics
            if diagnostic.code in ALWAYS_REPORTED
        ]
        assert codes == ([Code.ABSOLUTE_BIND_FILE] if name == "own" else [])


@pytest.mark.parametrize("wanted", [None, Severity.NOTE, Severity.ERROR])
def test_no_configuration_silences_warnings_of_a_stranger_s_spec(
    wanted: Severity | None, tmp_path: Path
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(as_yaml(document(base_uri="http://169.254.169.254")), "utf-8")
    severities = {code.slug: wanted for code in ALWAYS_REPORTED}

    result = compile_spec(spec, Options(tmp_path / "out", severities=severities))

    [finding] = [
        diagnostic
        for diagnostic in result.diagnostics
        if diagnostic.code in ALWAYS_REPORTED
    ]
    expected = wanted if wanted is Severity.ERROR else Severity.WARNING
    assert finding.severity is expected
    assert (result.changes is None) is (wanted is Severity.ERROR)


# --- promises to an author ----------------------------------


@in_table
def test_no_constraint_is_ignored_in_silence(kind: str, key: str, slug: str) -> None:
    model: dict[str, Plain] = {"name": "genre", "type": "string", key: 1}
    if kind == "parameter":
        spec = document(operation={"inputParameters": [{**model, "in": "query"}]})
    else:
        adapter = mcp_adapter(model)
        spec = document(adapters=[adapter])
    assert [error.code.slug for error in errors(spec)] == [slug]
