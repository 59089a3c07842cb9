"""The files of a deployment: the image's, and the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from naftiko_gen.emit.code.render import plain_file, yaml_file
from naftiko_gen.emit.files import File, FileTree
from naftiko_gen.tools.deploy.description import Deployment

REQUIREMENTS = "requirements.in"


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


@dataclass(frozen=True)
class ManifestView:
    """The variables of a manifest: a deployment, and the size of its pods."""

    deployment: Deployment
    size: Size


def files(deployment: Deployment) -> FileTree:
    """Return the files of a deployment, below its directory."""
    view = ManifestView(deployment, _STANDARD)
    return FileTree((*_image_files(view), *_manifests(view)))


def _image_files(view: ManifestView) -> Iterator[File]:
    yield File("Dockerfile", plain_file("deploy/Dockerfile.jinja", view))
    yield File(".dockerignore", plain_file("deploy/dockerignore.jinja", view))
    content = plain_file("deploy/requirements.in.jinja", view)
    yield File(REQUIREMENTS, content)


def _manifests(view: ManifestView) -> Iterator[File]:
    deployment = view.deployment
    for name in ("kustomization", "workload", "scaling", "network"):
        yield _manifest(f"base/{name}", f"base/{name}", view)
    for size in SIZES:
        own = ManifestView(deployment, size)
        yield _manifest(f"overlays/{size.name}/kustomization", "overlay", own)
    if deployment.mcp:
        for name in ("kustomization", "images", "mcpserver"):
            yield _manifest(f"overlays/mcpserver/{name}", f"mcpserver/{name}", view)
    if deployment.egress.is_needed:
        for name in ("kustomization", "policy"):
            yield _manifest(f"components/cilium/{name}", f"cilium/{name}", view)


def _manifest(path: str, template: str, view: ManifestView) -> File:
    content = yaml_file(f"deploy/{template}.yaml.jinja", view)
    return File(f"{path}.yaml", content)
