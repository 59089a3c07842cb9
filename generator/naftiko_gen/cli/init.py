"""The command `naftiko-gen init`: it makes a repository for specs."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from os.path import realpath
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import TRACEBACK, words
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.diagnostics import Exit, count, safe
from naftiko_gen.language.names import slug
from naftiko_gen.publish.refusal import find_fault
from naftiko_gen.syntax.files import kind
from naftiko_gen.tools.scaffold.installation import Requirement, shared_requirement
from naftiko_gen.tools.scaffold.releases import Releases
from naftiko_gen.tools.scaffold.scaffold import ANSWERS, ScaffoldError, create

DESCRIPTION = """\
Make a repository for specs: an example to start from, the configuration of naftiko-gen
and of pre-commit, a workflow for CI, a Dockerfile and a compose file for the services,
tests, a README. Files that are there already are left as they are, and listed.
"""
EPILOG = """\
examples:
  naftiko-gen init capabilities
  naftiko-gen init .
  naftiko-gen init capabilities --requirement 'naftiko-gen @ git+https://HOST/REPO@TAG'

Needs git. `naftiko-gen update` brings the files to the scaffold of a newer version.
"""

_HOOK = ".pre-commit-config.yaml"
_INSTALLING = ("requirements-dev.txt", _HOOK)
"""The files that name naftiko-gen for pip."""
_EXAMPLES = ("specs/example.yaml", "Dockerfile", "compose.yaml", ".env.example")
"""The files that know only the example."""
_NEXT = (
    "pip install -r requirements-dev.txt",
    "naftiko-gen",
    "pip install ./generated/*/",
)

ARGUMENTS = f"""\
DIR > directory  the directory of the repository
--name NAME  the name of the repository (default: that of its directory)
--python 3.11|3.12|3.13 = 3.13  the version that CI and the image use (default:
  %(default)s)
--runtime {words(Delivery)} = {Delivery.VENDORED.value}  vendored: packages have a copy
  each of their common code; library: they depend on one copy, which is kept beside them
  (default: %(default)s)
--requirement TEXT  the requirement that names naftiko-gen for pip (default: the running
  version, or the commit or the URL that it was installed from)
{TRACEBACK}"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Write the files that don't exist yet."""
    directory: Path = options.directory
    requirement = _choose_requirement(options)
    answers = _answers(options, requirement)
    where, releases = safe(str(directory)), Releases.of_this_version()
    if fault := find_fault(Path(realpath(directory))):
        parser.error(f"{where} {fault}")
    if kind(directory / ANSWERS):
        parser.error(f"{where} has a scaffold: naftiko-gen update renews it")
    files = releases.files(releases.newest)
    existing = [path for path in files if kind(directory / path)]
    try:
        create(directory, answers, releases)
    except ScaffoldError as error:
        streams.say("naftiko-gen", f"{where}: {safe(str(error))}")
        return Exit.FAILED
    streams.write("".join(_list_files(directory, files, existing)))
    for sentence in _sentences(directory, releases, requirement, files, existing):
        print(sentence, file=sys.stderr)
    return Exit.DONE


def _choose_requirement(options: argparse.Namespace) -> Requirement:
    """Return the requirement of `--requirement`, or of the running naftiko-gen."""
    text: str | None = options.requirement
    if text:
        return Requirement(text, is_local=bool(re.search(r"@ *(git\+)?file:", text)))
    return shared_requirement()


def _answers(options: argparse.Namespace, requirement: Requirement) -> dict[str, str]:
    # `Path.resolve` fails on links in a circle; making the directory reports them.
    name = slug(Path(realpath(options.directory)).name)[:63].strip("-")
    return {
        "name": options.name or name or "capabilities",
        "python": options.python,
        "runtime": options.runtime,
        "requirement": requirement.text,
    }


def _sentences(
    directory: Path,
    releases: Releases,
    requirement: Requirement,
    files: list[Path],
    existing: list[Path],
) -> Iterator[str]:
    """Yield how to go on, and the parts that kept files may lack."""
    new_files = [path.as_posix() for path in files if path not in existing]
    sentence = f"{safe(str(directory))}: wrote {count(len(new_files), 'file')}"
    if "README.md" in new_files:
        yield f"{sentence}; README.md says how to go on"
    else:
        yield f"{sentence}; next: {' && '.join(_NEXT)}"
    pip_files = [name for name in _INSTALLING if name in new_files]
    if pip_files:
        yield _installs(requirement, pip_files)
    if _HOOK not in new_files:
        yield f"{_HOOK} is kept: add below its `repos:`"
        yield from map(safe, _hook(releases, requirement).splitlines())
    examples = [name for name in _EXAMPLES if name in new_files]
    specs = _own_specs(directory)
    if examples and specs:
        yield (
            f"{', '.join(examples)}: only an example, to delete with the job `image` of"
            " the workflow; naftiko-gen deploy 'specs/*.yaml' writes the images of"
            f" {count(specs, 'spec')} in specs/"
        )


def _own_specs(directory: Path) -> int:
    """Return the number of specs that the scaffold's configuration compiles."""
    specs = (directory / "specs").glob("*.yaml")
    return sum(path.name != "example.yaml" for path in specs)


def _hook(releases: Releases, requirement: Requirement) -> str:
    """Return the repository of the hook, as the scaffold writes it."""
    template = releases.root / releases.newest / "template" / f"{_HOOK}.jinja"
    block = template.read_text("utf-8").removeprefix("repos:\n").rstrip("\n")
    return block.replace("[[ requirement ]]", requirement.text)


def _installs(requirement: Requirement, files: list[str]) -> str:
    """Say which naftiko-gen the scaffold installs, and whether other machines can."""
    verb = "installs" if len(files) == 1 else "install"
    names = " and ".join(files)
    sentence = f"naftiko-gen: {names} {verb} '{safe(requirement.text)}'"
    if not requirement.is_local:
        return sentence
    return (
        f"{sentence}, which other machines don't have; before you share them, write"
        " there 'naftiko-gen @ git+https://HOST/REPO@COMMIT'"
    )


def _list_files(
    directory: Path, files: list[Path], existing: list[Path]
) -> Iterator[str]:
    """Yield a line for each file: written, or there already."""
    for path in files:
        remark = " (exists, unchanged)" if path in existing else ""
        yield f"{safe((directory / path).as_posix())}{remark}\n"
