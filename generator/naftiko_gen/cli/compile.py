"""The command `naftiko-gen SPEC...`: its arguments, and the modes without a run."""

from __future__ import annotations

import argparse
from functools import partial

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import (
    API_DOCS,
    READING,
    SKIP_UNRESOLVED,
    SPECS,
    SURFACES,
    TRACEBACK,
    words,
)
from naftiko_gen.cli.commands import did_you_mean
from naftiko_gen.cli.compile_run import CompileRun
from naftiko_gen.configuration import command_line
from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.diagnostics import Code, Exit, quote, safe
from naftiko_gen.diagnostics.codes import page_address, read_page

DESCRIPTION = """\
Compile Naftiko capability specs into Python packages that run: a REST API, an MCP
server and an Agent Skill, with tests. A part that a spec leaves out, or spells in
another way, is an assumption: a note or a warning reports it, with its line.
"""
USAGE = """\
%(prog)s [OPTION...] [SPEC...]
       %(prog)s COMMAND [OPTION...] [ARGUMENT...]

  %(prog)s specs/orders.yaml      compile a spec to generated/orders
  %(prog)s run specs/orders.yaml  serve a spec from a temporary place
  %(prog)s import openapi.yaml    make a spec of an OpenAPI document
  %(prog)s init DIR               make a repository for specs"""
EPILOG = """\
commands, each with its own --help:
  naftiko-gen [SPEC...]            compile specs
  naftiko-gen explain [SPEC...]    explain the routes and tools of a spec
  naftiko-gen fix [SPEC...]        write the compiler's assumptions into the spec
  naftiko-gen import OPENAPI       make a spec of an OpenAPI document
  naftiko-gen tools SPEC           list tools, their tokens and their faults
  naftiko-gen drift SPEC           list the changes of its OpenAPI document
  naftiko-gen init DIR             make a repository for specs
  naftiko-gen update               merge a newer scaffold into such a repository
  naftiko-gen run SPEC             serve a spec from a temporary place
  naftiko-gen deploy [SPEC...]     write the image and manifests of packages
  naftiko-gen runtime              write the code that packages share, or update it
  naftiko-gen schema               print a JSON Schema of specs, for editors

Without a SPEC, commands take the specs that the configuration names: naftiko-gen.toml,
or [tool.naftiko-gen] in pyproject.toml. Options win over the configuration.

examples:
  naftiko-gen                                          # the specs of the configuration
  naftiko-gen specs/training-runs.yaml -o generated/
  naftiko-gen 'specs/*.yaml' -o generated/ --check     # in CI: exit 1 on drift
  naftiko-gen 'specs/*.yaml' --fail-on-change          # in a pre-commit hook
  naftiko-gen specs/orders.yaml -o src/ --layout package
  naftiko-gen --explain unknown-operation

exit codes: 0 done or up to date; 1 a spec is wrong, --check found drift,
--fail-on-change wrote something, or the output can't be written;
2 wrong usage or configuration; 70 a fault of naftiko-gen itself
"""


ARGUMENTS = f"""\
{SPECS}
-o, --output DIR  where the packages go, each into a directory of its own (default:
  generated/)
--layout {words(Layout)}  project: an installable project; package: only the importable
  package, for a build step of another project (default: project)
--runtime {words(Delivery)}  vendored: packages have a copy of the modules that they
  share; library: they depend on naftiko-runtime, which is kept beside them (default:
  vendored)
{API_DOCS}
{SURFACES}
{READING}

| --check  write nothing; list the files that differ, and exit 1 if any does
| --diff  write nothing; print the changes as a unified diff
| --fail-on-change  exit 1 if anything was written or removed, new files included
| --watch  compile, then again whenever a spec or an import changes, until Ctrl-C
| --explain CODE  print the meaning of a diagnostic code, and exit
--[no-]strict  treat every assumption, a warning or a note, as an error
{SKIP_UNRESOLVED}
--force  overwrite generated files that were edited, and packages of other specs
-j, --jobs N  compile N specs at a time (default: one more than there are processors if
  there are many specs, else one)
--no-cache  compile every spec anew, and store nothing for later runs
--depfile FILE  write the files that the packages depend on, for Make and Ninja
--stamp FILE  touch this file at the end of a run; the depfile then names it as its
  target, instead of the manifests of the packages
--format text|json|github|sarif = text  how diagnostics are written (default:
  %(default)s)
| -q, --quiet  show errors only
| -v, --verbose  list the notes, with their lines
{TRACEBACK}
--print-completion bash|zsh|fish|tcsh|powershell  print the script by which a shell
  completes this command line"""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Compile the specs; or explain a code, or print a completion script."""
    if options.explain is not None:
        return _explain(parser, options.explain)
    if options.print_completion is not None:
        return _print_completion(parser, options.print_completion)
    if options.depfile or options.stamp:
        if options.check or options.diff:
            parser.error(
                "--depfile and --stamp need a run that writes: drop --check or --diff"
            )
        if options.watch:
            parser.error("--depfile and --stamp need a single run: drop --watch")
    if options.watch:
        return _watch(parser, options)
    return CompileRun(options, command_line.settings(parser, options)).perform()


def _watch(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    # They look up installed libraries, which other runs don't.
    from naftiko_gen.cli.watch import Watch
    from naftiko_gen.tools.run import changes

    if not changes.is_possible():
        parser.error(changes.missing("watch"))
    return Watch(options, partial(command_line.settings, parser, options)).perform()


def _print_completion(parser: argparse.ArgumentParser, shell: str) -> Exit:
    from naftiko_gen.cli import completion

    if not completion.is_possible():
        parser.error(completion.missing())
    streams.write(completion.script(shell))
    return Exit.DONE


def _explain(parser: argparse.ArgumentParser, slug: str) -> Exit:
    code = Code.of(slug)
    if code is None:
        hint = did_you_mean(slug, (member.slug for member in Code))
        parser.error(f"unknown code {quote(slug)}{hint}")
    page = read_page(code.slug)
    address = f"More: {page_address(code.slug)}"
    lines = code.meaning, code.remedy, "", *page.example.split("\n"), address
    text = "".join(f"{safe(line)}\n" for line in lines)
    streams.write(f"{code.slug} ({code.severity})\n\n{text}")
    return Exit.DONE
