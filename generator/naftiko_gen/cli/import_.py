"""The command `naftiko-gen import`: it makes a spec of an OpenAPI document."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.document_argument import (
    add_reading,
    document_path,
    limits_of,
)
from naftiko_gen.cli.names import is_name
from naftiko_gen.cli.tool_sizes import tool_sizes
from naftiko_gen.diagnostics import colors, rendering
from naftiko_gen.diagnostics.codes import ALWAYS_REPORTED, Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe, shown
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.openapi.read.hosts import check_hosts
from naftiko_gen.openapi.write import listing
from naftiko_gen.openapi.write.additions import (
    binding_problem,
    choices,
    declared_schemes,
    parse_binding,
    parse_scheme,
    prefer_scheme,
    require_scheme,
)
from naftiko_gen.openapi.write.addresses import is_base_uri
from naftiko_gen.openapi.write.capability import (
    Kind,
    TooLargeError,
    Wishes,
    capability,
)
from naftiko_gen.openapi.write.names import is_namespace
from naftiko_gen.openapi.write.selection import Criteria, Selection
from naftiko_gen.openapi.write.stable_names import read_names
from naftiko_gen.publish import atomic
from naftiko_gen.syntax import files
from naftiko_gen.syntax.reader.limits import CAPABILITY
from naftiko_gen.tools.fix.file import ReplacementError, leads_out, replace
from naftiko_gen.tools.merge.base import base_path, read_base, write_base
from naftiko_gen.tools.merge.merging import Merged, UnmergeableError, merge

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.openapi.read.api import Api
    from naftiko_gen.openapi.read.description import Description
    from naftiko_gen.openapi.write.capability import Imported

DESCRIPTION = """\
Write a capability that consumes the API which an OpenAPI document describes, and
exposes all of it over REST and MCP. Swagger 2.0 and OpenAPI 3.0 to 3.2, in YAML or
JSON; nothing is fetched. Parts that a capability can't express become comments, and
are listed with their places.
"""
EPILOG = """\
examples:
  naftiko-gen import openapi.yaml -o specs/orders.yaml
  naftiko-gen import openapi.json --base-uri https://api.example.com/v1
  curl -fsSL https://example.com/openapi.json | naftiko-gen import - -o specs/shop.yaml
  naftiko-gen import openapi.json --auth bearer --bind X-Tenant=LIBRARY_TENANT
  naftiko-gen import openapi.json --list
  naftiko-gen import openapi.json --tag orders --read-only --only mcp -o orders.yaml

An import over an imported file merges: edits by hand stay. Where the API
changed, too, a warning says so. `.FILE.imported` holds the file as imported; commit it
with the capability.

