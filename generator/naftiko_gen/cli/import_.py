"""The command `naftiko-gen import`: it makes a spec of an OpenAPI document."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.cli import streams
from naftiko_gen.cli.commands import NAMES
from naftiko_gen.cli.document_argument import (
    add_reading,
    document_path,
    limits_of,
)
from naftiko_gen.cli.tools import tool_sizes
from naftiko_gen.configuration.options import MAX_TOOLS, Surface
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.codes import ALWAYS_REPORTED, Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import quote, safe
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.imports.openapi_documents import names_by_calls
from naftiko_gen.ir import Check
from naftiko_gen.openapi.read.description import check_hosts, open_description
from naftiko_gen.openapi.write.additions import (
    KINDS,
    UnavailableSchemeError,
    authenticate,
    binding_problem,
    declared_schemes,
    parse_binding,
    parse_scheme,
)
from naftiko_gen.openapi.write.addresses import is_base_uri
from naftiko_gen.openapi.write.capability import (
    Kind,
    NamesByPlace,
    TooLargeError,
    Wishes,
    capability,
    key_of,
    operation_names,
)
from naftiko_gen.openapi.write.names import is_namespace
from naftiko_gen.openapi.write.selection import (
    Criteria,
    RenamingError,
    Selection,
    has_words,
    operation_lines,
    parse_renaming,
    rename,
    tag_lines,
)
from naftiko_gen.openapi.write.stable_names import (
    declares_operations,
    has_functions,
    read_check,
    read_names,
    read_surface,
    read_units,
)
from naftiko_gen.publish import atomic
from naftiko_gen.publish.atomic import ReplacementError, leads_out, replace_unchanged
from naftiko_gen.syntax import files
from naftiko_gen.syntax.reader.events import CAPABILITY
from naftiko_gen.tools.merge.merging import (
    MergedSpec,
    UnmergeableError,
    base_path,
    is_of_another_api,
    merge,
    read_base,
    write_base,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.openapi.read.api import Api
    from naftiko_gen.openapi.read.description import Description
    from naftiko_gen.openapi.write.additions import Binding
    from naftiko_gen.openapi.write.capability import ImportedSpec, Names

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
  naftiko-gen import openapi.json --search 'cancel order'
  naftiko-gen import openapi.json --tag orders --read-only --only mcp -o orders.yaml

An import over an imported file merges: edits by hand stay. Where the API
changed, too, a warning says so. `.FILE.imported` holds the file as imported; commit it
with the capability.

exit codes: 0 written; 1 the document can't be read, the file exists and wasn't
imported or is of another document, or operations are left out; 2 wrong usage; 70 a
fault of naftiko-gen itself
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
        help="how requests are authenticated, if the document doesn't say so: " + KINDS,
    )
    parser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="PARAMETER=VARIABLE",
        help="let a variable of the environment set a header, query parameter or "
        "cookie, so that callers don't; repeatable",
    )
    parser.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OPERATION=NAME",
        help="give an operation, which is named like those of --operation, a name;"
        " later imports keep it; repeatable",
    )
    parser.add_argument(
        "--check",
        choices=tuple(map(str, Check)),
        help="how much of bodies the package checks: all that the document says, only"
        " the types of members, or nothing; default: strict, or as imported before",
    )
    _add_selection(parser)
    parser.add_argument(
        "--only",
        choices=("rest", "mcp"),
        help="expose the operations only by adapters of this kind",
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
        "--reference",
        action="store_true",
        help="write a short capability, which imports the document instead of"
        " declaring its operations",
    )
    parser.add_argument(
        "--surface",
        choices=tuple(surface.value for surface in Surface),
        help="how the MCP server lists its tools; default: as imported before",
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
        " take, or with --tag each of its operations; write nothing",
    )
    parser.add_argument(
        "--search",
        metavar="WORDS",
        help="list the operations with all of these words in their id, path, summary,"
        " description or tags; write nothing",
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
            f"--base-uri: {quote(options.base_uri)} isn't an API address; {hint}"
        )
    if options.namespace and not is_namespace(options.namespace):
        hint = "use at most 48 letters, digits and hyphens"
        parser.error(f"--namespace: {quote(options.namespace)} isn't valid; {hint}")
    if options.auth is not None and parse_scheme(options.auth) is None:
        parser.error(f"--auth: {quote(options.auth)} is unknown; write {KINDS}")
    _check_bindings(parser, options.bind)
    for text in options.rename:
        if parse_renaming(text) is None:
            hint = "write OPERATION=NAME; a name is of at most 64 a-z, 0-9 and -"
            parser.error(f"--rename: {quote(text)} gives no name; {hint}")
    _check_tools(parser, options)
    return _Run(options).perform()


def _check_tools(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that a capability with an imported document can't express."""
    if options.surface and options.only == "rest":
        parser.error("--surface: it can't be combined with --only rest")
    if not (options.tools or options.reference):
        return
    own = "--tools" if options.tools else "--reference"
    names = ("base_uri", "bind", "check", *(("only",) if options.tools else ()))
    if conflicts := [name for name in names if getattr(options, name)]:
        option = conflicts[0].replace("_", "-")
        parser.error(f"{own}: it can't be combined with --{option}")
    if str(options.document) == "-":
        parser.error(f"{own}: name the file of the document, which is imported")


