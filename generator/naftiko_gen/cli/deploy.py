"""The command `naftiko-gen deploy`: it writes the images and manifests of packages."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import READING, SKIP_UNRESOLVED, SPECS, TRACEBACK
from naftiko_gen.cli.readings import read_configured
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics import Exit, count, safe
from naftiko_gen.emit.files import FileTree, package_directory
from naftiko_gen.frontend import Reading
from naftiko_gen.publish.delivery import deliver_deployment
from naftiko_gen.publish.diff import unified_diff
from naftiko_gen.publish.plan import Plan
from naftiko_gen.tools.deploy.description import describe, remarks
from naftiko_gen.tools.deploy.files import REQUIREMENTS, files
from naftiko_gen.tools.deploy.lock import LOCK, Lock, LockError, State

OUTPUT = Path("deploy")

DESCRIPTION = """\
Write the deployment of each package: a Dockerfile, a lock of the distributions in its
image, and manifests for Kubernetes with presets (Kustomize), from the ports, variables,
credentials and hosts of its spec. uv makes the lock, which needs an index of packages;
it stays until the requirements change.
"""
EPILOG = """\
examples:
  naftiko-gen deploy specs/training-runs.yaml
  naftiko-gen deploy 'specs/*.yaml' -o deploy/ --check   # in CI: exit 1 on drift
  docker build --build-context packages=generated deploy/training-runs
  kubectl apply -k deploy/training-runs/overlays/standard

exit codes: 0 written or up to date; 1 a spec is wrong, a file of it was edited,
--check found drift, or a file or the lock can't be made; 2 wrong usage or
configuration; 70 a fault of naftiko-gen itself
"""


ARGUMENTS = f"""\
{SPECS}
-o, --output DIR = {OUTPUT} > deployments  where the deployments go, each into a
  directory of its own (default: deploy/)
| --check  write nothing; list the files that differ, and exit 1 if any does
| --diff  write nothing; print the changes as a diff
--force  overwrite files that were edited
| --no-lock  leave {LOCK} as it is, or missing
| --upgrade  make {LOCK} anew, with the newest versions

{READING}
{SKIP_UNRESOLVED}
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the deployments; a spec that has none doesn't stop the others."""
    settings = command_line.settings(parser, options)
    readings = read_configured(settings, options, "written")
    _refuse_rivals(parser, readings)
    runs = [_Run(reading, settings.options, options) for reading in readings]
    outcomes = [run.perform() for run in runs]
    return Exit.DONE if all(outcomes) else Exit.FAILED


def _refuse_rivals(
    parser: argparse.ArgumentParser, readings: Sequence[Reading]
) -> None:
    """Refuse specs that share a package: the names of all objects are the module's."""
    names: dict[str, Path] = {}
    for reading in readings:
        name = package_directory(reading.spec, Layout.PACKAGE)
        rival = names.setdefault(name, reading.spec)
        if rival != reading.spec:
            both = f"{safe(str(rival))} and {safe(str(reading.spec))}"
            parser.error(f"{both} have the same package")


@dataclass(frozen=True)
class _Run:
    """The run over a spec: how its package is compiled, and the arguments."""

    reading: Reading
    options: Options
    arguments: argparse.Namespace

    def perform(self) -> bool:
        """Write the deployment of a spec; return whether it is as it has to be."""
        if self.reading.meaning is None:
            return False
        deployment = describe(self.reading.meaning.capability, self.options)
        if not deployment.ports:
            self._say("no adapter listens on a port, so there is nothing to deploy")
            return False
        tree = files(deployment)
        plan = self._publish(tree)
        if plan is None:
            return False
        self._write_outcome(plan)
        has_lock = self.arguments.no_lock or self._keep_lock(plan.root, tree)
        if not self._is_dry:
            for remark in remarks(deployment):
                self._say(remark)
        is_outdated = self.arguments.check and plan.changes
        return has_lock and not is_outdated

    @property
    def _is_dry(self) -> bool:
        return bool(self.arguments.check or self.arguments.diff)

    def _publish(self, tree: FileTree) -> Plan | None:
        """Publish the files, or plan to; print why that is impossible."""
        output: Path = self.arguments.deployments
        root = output / package_directory(self.reading.spec, Layout.PROJECT)
        options = Options(output, force=self.arguments.force, dry=self._is_dry)
        result = deliver_deployment(self.reading, root, tree, options)
        streams.show(result.diagnostics, {}, self.arguments.color)
        if result.changes is None:
            self._say("nothing written")
            return None
        return result.changes.plan

    def _write_outcome(self, plan: Plan) -> None:
        root = safe(str(plan.root))
        if self.arguments.diff:
            streams.write(unified_diff(plan))
        if self.arguments.check:
            streams.write_drift(plan.root, plan.written, plan.removed)
        if not plan.changes:
            self._say(f"{root} is up to date")
            return
        verb = "would write" if self._is_dry else "wrote"
        removals = f", removed {len(plan.removed)}" if plan.removed else ""
        files = count(len(plan.written), "file")
        self._say(f"{verb} {files} to {root}{removals}")

    def _keep_lock(self, root: Path, tree: FileTree) -> bool:
        """Make the lock if that is needed; return whether it is as it has to be."""
        requirements = next(f.content for f in tree if f.path == REQUIREMENTS)
        lock = Lock(root, requirements)
        path = safe(str(lock.path))
        try:
            return self._keep(lock, lock.state())
        except LockError as error:
            self._say(f"{path} isn't written: {safe(str(error))}")
        except OSError as error:
            self._say(f"{path} can't be read or written: {error.strerror}")
        return False

    def _keep(self, lock: Lock, state: State) -> bool:
        path = safe(str(lock.path))
        if state is State.EDITED and not self.arguments.force:
            self._say(f"{path} was edited: --force makes it anew, --no-lock keeps it")
            return False
        if state is State.CURRENT and not self.arguments.upgrade:
            return True
        if self.arguments.check:
            streams.write_drift(lock.root, (lock.path.name,))
            return False
        if not self._is_dry:
            lock.make(
                keeps_pins=not self.arguments.upgrade and state is not State.EDITED
            )
            self._say(f"wrote {path}")
        return True

    def _say(self, sentence: str) -> None:
        streams.say(self.reading.spec, sentence)