exit codes: 0 written; 1 the document can't be read, the file exists and wasn't
imported, or operations are left out; 2 wrong usage; 70 a fault of naftiko-gen itself
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "document",
        type=document_path,
        metavar="OPENAPI",
        help="an OpenAPI document; - is standard input",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where the capability goes; default: standard output",
    )
    parser.add_argument(
        "--base-uri",
        metavar="URI",
        help="where the API is, if the document doesn't say so, or says it wrongly",
    )
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        help="the API's name in the capability; default: made of its title",
    )
    parser.add_argument(
        "--auth",
        metavar="KIND",
        help="how requests are authenticated, if the document doesn't say so: bearer, "
        "basic, apikey:HEADER or apikey:query:NAME",
    )
    parser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="PARAMETER=VARIABLE",
        help="let a variable of the environment set a header, query parameter or "
        "cookie, so that callers don't; repeatable",
    )
    _add_selection(parser)
    parser.add_argument(
        "--only",
        choices=("rest", "mcp"),
        help="expose the operations by adapters of this kind alone",
    )
    parser.add_argument(
        "--tools",
        nargs="+",
        action="extend",
        default=[],
        metavar="ID",
        help="write a short capability, which imports the document and exposes only"
        " these operations, as tools",
    )
    parser.add_argument(
        "--group-by",
        choices=("tag",),
        help="give the operations of each tag adapters of their own",
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="list the tags with their operations and about how many tokens the tools"
        " take; write nothing",
    )
    add_reading(parser)
    parser.add_argument(
        "--force",
        action="store_true",
        help="overwrite an edited FILE instead of merging; operations keep the names"
        " that they have there",
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="list nothing that is left out"
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show where an internal error arose"
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that choose operations."""
    kinds = (
        ("path", "GLOB", "of such paths, e.g. '/orders/*'"),
        ("tag", "TAG", "with this tag"),
        ("method", "METHOD", "with this method"),
        ("operation", "ID", "with this id, or METHOD and path"),
    )
    for name, metavar, which in kinds:
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=metavar,
            help=f"import only the operations {which}; repeatable",
        )
        parser.add_argument(
            f"--exclude-{name}",
            action="append",
            default=[],
            metavar=metavar,
            help=f"leave out the operations {which}; repeatable",
        )
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="import only the operations whose methods change nothing",
    )


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Import the document."""
    if options.base_uri is not None and not is_base_uri(options.base_uri):
        hint = "write one such as https://api.example.com/v1"
        parser.error(
            f"--base-uri: {shown(options.base_uri)} isn't an API address; {hint}"
        )
    if options.namespace and not is_namespace(options.namespace):
        hint = "use at most 48 letters, digits and hyphens"
        parser.error(f"--namespace: {shown(options.namespace)} isn't valid; {hint}")
    if options.auth is not None and parse_scheme(options.auth) is None:
        kinds = "bearer, basic, apikey:HEADER or apikey:query:NAME"
        parser.error(f"--auth: {shown(options.auth)} is unknown; write {kinds}")
    _check_bindings(parser, options.bind)
    _check_tools(parser, options)
    return _Run(options).perform()


def _check_tools(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that a capability with an imported document can't express."""
    names = ("auth", "base_uri", "bind", "only")
    given = [name for name in names if getattr(options, name)]
    if options.tools and given:
        option = given[0].replace("_", "-")
        parser.error(f"--tools: it can't be combined with --{option}")
    if options.tools and str(options.document) == "-":
        parser.error("--tools: name the file of the document, which is imported")


def _check_bindings(parser: argparse.ArgumentParser, texts: Sequence[str]) -> None:
    names: set[str] = set()
    for text in texts:
        if (binding := parse_binding(text)) is None:
            hint = "write PARAMETER=VARIABLE, with the variable in capitals"
            parser.error(f"--bind: {shown(text)} isn't a binding; {hint}")
        if binding.parameter.lower() in names:
            parser.error(f"--bind: {shown(binding.parameter)} is bound twice")
        names.add(binding.parameter.lower())


class _Run:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        is_input = str(options.document) == "-"
        self._document = Path("stdin") if is_input else options.document
        self._output: Path | None = options.output

    def perform(self) -> Exit:
        """Read the document, write the spec, and print the result."""
        limits = limits_of(self._options)
        description = open_description(self._options.document, limits)
        if description.api is None:
            self._list(description)
            errors = description.report.count(Severity.ERROR)
            counted = "1 error" if errors == 1 else f"{errors} errors"
            return self._fail(f"{counted}, nothing written")
        selection = self._selection()
        if unknown := next(selection.unknown(description.api), None):
            return self._fail(unknown)
        api = selection.of(description.api)
        bindings = [
            binding for binding in map(parse_binding, self._options.bind) if binding
        ]
        api, why = self._authenticate(api)
        if why := why or binding_problem(api, bindings):
            return self._fail(why)
        before = self._before()
        wishes = Wishes(
            source=self._document.name,
            namespace=self._options.namespace,
            base_uri=self._options.base_uri,
            names=read_names(before) if before else {},
            bindings=tuple(bindings),
            adapters=self._adapters(),
            by_tag=self._options.group_by == "tag",
            location=self._location() if self._options.tools else None,
        )
        if self._options.list:
            return self._list_operations(api, wishes)
        try:
            imported = capability(api, wishes)
        except TooLargeError:
            return self._too_large()
        for remark in (*imported.remarks, *imported.remarks_of(imported.operations)):
            description.report.add(Code.NOT_CARRIED_OVER, remark.text, remark.span)
        check_hosts(api, description.report)
        self._list(description)
        done = self._write(imported, before)
        if done is Exit.DONE and not self._options.quiet:
            self._advise(api)
        return self._name_omitted(imported) if imported.omitted else done

    def _name_omitted(self, imported: Imported) -> Exit:
        """Name the operations that aren't in the capability."""
        count = len(imported.omitted)
        counted = "1 operation" if count == 1 else f"{count} operations"
        titles = ", ".join(item.title for item in imported.omitted)
        return self._fail(f"left out {counted}: {titles}")

    def _selection(self) -> Selection:
        """Return the operations that the options select."""
        given = self._options
        wanted = Criteria(
            tuple(given.path),
            tuple(given.tag),
            tuple(method.upper() for method in given.method),
            (*given.operation, *given.tools),
        )
        excluded = Criteria(
            tuple(given.exclude_path),
            tuple(given.exclude_tag),
            tuple(method.upper() for method in given.exclude_method),
            tuple(given.exclude_operation),
        )
        return Selection(wanted, excluded, given.read_only)

    def _adapters(self) -> tuple[Kind, ...]:
        """Return the kinds of adapters that expose the operations."""
        if self._options.tools:
            return ("mcp",)
        return (self._options.only,) if self._options.only else ("rest", "mcp")

    def _location(self) -> str:
        """Return the path of the document from the directory of the capability."""
        directory = self._output.parent if self._output else Path()
        return Path(os.path.relpath(self._document, directory)).as_posix()

    def _list_operations(self, api: Api, wishes: Wishes) -> Exit:
        """Print a line for each tag, and one for all operations."""
        try:
            sizes = tool_sizes(api, wishes)
        except TooLargeError:
            return self._too_large()
        for line in listing.lines(sizes):
            streams.write(f"{line}\n")
        return Exit.DONE

    def _authenticate(self, api: Api) -> tuple[Api, str | None]:
        """Return the API with the credential of `--auth`, or why it can't."""
        scheme = parse_scheme(self._options.auth or "")
        if scheme is None:
            return api, None
        if not declared_schemes(api):
            return require_scheme(api, scheme), None
        preferred = prefer_scheme(api, scheme)
        return (api, _disagreement(api)) if preferred is None else (preferred, None)

    def _before(self) -> bytes | None:
        """Return the content of the output; None if it can't be read."""
        try:
            return files.content(self._output) if self._output else None
        except (OSError, ValueError):
            return None

    def _write(self, imported: Imported, before: bytes | None) -> Exit:
        content = imported.text.encode()
        count = len(imported.operations)
        counted = "1 operation" if count == 1 else f"{count} operations"
        if not imported.operations:
            return self._fail(f"{self._emptiness()}, nothing written")
        if len(content) > CAPABILITY.size:
            return self._too_large()
        if self._output is None:
            streams.write(imported.text)
            return Exit.DONE
        if before is None or before == content or self._options.force:
            merged: Merged | str = Merged(content)
        else:
            merged = _merge(self._output, before, content)
        if isinstance(merged, str):
            return self._fail(f"{merged}; --force overwrites it")
        done = self._put(self._output, before, merged.content, counted)
        if done is not Exit.DONE:
            return done
        self._list_conflicts(self._output, merged)
        return self._keep(self._output, content)

    def _list_conflicts(self, output: Path, merged: Merged) -> None:
        """Print the edits that stay where the API changed, too."""
        report = Report(str(output))
        for conflict in merged.conflicts:
            report.add(Code.IMPORT_CONFLICT, conflict.message, conflict.span)
        self._print(report.diagnostics, {report.file: merged.content})

    def _keep(self, output: Path, content: bytes) -> Exit:
        """Keep the capability as imported, so that the next import can merge."""
        try:
            write_base(output, content)
        except OSError as failure:
            there = safe(str(base_path(output)))
            return self._fail(f"can't write {there}: {failure.strerror}")
        return Exit.DONE

    def _advise(self, api: Api) -> None:
        """Print that requests have no credential, and the command to type next."""
        if not declared_schemes(api):
            self._say(
                "requests are sent without a credential; if the API needs one,"
                " import again with --auth"
            )
        if self._output is not None:
            command = f"naftiko-gen {_quote_path(self._output)} -o generated/"
            # A path that a terminal would obey can't be typed.
            if safe(command) == command:
                print(f"next: {command}", file=sys.stderr)

    def _emptiness(self) -> str:
        """Return the reason why there is no operation to import."""
        if self._selection().is_limited:
            return "no operation is selected"
        return "it has no operations"

    def _too_large(self) -> Exit:
        size = CAPABILITY.size // (1024 * 1024)
        why = f"the capability would be larger than {size} MiB"
        return self._fail(f"{why}; import a part of it with --tag or --path")

    def _put(
        self, output: Path, before: bytes | None, content: bytes, counted: str
    ) -> Exit:
        if before == content:
            self._say(f"{safe(str(output))} is up to date")
            return Exit.DONE
        try:
            if leads_out(output, Path()):
                there = safe(str(output))
                return self._fail(f"a link leads from {there} to another directory")
            if before is None:
                _make_directory(output.parent)
                atomic.create(output, content)
            else:
                replace(output, before, content)
        except FileNotFoundError:
            place = shown(str(output.parent), limit=300)
            why = f"the directory {place} doesn't exist; make it first"
            return self._fail(f"can't write {safe(str(output))}: {why}")
        except (OSError, ValueError, ReplacementError) as failure:
            why = getattr(failure, "strerror", None) or str(failure)
            why = "it is a directory" if output.is_dir() else why
            return self._fail(f"can't write {safe(str(output))}: {safe(why)}")
        self._say(f"wrote {counted} to {safe(str(output))}")
        return Exit.DONE

    def _list(self, description: Description) -> None:
        """Print the errors, and the parts that are left out."""
        listed = [
            diagnostic
            for diagnostic in description.report.diagnostics
            if not self._options.quiet or _is_always_said(diagnostic)
        ]
        self._print(listed, description.sources)

    def _print(
        self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, bytes]
    ) -> None:
        color = colors.has_colors(sys.stderr, self._options.color)
        text = rendering.text(diagnostics, sources, verbose=False, color=color)
        print(text, end="", file=sys.stderr)

    def _fail(self, why: str) -> Exit:
        self._say(why)
        return Exit.FAILED

    def _say(self, sentence: str) -> None:
        print(f"{safe(str(self._document))}: {sentence}", file=sys.stderr)


def _make_directory(directory: Path) -> None:
    """Make a directory below the current one, unless a link or `..` is on the way.

    Raises:
        OSError: It can't be made.
    """
    place = directory.absolute()
    if ".." in directory.parts or not place.is_relative_to(Path.cwd()):
        return
    below = place.relative_to(Path.cwd())
    if not any(path.is_symlink() for path in (below, *below.parents)):
        directory.mkdir(parents=True, exist_ok=True)


def _merge(output: Path, before: bytes, content: bytes) -> Merged | str:
    """Return the file with the changes of the API, or why there is no such file."""
    there = safe(str(output))
    base = read_base(output)
    if base is None:
        return f"{there} already exists"
    try:
        return merge(base, before, content)
    except UnmergeableError as error:
        return f"the edits of {there} can't be merged with the import: {error}"


def _quote_path(path: Path) -> str:
    """Return a path for a shell; it is no option and no command."""
    text = str(path)
    is_other = text.startswith("-") or is_name(text)
    return shlex.quote(f"./{text}" if is_other else text)


def _disagreement(api: Api) -> str:
    """Return that the document declares other credentials, and how to choose one."""
    listed = ", ".join(map(shown, declared_schemes(api)))
    why = f"the document declares authentication ({listed})"
    chosen = [f"--auth {shlex.quote(text)}" for text in choices(api)]
    can = (
        f"choose with {' or '.join(chosen)}" if len(chosen) > 1 else "leave out --auth"
    )
    return f"{why}; {can}"


def _is_always_said(finding: Diagnostic) -> bool:
    return finding.severity is Severity.ERROR or finding.code in ALWAYS_REPORTED