def _check_bindings(parser: argparse.ArgumentParser, texts: Sequence[str]) -> None:
    names: set[str] = set()
    for text in texts:
        if (binding := parse_binding(text)) is None:
            hint = "write PARAMETER=VARIABLE, with the variable in capitals"
            parser.error(f"--bind: {quote(text)} isn't a binding; {hint}")
        if binding.parameter.lower() in names:
            parser.error(f"--bind: {quote(binding.parameter)} is bound twice")
        names.add(binding.parameter.lower())


_LARGE = 500_000
"""The bytes of a capability above which nobody reads it: more than 10,000 lines."""
_MOST = CAPABILITY.size
"""The most bytes of a capability: larger specs are refused."""


class _Run:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        is_input = str(options.document) == "-"
        self._document = Path("stdin") if is_input else options.document
        self._output: Path | None = options.output

    def perform(self) -> Exit:
        """Read the document, write the spec, and print the result."""
        description = open_description(self._options.document, limits_of(self._options))
        try:
            return self._import(description)
        except (_RefusedError, RenamingError) as refusal:
            self._say(str(refusal))
        except TooLargeError:
            size = f"the capability would be larger than {_MOST // (1024 * 1024)} MiB"
            self._say(f"{size}; import a part of it with --tag or --path")
        return Exit.FAILED

    def _import(self, description: Description) -> Exit:
        if description.api is None:
            self._list(description)
            errors = _count(description.report.count(Severity.ERROR), "error")
            raise _RefusedError(f"{errors}, nothing written")
        api = self._select(description.api)
        before = self._before()
        call_names = self._call_names(description.api, before) if self._is_short else {}
        wishes = self._wishes(self._names(api, call_names, before), call_names, before)
        if self._options.list or self._options.search is not None:
            return self._list_operations(api, wishes)
        spec = capability(api, wishes)
        for remark in (*spec.remarks, *spec.remarks_of(spec.operations)):
            description.report.add(Code.NOT_CARRIED_OVER, remark.text, remark.span)
        check_hosts(api, description.report)
        self._list(description)
        self._write(spec, before, description.api)
        if not self._options.quiet:
            self._advise(api, spec)
        return self._name_omitted(spec)

    def _select(self, api: Api) -> Api:
        """Return the selected operations, with the credential of `--auth`."""
        selection = self._selection()
        if unknown := next(selection.unknown(api), None):
            raise _RefusedError(unknown)
        if self._is_short:
            # The capability imports the whole document, and its credential is of that.
            selected_api = selection.of(self._authenticate(api))
        else:
            selected_api = self._authenticate(selection.of(api))
        if problem := binding_problem(selected_api, self._bindings()):
            raise _RefusedError(problem)
        return selected_api

    def _bindings(self) -> tuple[Binding, ...]:
        bindings = map(parse_binding, self._options.bind)
        return tuple(binding for binding in bindings if binding)

    @property
    def _is_short(self) -> bool:
        """Whether the capability imports the document."""
        return self._options.reference or bool(self._options.tools)

    def _call_names(self, api: Api, before: bytes | None) -> NamesByPlace:
        """Return the names by which a capability calls the document's operations."""
        calls = read_units(before).keys() if before else set()
        return operation_names(api.operations, names_by_calls(api, calls))

    def _names(self, api: Api, call_names: NamesByPlace, before: bytes | None) -> Names:
        """Return names that stay: of the document, or of an earlier import."""
        if self._is_short:
            units = read_units(before) if before else {}
            earlier = {
                key_of(*p): units.get(call, call) for p, call in call_names.items()
            }
        else:
            earlier = read_names(before) if before else {}
        renamings = filter(None, map(parse_renaming, self._options.rename))
        return rename(api, earlier, dict(renamings))

    def _wishes(
        self, names: Names, call_names: NamesByPlace, before: bytes | None
    ) -> Wishes:
        """Return the settings of the import."""
        return Wishes(
            source=self._document.name,
            namespace=self._options.namespace,
            base_uri=self._options.base_uri,
            names=names,
            bindings=self._bindings(),
            adapters=self._adapters(),
            by_tag=self._options.group_by == "tag",
            location=self._location() if self._is_short else None,
            check=self._check(),
            authentication=self._options.auth,
            has_functions=self._has_functions(before),
            called=call_names,
            surface=self._surface(),
        )

    def _check(self) -> Check:
        """Return how much of bodies is checked: as before, unless an option says so."""
        if self._options.check:
            return Check(self._options.check)
        base = read_base(self._output) if self._output else None
        return read_check(base) if base else Check.STRICT

    def _surface(self) -> str | None:
        """Return how tools are listed: as before, unless an option says it."""
        base = read_base(self._output) if self._output else None
        return self._options.surface or (read_surface(base) if base else None)

    def _has_functions(self, before: bytes | None) -> bool:
        """Return whether routes and tools share functions: unless they did not before.

        Edits of inputs are merged with inputs in the same place.
        """
        is_merging = before is not None and not self._options.force
        base = read_base(self._output) if self._output and is_merging else None
        return base is None or has_functions(base)

    def _name_omitted(self, spec: ImportedSpec) -> Exit:
        """Name the operations that aren't in the capability, if there are any."""
        if not spec.omitted:
            return Exit.DONE
        titles = ", ".join(item.title for item in spec.omitted)
        operations = _count(len(spec.omitted), "operation")
        raise _RefusedError(f"left out {operations}: {titles}")

    def _selection(self) -> Selection:
        """Return the operations that the options select."""
        options = self._options
        inclusion = Criteria(
            tuple(options.path),
            tuple(options.tag),
            tuple(method.upper() for method in options.method),
            (*options.operation, *options.tools),
        )
        exclusion = Criteria(
            tuple(options.exclude_path),
            tuple(options.exclude_tag),
            tuple(method.upper() for method in options.exclude_method),
            tuple(options.exclude_operation),
        )
        return Selection(inclusion, exclusion, options.read_only)

    def _adapters(self) -> tuple[Kind, ...]:
        """Return the kinds of adapters that expose the operations."""
        if self._options.tools:
            return ("mcp",)
        return (self._options.only,) if self._options.only else ("rest", "mcp")

    def _location(self) -> str:
        """Return the path of the document from the directory of the capability."""
        directory = self._output.parent if self._output else Path()
        return files.path_from(directory, self._document)

    def _list_operations(self, api: Api, wishes: Wishes) -> Exit:
        """Print a line for each tag and one for all operations, or one for each."""
        sizes, words = tool_sizes(api, wishes), self._options.search
        if words is not None:
            sizes = [pair for pair in sizes if has_words(pair[0], words)]
        is_detailed = self._options.tag or words is not None
        for line in operation_lines(sizes) if is_detailed else tag_lines(sizes):
            streams.write(f"{line}\n")
        return Exit.DONE

    def _authenticate(self, api: Api) -> Api:
        """Return the API with the credential of `--auth`."""
        scheme = parse_scheme(self._options.auth or "")
        try:
            return authenticate(api, scheme) if scheme else api
        except UnavailableSchemeError as error:
            raise _RefusedError(_disagreement(error)) from error

    def _before(self) -> bytes | None:
        """Return the content of the output; None if it can't be read."""
        try:
            return files.content(self._output) if self._output else None
        except (OSError, ValueError):
            return None

    def _write(self, spec: ImportedSpec, before: bytes | None, api: Api) -> None:
        """Write the capability, merged with the edits of the file that is there."""
        content = spec.text.encode()
        if not spec.operations:
            raise _RefusedError(f"{self._emptiness()}, nothing written")
        if len(content) > _MOST:
            raise TooLargeError
        if self._output is None:
            streams.write(spec.text)
            return
        result = self._merge_edits(self._output, before, content, api)
        operations = _count(len(spec.operations), "operation")
        self._put(self._output, before, result.content, operations)
        self._list_conflicts(self._output, result)
        self._keep(self._output, content)

    def _merge_edits(
        self, output: Path, before: bytes | None, content: bytes, api: Api
    ) -> MergedSpec:
        """Return the file with the changes of the API."""
        if before is None or before == content or self._options.force:
            return MergedSpec(content)
        result = _merge(output, before, content, api)
        if isinstance(result, str):
            raise _RefusedError(f"{result}; --force overwrites it")
        return result

    def _list_conflicts(self, output: Path, result: MergedSpec) -> None:
        """Print the edits that stay where the API changed, too."""
        report = Report(str(output))
        for conflict in result.conflicts:
            report.add(Code.IMPORT_CONFLICT, conflict.message, conflict.span)
        self._print(report.diagnostics, {report.file: result.content})

    def _keep(self, output: Path, content: bytes) -> None:
        """Keep the capability as imported, so that the next import can merge."""
        try:
            write_base(output, content)
        except OSError as failure:
            raise _unwritable(base_path(output), str(failure.strerror)) from failure

    def _advise(self, api: Api, spec: ImportedSpec) -> None:
        """Print options that would help, and the command to type next."""
        self._advise_shorter(spec)
        if not declared_schemes(api):
            reason = (
                ": the document declares one only for other operations"
                if self._options.auth
                else "; if the API needs one, import again with --auth"
            )
            self._say(f"requests are sent without a credential{reason}")
        if self._output is not None:
            options = f"-o generated/{self._import_root(self._output)}"
            command = f"naftiko-gen {_quote_path(self._output)} {options}"
            # A path that a terminal would obey can't be typed.
            if safe(command) == command:
                print(f"next: {command}", file=sys.stderr)

    def _advise_shorter(self, spec: ImportedSpec) -> None:
        """Print how a large capability, or the list of its tools, can be shorter."""
        options = self._options
        is_referable = not (options.base_uri or options.bind or options.check)
        is_file = str(options.document) != "-" and self._output is not None
        size = len(spec.text.encode())
        if size > _LARGE and not self._is_short and is_referable and is_file:
            self._say(
                f"the capability has {size / 1_000_000:.1f} MB; --reference writes a"
                " shorter one, which imports the document, for the same package"
            )
        is_listed = "mcp" in self._adapters() and options.group_by is None
        is_full = self._surface() in (None, Surface.FULL.value)
        if len(spec.operations) > MAX_TOOLS and is_listed and is_full:
            self._say(
                f"{len(spec.operations):,} tools are more than the {MAX_TOOLS} that"
                " clients take; choose some, for example with --tag or --read-only, or"
                f" write --surface {Surface.GROUPED.value} or {Surface.SEARCH.value}"
            )

    def _import_root(self, output: Path) -> str:
        """Return the option for a capability that imports from another directory."""
        directory = self._document.parent
        if not self._is_short:
            return ""
        try:
            files.ImportRoots.of(output, None).find_document(self._location())
        except files.OutsideError:
            return f" --import-root {_quote_path(directory)}"
        return ""

    def _emptiness(self) -> str:
        """Return the reason why there is no operation to import."""
        if self._selection().is_limited:
            return "no operation is selected"
        return "it has no operations"

    def _put(
        self, output: Path, before: bytes | None, content: bytes, operations: str
    ) -> None:
        """Write a file unless it is up to date; `operations` says how many it has."""
        if before == content:
            self._say(f"{safe(str(output))} is up to date")
            return
        try:
            _replace(output, before, content)
        except FileNotFoundError as failure:
            place = quote(str(output.parent), limit=300)
            why = f"the directory {place} doesn't exist; make it first"
            raise _unwritable(output, why) from failure
        except (OSError, ValueError, ReplacementError) as failure:
            why = getattr(failure, "strerror", None) or str(failure)
            why = "it is a directory" if output.is_dir() else safe(why)
            raise _unwritable(output, why) from failure
        self._say(f"wrote {operations} to {safe(str(output))}")

    def _list(self, description: Description) -> None:
        """Print the errors, and the parts that are left out."""
        rows = [
            diagnostic
            for diagnostic in description.report.diagnostics
            if not self._options.quiet or _is_always_said(diagnostic)
        ]
        self._print(rows, description.sources)

    def _print(
        self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, bytes]
    ) -> None:
        color = rendering.has_colors(sys.stderr, self._options.color)
        text = rendering.text(diagnostics, sources, verbose=False, color=color)
        print(text, end="", file=sys.stderr)

    def _say(self, sentence: str) -> None:
        print(f"{safe(str(self._document))}: {sentence}", file=sys.stderr)


