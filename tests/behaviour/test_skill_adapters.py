"""Skill adapters with a port: facts about skills, and their files, over HTTP."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx2
from service import compile_text, running

from case_tables import named_table
from waiting import PATIENCE

SPEC = Path(__file__).with_name("skill_adapters.yaml").read_text("utf-8")
FACTS = named_table(__file__, "skill_facts")


def get(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers=headers, timeout=PATIENCE)


def test_skills_are_served(tmp_path: Path) -> None:
    package = compile_text(SPEC, tmp_path)
    with running(package, "serve", "--mock") as service:
        url = service.url("skills")
        assert url.endswith("/skills")
        document = get(url).json()
        skill = get(f"{url}/thing-ops")
        contents = get(f"{url}/thing-ops/contents").json()
        text = get(f"{url}/thing-ops/contents/SKILL.md")
        archive = get(f"{url}/thing-ops/download")
        statuses = [
            get(f"{url}/{path}").status_code
            for path in (
                "none",
                "thing-ops/contents/none.md",
                "thing-ops/contents/..%2f..%2fetc%2fpasswd",
                "thing-ops/contents/",
                "THING-OPS",
            )
        ]
        response = httpx2.post(url, timeout=PATIENCE)
    assert document.items() >= FACTS["skills"].items()
    assert skill.json() == FACTS["one"]
    file = (package.project / "skills/thing-ops/SKILL.md").read_bytes()
    kind = "text/markdown; charset=utf-8"
    assert contents == {
        "name": "thing-ops",
        "files": [{"path": "SKILL.md", "size": len(file), "type": kind}],
    }
    assert (text.content, text.headers["Content-Type"]) == (file, kind)
    with ZipFile(BytesIO(archive.content)) as zip_file:
        assert {name: zip_file.read(name) for name in zip_file.namelist()} == {
            "SKILL.md": file
        }
    assert "thing-ops.zip" in archive.headers["Content-Disposition"]
    assert statuses == [404] * len(statuses)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


OWN_SKILL: str = FACTS["own"]


def with_own_skill(directory: Path) -> str:
    """Write a skill of the author; return a spec whose skill it is."""
    files = directory / "skills/things"
    (files / "guides").mkdir(parents=True)
    (files / "SKILL.md").write_text(OWN_SKILL, "utf-8")
    (files / "guides/style.md").write_text("# Style: $1\n", "utf-8")
    (files / "logo.png").write_bytes(b"\x89PNG\xff")
    (files / ".env").write_text("secret", "utf-8")
    spec = SPEC.replace("file:///opt/skills/thing-ops", "file:///./skills/things")
    return spec.replace("advice.md", "guides/style.md")


def test_an_author_s_own_files_are_served(tmp_path: Path) -> None:
    package = compile_text(with_own_skill(tmp_path), tmp_path)
    with running(package, "serve", "--mock") as service:
        url = f"{service.url('skills')}/thing-ops"
        contents = get(f"{url}/contents").json()
        files = {
            file["path"]: get(f"{url}/contents/{file['path']}").content
            for file in contents["files"]
        }
        archive = get(f"{url}/download")
        about = get(url).json()
    assert list(files) == ["SKILL.md", "guides/style.md", "logo.png", "references.md"]
    assert files["guides/style.md"] == b"# Style: $1\n"
    assert files["logo.png"] == b"\x89PNG\xff"
    text = files["SKILL.md"].decode()
    assert OWN_SKILL.partition("---\n# ")[2] in text
    assert 'description: "How we work with things."\n' in text
    assert "[references.md](references.md)" in text
    assert "tool `list` with `{}`" in files["references.md"].decode()
    assert about["description"] == "How we work with things."
    assert about["tools"][-1]["instruction"] == "guides/style.md"
    with ZipFile(BytesIO(archive.content)) as zip_file:
        assert {name: zip_file.read(name) for name in zip_file.namelist()} == files
    on_disk = package.project / "skills/thing-ops"
    assert {path: on_disk.joinpath(path).read_bytes() for path in files} == files


def test_skills_may_have_a_guard(tmp_path: Path) -> None:
    guard = '    authentication: {type: bearer, token: "{{TOKEN}}"}\n'
    text = SPEC.replace("    port: 3003\n", f"    port: 3003\n{guard}")
    env = {"SKILLS_KEY": "k"}
    with running(compile_text(text, tmp_path), "serve", "--mock", **env) as service:
        url = service.url("skills")
        assert get(url).status_code == 401
        assert get(url, Authorization="Bearer k").status_code == 200
        assert (
            get(url, Authorization="Bearer k", Host="evil.example").status_code == 421
        )


def test_skills_without_a_port_are_only_files(tmp_path: Path) -> None:
    package = compile_text(SPEC.replace("    port: 3003\n", ""), tmp_path)
    assert package.adapters == ("routes", "tools")
    assert not (package.project / "things/skills.json").exists()
    assert not (package.project / "things/_runtime/serving/skills.py").exists()
