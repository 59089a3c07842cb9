"""The command `naftiko-gen deploy`: it writes the images and manifests of packages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.readings import read_specs
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.emit.files import package_directory
from naftiko_gen.publish.delivery import deliver_deployment
from naftiko_gen.publish.diff import unified_diff
from naftiko_gen.publish.outcome import Compiled
from naftiko_gen.tools.deploy.description import describe
from naftiko_gen.tools.deploy.files import files
from naftiko_gen.tools.deploy.remarks import remarks

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from naftiko_gen.frontend import Reading
    from naftiko_gen.publish.plan import Plan
    from naftiko_gen.tools.deploy.description import Deployment

OUTPUT = Path("deploy")

DESCRIPTION = """\
Write the deployment of each package: a Dockerfile, and manifests for Kubernetes with
presets (Kustomize), from the ports, variables, credentials and hosts of its spec.
"""
EPILOG = """\
examples:
  naftiko-gen deploy specs/training-runs.yaml
  naftiko-gen deploy 'specs/*.yaml' -o deploy/ --check   # in CI: exit 1 on drift
  kubectl apply -k deploy/training-runs/overlays/standard

exit codes: 0 written or up to date; 1 a spec is wrong, a file of it was edited,
--check found drift, or it can't be written; 2 wrong usage or configuration;
70 a fault of naftiko-gen itself
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command_line.add_specs(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=OUTPUT,
        dest="deployments",
        metavar="DIR",
        help="where the deployments go, each into a directory of its own"
        " (default: deploy/)",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check",
        action="store_true",
        help="write nothing; list the files that differ, and exit 1 if any does",
    )
    mode.add_argument(
        "--diff", action="store_true", help="write nothing; print the changes as a diff"
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were edited"
    )
    command_line.add_reading(parser)
    command_line.add_skip_unresolved(parser)
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the deployments; a spec that has none doesn't stop the others."""
    readings = read_specs(parser, options, "written")
    _refuse_rivals(parser, readings)
    outcomes = [_deploy(reading, options) for reading in readings]
    return Exit.DONE if all(outcomes) else Exit.FAILED


def _refuse_rivals(
    parser: argparse.ArgumentParser, readings: Sequence[Reading]
) -> None:
    """Refuse specs that share a package, and so a deployment."""
    names: dict[str, Path] = {}
    for reading in readings:
        name = package_directory(reading.spec, Layout.PROJECT)
        rival = names.setdefault(name, reading.spec)
        if rival != reading.spec:
            both = f"{safe(str(rival))} and {safe(str(reading.spec))}"
            parser.error(f"{both} have the same package")


def _deploy(reading: Reading, options: argparse.Namespace) -> bool:
    """Write the deployment of a spec; return whether it is as it has to be."""
    if reading.meaning is None:
        return False
    deployment = describe(reading.meaning.capability)
    if not deployment.ports:
        _say(reading, "no adapter listens on a port, so there is nothing to deploy")
        return False
    plan = _publish(reading, deployment, options)
    if plan is None:
        return False
    if options.diff:
        streams.write(unified_diff(plan))
    _write_outcome(reading, plan, options)
    if options.check:
        return not plan.changes
    for remark in remarks(deployment):
        _say(reading, remark)
    return True


def _publish(
    reading: Reading, deployment: Deployment, options: argparse.Namespace
) -> Plan | None:
    """Publish the files, or plan to; print why that is impossible."""
    output: Path = options.deployments
    root = output / package_directory(reading.spec, Layout.PROJECT)
    is_dry = options.check or options.diff
    choices = Options(output, force=options.force, dry=is_dry)
    result = deliver_deployment(reading, root, files(deployment), choices)
    color = rendering.has_colors(sys.stderr, options.color)
    text = rendering.text(result.diagnostics, {}, verbose=False, color=color)
    print(text, end="", file=sys.stderr)
    if not isinstance(result.outcome, Compiled):
        _say(reading, "nothing written")
        return None
    return result.outcome.plan


def _write_outcome(reading: Reading, plan: Plan, options: argparse.Namespace) -> None:
    root = safe(str(plan.root))
    if options.check:
        for verb, paths in (("write", plan.written), ("remove", plan.removed)):
            for path in paths:
                streams.write(f"would {verb} {safe(str(plan.root / path))}\n")
    if not plan.changes:
        _say(reading, f"{root} is up to date")
        return
    verb = "would write" if options.check or options.diff else "wrote"
    removals = f", removed {len(plan.removed)}" if plan.removed else ""
    _say(reading, f"{verb} {len(plan.written)} files to {root}{removals}")


def _say(reading: Reading, sentence: str) -> None:
    print(f"{safe(str(reading.spec))}: {sentence}", file=sys.stderr)