class _RefusedError(Exception):
    """The reason, as the user reads it, why no spec or only a part is written."""


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _unwritable(path: Path, why: str) -> _RefusedError:
    return _RefusedError(f"can't write {safe(str(path))}: {why}")


def _replace(output: Path, before: bytes | None, content: bytes) -> None:
    """Write a new file, or one whose content is known; never through a link.

    Raises:
        OSError: It can't be written.
        ReplacementError: Its content isn't the known one any more.
        ValueError: Its path can't exist.
    """
    if leads_out(output, Path()):
        there = safe(str(output))
        raise _RefusedError(f"a link leads from {there} to another directory")
    if before is None:
        _make_directory(output.parent)
        atomic.create(output, content)
    else:
        replace_unchanged(output, before, content)


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


def _merge(output: Path, before: bytes, content: bytes, api: Api) -> MergedSpec | str:
    """Return the file with the changes of the API, or why there is no such file."""
    there = safe(str(output))
    base = read_base(output)
    if base is None:
        return f"{there} already exists"
    is_declaring = declares_operations(base)
    if is_declaring not in (None, declares_operations(content)):
        word = "without" if is_declaring else "with"
        return f"{there} was imported {word} --reference or --tools"
    if is_of_another_api(base, content, api):
        return f"{there} is an import of another document"
    try:
        return merge(base, before, content)
    except UnmergeableError as error:
        return f"the edits of {there} can't be merged with the import: {error}"


def _quote_path(path: Path) -> str:
    """Return a path for a shell; it is no option and no command."""
    text = str(path)
    is_other = text.startswith("-") or text in NAMES
    return shlex.quote(f"./{text}" if is_other else text)


def _disagreement(error: UnavailableSchemeError) -> str:
    """Return that the document declares other credentials, and how to choose one."""
    arguments = [f"--auth {shlex.quote(text)}" for text in error.choices]
    if len(arguments) > 1:
        return f"{error}; choose with {' or '.join(arguments)}"
    return f"{error}; write {' or '.join([*arguments, 'no --auth'])}"


def _is_always_said(finding: Diagnostic) -> bool:
    return finding.severity is Severity.ERROR or finding.code in ALWAYS_REPORTED
