"""The files of a deployment: the image's, and the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from naftiko_gen.emit.code.render import View, plain_file, yaml_file
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.tools.deploy.description import Deployment

REQUIREMENTS = "requirements.in"
_DASHBOARD = "prometheus/dashboard.json"


@dataclass(frozen=True)
class Size:
    """The size of a class of Naftiko's: pods, and the resources of each."""

    name: str
    least: int
    most: int
    cpu: str
    memory: str
    memory_limit: str
    spread: str
    """Whether a pod waits rather than stand beside another one of its zone."""
    calm: int
    """The seconds of less load before there are fewer pods."""


_STANDARD = Size("standard", 2, 6, "100m", "128Mi", "256Mi", "ScheduleAnyway", 300)
SIZES = (
    Size("dev", 1, 2, "50m", "128Mi", "256Mi", "ScheduleAnyway", 60),
    _STANDARD,
    Size("premium", 3, 20, "500m", "256Mi", "512Mi", "DoNotSchedule", 600),
)
"""The classes."""


def files(deployment: Deployment) -> FileTree:
    """Return the files of a deployment, below its directory."""
    view = View(deployment=deployment)
    image = (
        File(path, plain_file(f"deploy/{path.removeprefix('.')}.jinja", view))
        for path in ("Dockerfile", ".dockerignore", REQUIREMENTS)
    )
    manifests = (
        File(
            f"{path}.yaml",
            yaml_file(
                f"deploy/{template}.yaml.jinja", View(deployment=deployment, size=size)
            ),
        )
        for path, template, size in _manifests(deployment)
    )
    content = plain_file(f"deploy/{_DASHBOARD}.jinja", view)
    dashboard = File(f"components/{_DASHBOARD}", content)
    return FileTree((*image, *manifests, dashboard))


def _manifests(deployment: Deployment) -> Iterator[tuple[str, str, Size]]:
    """Yield the path, the template and the size of each manifest."""
    for name in ("kustomization", "workload", "scaling", "network"):
        yield f"base/{name}", f"base/{name}", _STANDARD
    for size in SIZES:
        yield f"overlays/{size.name}/kustomization", "overlay", size
    for name in ("kustomization", "monitor", "rules"):
        yield f"components/prometheus/{name}", f"prometheus/{name}", _STANDARD
    if deployment.mcp:
        for name in ("kustomization", "images", "mcpserver"):
            yield f"overlays/mcpserver/{name}", f"mcpserver/{name}", _STANDARD
    if deployment.egress.is_needed:
        for name in ("kustomization", "policy"):
            yield f"components/cilium/{name}", f"cilium/{name}", _STANDARD
