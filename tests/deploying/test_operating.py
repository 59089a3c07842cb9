"""The commands and examples of the page about operating a package work."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_lock import publish

from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.tools.deploy.description import Deployment, describe

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [next(yaml.safe_load_all(block)) for block in BLOCKS]
SPEC = Path("specs/training-runs.yaml")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the spec of the page, in which uv finds each distribution."""
    monkeypatch.chdir(tmp_path)
    for directory in ("specs", "wheels", "own"):
        (tmp_path / directory).mkdir()
    shutil.copy(ROOT / SPEC, SPEC)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    assert main(["deploy", str(SPEC), "-o", "first", "--no-lock"]) == Exit.DONE
    publish(tmp_path / "wheels", Path("first/training-runs/requirements.in"))
    return tmp_path


def example(kind: str, **members: object) -> Any:
    """Return the example of a kind with such members."""
    matching = [
        example
        for example in EXAMPLES
        if isinstance(example, dict)
        and (example.get("kind") == kind or kind in example)
        and all(name in example for name in members)
    ]
    return matching[0]


def describe_deployment() -> Deployment:
    meaning = frontend.read(ROOT / SPEC, Options(Path())).meaning
    assert meaning
    return describe(meaning.capability, Options(Path()))


def test_the_commands_print_the_lines_of_the_page(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["deploy", str(SPEC)]) == Exit.DONE

    output = capsys.readouterr().err
    start = PAGE.index("$ naftiko-gen deploy specs/training-runs.yaml\n")
    lines = PAGE[start:].split("\n", 1)[1]
    assert output == lines[: lines.index("$ docker")]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl isn't installed")
def test_the_overlays_of_the_page_render(repository: Path) -> None:
    assert main(["deploy", str(SPEC)]) == Exit.DONE
    (repository / "own" / "scaledobject.yaml").write_text(
        yaml.safe_dump(example("ScaledObject")), encoding="utf-8"
    )

    image, patches = (render(repository, name) for name in ("images", "patches"))

    assert "registry.example/training-runs:2026.5.25" in str(image["Deployment"])
    assert "CiliumNetworkPolicy" in image
    assert patches["ScaledObject"]["spec"]["scaleTargetRef"] == {
        "name": patches["Deployment"]["metadata"]["name"]
    }
    assert "HorizontalPodAutoscaler" not in patches


def render(repository: Path, member: str) -> dict[str, Any]:
    """Return the objects of the overlay that has a member, by their kinds."""
    overlay = example("Kustomization", **{member: ...})
    path = repository / "own" / "kustomization.yaml"
    path.write_text(yaml.safe_dump(overlay), encoding="utf-8")
    command = ["kubectl", "kustomize", str(path.parent)]
    process = subprocess.run(command, capture_output=True, check=False)
    assert process.returncode == 0, process.stderr
    return {
        manifest["kind"]: manifest for manifest in yaml.safe_load_all(process.stdout)
    }


def test_examples_of_other_platforms_agree_with_the_manifests() -> None:
    deployment = describe_deployment()
    [secret] = deployment.secrets
    settings = {name for name, _ in deployment.settings}
    pod = example("Service")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    service = example("services")["services"]["training-runs"]

    assert pod["volumes"][0]["secret"]["secretName"] == deployment.name
    mount_path = container["volumeMounts"][0]["mountPath"]
    assert mount_path == deployment.secrets_directory
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert environment[f"{secret}_FILE"] == f"{mount_path}/{secret}"
    assert environment.keys() <= settings
    assert service["environment"].keys() <= settings
    assert f"{secret}_FILE" in service["environment"]
    assert int(service["stop_grace_period"].removesuffix("s")) == deployment.grace
    ports = [int(port.rpartition(":")[2]) for port in service["ports"]]
    assert ports == [port.number for port in deployment.ports]
