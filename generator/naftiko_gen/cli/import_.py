"""The command `naftiko-gen import`: it makes a spec of an OpenAPI document."""

from __future__ import annotations

import argparse
import shlex
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.arguments import TRACEBACK, words
from naftiko_gen.cli.commands import NAMES
from naftiko_gen.cli.readings import DUPLICATE_KEYS, limits_of
from naftiko_gen.configuration.options import MAX_TOOLS, Options, Surface
from naftiko_gen.diagnostics import (
    ALWAYS_REPORTED,
    Code,
    Diagnostic,
    Exit,
    Report,
    Severity,
    count,
    quote,
    safe,
)
from naftiko_gen.emit.tools.lists import tool_lists
from naftiko_gen.frontend import read
from naftiko_gen.imports.openapi_documents import names_by_calls
from naftiko_gen.ir import Check
from naftiko_gen.openapi.read.api import Api, Operation
from naftiko_gen.openapi.read.description import (
    Description,
    check_hosts,
    open_description,
)
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
    ImportedSpec,
    Kind,
    Names,
    NamesByPlace,
    TooLargeError,
    Wishes,
    capability,
    key_of,
    named_operations,
    operation_names,
)
from naftiko_gen.openapi.write.names import is_namespace
from naftiko_gen.openapi.write.selection import (
    Criteria,
    OperationChoiceError,
    Selection,
    choose_effects,
    has_words,
    operation_lines,
    parse_effect,
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


ARGUMENTS = f"""\
OPENAPI > document  an OpenAPI document; - is standard input
-o, --output FILE  where the capability goes; default: standard output
--base-uri URI  where the API is, if the document doesn't say so, or says it wrongly
--namespace NAME  the API's name in the capability; default: made of its title
--auth KIND  how requests are authenticated, if the document doesn't say so: {KINDS}
--bind PARAMETER=VARIABLE...  let a variable of the environment set a header, query
  parameter or cookie, so that callers don't; repeatable
--rename OPERATION=NAME...  give an operation, which is named like those of --operation,
  a name; later imports keep it; repeatable
--hint OPERATION=EFFECT...  say that an operation can only `read`, that it can `write`,
  or that it is `destructive`, which its tool then tells; repeatable
--check {words(Check)}  how much of bodies the package checks: all that the document
  says, only the types of members, or nothing; default: strict, or as imported before
--path GLOB...  import only the operations of such paths, e.g. '/orders/*'; repeatable
--exclude-path GLOB...  leave out the operations of such paths, e.g. '/orders/*';
  repeatable
--tag TAG...  import only the operations with this tag; repeatable
--exclude-tag TAG...  leave out the operations with this tag; repeatable
--method METHOD...  import only the operations with this method; repeatable
--exclude-method METHOD...  leave out the operations with this method; repeatable
--operation ID...  import only the operations with this id, or METHOD and path;
  repeatable
--exclude-operation ID...  leave out the operations with this id, or METHOD and path;
  repeatable
--read-only  import only the operations whose methods change nothing
--only rest|mcp  expose the operations only by adapters of this kind
--tools ID+  write a short capability, which imports the document and exposes only these
  operations, as tools
--reference  write a short capability, which imports the document instead of declaring
  its operations
--surface {words(Surface)}  how the MCP server lists its tools; default: as imported
  before
--group-by tag  give the operations of each tag adapters of their own
--list  list the tags with their operations and about how many tokens the tools take, or
  with --tag each of its operations; write nothing
--search WORDS  list the operations with all of these words in their id, path, summary,
  description or tags; write nothing
{DUPLICATE_KEYS}
--force  overwrite an edited FILE instead of merging; operations keep the names that
  they have there
-q, --quiet  list nothing that is left out
{TRACEBACK}"""


_RULES: tuple[tuple[str, Callable[[str], object], str], ...] = (
    (
        "base_uri",
        is_base_uri,
        "isn't an API address; write one such as https://api.example.com/v1",
    ),
    (
        "namespace",
        is_namespace,
        "isn't valid; use at most 48 letters, digits and hyphens",
    ),
    ("auth", parse_scheme, f"is unknown; write {KINDS}"),
    (
        "bind",
        parse_binding,
        "isn't a binding; write PARAMETER=VARIABLE, with the variable in capitals",
    ),
    (
        "hint",
        parse_effect,
        "says no effect; write OPERATION=read, =write or =destructive",
    ),
    (
        "rename",
        parse_renaming,
        "gives no name; write OPERATION=NAME; a name is of at most 64 a-z, 0-9 and -",
    ),
)
"""Arguments, the functions that accept their values, and the fault of others."""


def perform(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Exit:
    """Import the document."""
    for name, accepts, fault in _RULES:
        value = getattr(options, name) or ()
        for text in (value,) if isinstance(value, str) else value:
            if not accepts(text):
                parser.error(f"{_option(name)}: {quote(text)} {fault}")
    run = _Run(options)
    names: set[str] = set()
    for binding in run.bindings:
        if binding.parameter.lower() in names:
            parser.error(f"--bind: {quote(binding.parameter)} is bound twice")
        names.add(binding.parameter.lower())
    _refuse_conflicts(parser, options)
    return run.perform()


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse_conflicts(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> None:
    """Refuse options that a capability with an imported document can't express."""
    if options.surface and options.only == "rest":
        parser.error("--surface: it can't be combined with --only rest")
    if not (options.tools or options.reference):
        return
    own = "--tools" if options.tools else "--reference"
    for name in ("base_uri", "bind", "check", *(("only",) if options.tools else ())):
        if getattr(options, name):
            parser.error(f"{own}: it can't be combined with {_option(name)}")
    if str(options.document) == "-":
        parser.error(f"{own}: name the file of the document, which is imported")


_LARGE = 500_000
"""The bytes of a capability above which nobody reads it: more than 10,000 lines."""
_MOST = CAPABILITY.size
"""The most bytes of a capability: larger specs are refused."""


class _RefusedError(Exception):
    """The reason, as the user reads it, why no spec or only a part is written."""


class _Run:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._is_input = str(options.document) == "-"
        self._document: Path = Path("stdin") if self._is_input else options.document
        self._output: Path | None = options.output
        self._is_short = options.reference or bool(options.tools)
        """Whether the capability imports the document."""
        self.bindings = tuple(filter(None, map(parse_binding, options.bind)))

    @cached_property
    def _before(self) -> bytes | None:
        """Return the content of the output; None if it can't be read."""
        try:
            return files.content(self._output) if self._output else None
        except (OSError, ValueError):
            return None

    @cached_property
    def _base(self) -> bytes | None:
        """Return the output as it was imported before."""
        return read_base(self._output) if self._output else None

    def perform(self) -> Exit:
        """Read the document, write the spec, and print the result."""
        limits = limits_of(self._options)
        description = open_description(self._options.document, limits)
        try:
            return self._import(description)
        except (_RefusedError, OperationChoiceError) as refusal:
            self._say(str(refusal))
        except TooLargeError:
            size = f"the capability would be larger than {_MOST // (1024 * 1024)} MiB"
            self._say(f"{size}; import a part of it with --tag or --path")
        return Exit.FAILED

    def _import(self, description: Description) -> Exit:
        report = description.report
        if description.api is None:
            self._list(description)
            errors = count(report.count(Severity.ERROR), "error")
            raise _RefusedError(f"{errors}, nothing written")
        api = self._select(description.api)
        wishes = self._wishes(api, description.api)
        if self._options.list or self._options.search is not None:
            return self._list_operations(api, wishes)
        spec = capability(api, wishes)
        for remark in (*spec.remarks, *spec.remarks_of(spec.operations)):
            report.add(Code.NOT_CARRIED_OVER, remark.text, remark.span)
        check_hosts(api, report)
        self._list(description)
        self._write(spec, description.api)
        if not self._options.quiet:
            self._advise(api, spec)
        if spec.omitted:
            titles = ", ".join(item.title for item in spec.omitted)
            operations = count(len(spec.omitted), "operation")
            raise _RefusedError(f"left out {operations}: {titles}")
        return Exit.DONE

    # --- the operations and their settings ----------------------------------------

    def _select(self, api: Api) -> Api:
        """Return the selected operations, with the credential of `--auth`."""
        if unknown := next(self._selection.unknown(api), None):
            raise _RefusedError(unknown)
        if self._is_short:
            # The capability imports the whole document, and its credential is of that.
            selected_api = self._selection.of(self._authenticate(api))
        else:
            selected_api = self._authenticate(self._selection.of(api))
        if problem := binding_problem(selected_api, self.bindings):
            raise _RefusedError(problem)
        return selected_api

    @property
    def _selection(self) -> Selection:
        """Return the operations that the options select."""
        inclusion, exclusion = self._criteria(""), self._criteria("exclude_")
        operations = (*inclusion.operations, *self._options.tools)
        inclusion = replace(inclusion, operations=operations)
        return Selection(inclusion, exclusion, self._options.read_only)

    def _criteria(self, prefix: str) -> Criteria:
        paths, tags, methods, operations = (
            tuple(getattr(self._options, f"{prefix}{name}"))
            for name in ("path", "tag", "method", "operation")
        )
        return Criteria(paths, tags, tuple(map(str.upper, methods)), operations)

    def _authenticate(self, api: Api) -> Api:
        """Return the API with the credential of `--auth`."""
        scheme = parse_scheme(self._options.auth or "")
        try:
            return authenticate(api, scheme) if scheme else api
        except UnavailableSchemeError as error:
            raise _RefusedError(_disagreement(error)) from error

    def _wishes(self, api: Api, document: Api) -> Wishes:
        """Return the settings of the import: as before, unless options change them."""
        options, base, before = self._options, self._base, self._before
        call_names: NamesByPlace = {}
        if self._is_short:
            calls = read_units(before).keys() if before else set()
            names_of_calls = names_by_calls(document, calls)
            call_names = operation_names(document.operations, names_of_calls)
        # Edits of inputs are merged with inputs in the same place.
        is_merging = before is not None and not options.force
        names = self._names(api, call_names)
        effects = dict(filter(None, map(parse_effect, options.hint)))
        return Wishes(
            source=self._document.name,
            namespace=options.namespace,
            base_uri=options.base_uri,
            names=names,
            effects=choose_effects(api, names, effects),
            bindings=self.bindings,
            adapters=self._adapters,
            by_tag=options.group_by == "tag",
            location=self._location if self._is_short else None,
            check=self._check,
            authentication=options.auth,
            has_functions=not is_merging or base is None or has_functions(base),
            called=call_names,
            surface=self._surface,
        )

    def _names(self, api: Api, call_names: NamesByPlace) -> Names:
        """Return names that stay: of the document, or of an earlier import."""
        if self._is_short:
            units = read_units(self._before) if self._before else {}
            earlier = {
                key_of(*p): units.get(call, call) for p, call in call_names.items()
            }
        else:
            earlier = read_names(self._before) if self._before else {}
        renamings = filter(None, map(parse_renaming, self._options.rename))
        return rename(api, earlier, dict(renamings))

    @property
    def _adapters(self) -> tuple[Kind, ...]:
        """Return the kinds of adapters that expose the operations."""
        if self._options.tools:
            return ("mcp",)
        return (self._options.only,) if self._options.only else ("rest", "mcp")

    @property
    def _location(self) -> str:
        """Return the path of the document from the directory of the capability."""
        directory = self._output.parent if self._output else Path()
        return files.path_from(directory, self._document)

    @property
    def _check(self) -> Check:
        """Return how much of bodies is checked."""
        if self._options.check:
            return Check(self._options.check)
        return read_check(self._base) if self._base else Check.STRICT

    @property
    def _surface(self) -> str | None:
        """Return how tools are listed."""
        before = read_surface(self._base) if self._base else None
        return self._options.surface or before

    # --- the file -----------------------------------------------------------------

    def _write(self, spec: ImportedSpec, api: Api) -> None:
        """Write the capability, merged with the edits of the file that is there."""
        content = spec.text.encode()
        if not spec.operations:
            reason = "it has no operations"
            if self._selection.is_limited:
                reason = "no operation is selected"
            raise _RefusedError(f"{reason}, nothing written")
        if len(content) > _MOST:
            raise TooLargeError
        if self._output is None:
            streams.write(spec.text)
            return
        result = self._merge(self._output, content, api)
        operations = count(len(spec.operations), "operation")
        self._put(self._output, result.content, operations)
        report = Report(str(self._output))
        for conflict in result.conflicts:
            report.add(Code.IMPORT_CONFLICT, conflict.message, conflict.span)
        self._show(report.diagnostics, {report.file: result.content})
        try:
            # So the next import can merge.
            write_base(self._output, content)
        except OSError as failure:
            why = str(failure.strerror)
            raise _unwritable(base_path(self._output), why) from failure

    def _merge(self, output: Path, content: bytes, api: Api) -> MergedSpec:
        """Return the file with the changes of the API."""
        before, base, there = self._before, self._base, safe(str(output))
        if before is None or before == content or self._options.force:
            return MergedSpec(content)
        if base is None:
            raise _advise_force(f"{there} already exists")
        is_declaring = declares_operations(base)
        if is_declaring not in (None, declares_operations(content)):
            word = "without" if is_declaring else "with"
            raise _advise_force(f"{there} was imported {word} --reference or --tools")
        if is_of_another_api(base, content, api):
            raise _advise_force(f"{there} is an import of another document")
        try:
            return merge(base, before, content)
        except UnmergeableError as error:
            why = f"the edits of {there} can't be merged with the import: {error}"
            raise _advise_force(why) from error

    def _put(self, output: Path, content: bytes, operations: str) -> None:
        """Write a file unless it is up to date; `operations` says how many it has."""
        if self._before == content:
            self._say(f"{safe(str(output))} is up to date")
            return
        try:
            _replace(output, self._before, content)
        except FileNotFoundError as failure:
            place = quote(str(output.parent), limit=300)
            why = f"the directory {place} doesn't exist; make it first"
            raise _unwritable(output, why) from failure
        except (OSError, ValueError, ReplacementError) as failure:
            why = getattr(failure, "strerror", None) or str(failure)
            why = (
                "it is a directory" if files.kind(output) == stat.S_IFDIR else safe(why)
            )
            raise _unwritable(output, why) from failure
        self._say(f"wrote {operations} to {safe(str(output))}")

    # --- messages -----------------------------------------------------------------

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
        options, size = self._options, len(spec.text.encode())
        is_referable = not (options.base_uri or options.bind or options.check)
        is_file = not self._is_input and self._output is not None
        if size > _LARGE and not self._is_short and is_referable and is_file:
            self._say(
                f"the capability has {size / 1_000_000:.1f} MB; --reference writes a"
                " shorter one, which imports the document, for the same package"
            )
        is_listed = "mcp" in self._adapters and options.group_by is None
        is_full = self._surface in (None, Surface.FULL.value)
        if len(spec.operations) > MAX_TOOLS and is_listed and is_full:
            self._say(
                f"{len(spec.operations):,} tools are more than the {MAX_TOOLS} that"
                " clients take; choose some, for example with --tag or --read-only, or"
                f" write --surface {Surface.GROUPED.value} or {Surface.SEARCH.value}"
            )

    def _import_root(self, output: Path) -> str:
        """Return the option for a capability that imports from another directory."""
        if not self._is_short:
            return ""
        try:
            files.ImportRoots.of(output, None).find_document(self._location)
        except files.OutsideError:
            return f" --import-root {_quote_path(self._document.parent)}"
        return ""

    def _list_operations(self, api: Api, wishes: Wishes) -> Exit:
        """Print a line for each tag and one for all operations, or one for each."""
        sizes, words = _tool_sizes(api, wishes), self._options.search
        if words is not None:
            sizes = [pair for pair in sizes if has_words(pair[0], words)]
        is_detailed = self._options.tag or words is not None
        for line in operation_lines(sizes) if is_detailed else tag_lines(sizes):
            streams.write(f"{line}\n")
        return Exit.DONE

    def _list(self, description: Description) -> None:
        """Print the errors, and the parts that are left out."""
        rows = [
            item
            for item in description.report.diagnostics
            if not self._options.quiet
            or item.severity is Severity.ERROR
            or item.code in ALWAYS_REPORTED
        ]
        self._show(rows, description.sources)

    def _show(
        self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, bytes]
    ) -> None:
        streams.show(diagnostics, sources, self._options.color)

    def _say(self, sentence: str) -> None:
        streams.say(self._document, sentence)


def _tool_sizes(api: Api, wishes: Wishes) -> list[tuple[Operation, int]]:
    """Return the operations, each with about how many tokens its tool takes.

    The tools are those of the capability that the import would write, as its MCP
    server would list them.

    Raises:
        TooLargeError: The capability would be larger than a capability can be.
    """
    wishes = replace(wishes, adapters=("mcp",), by_tag=False, location=None)
    text = capability(api, wishes).text
    reading = read(Path(wishes.source), Options(Path()), text.encode())
    servers = tool_lists(reading.meaning.capability) if reading.meaning else ()
    tokens = {tool.name: tool.tokens for server in servers for tool in server.tools}
    return [(item, tokens.get(name, 0)) for name, item in named_operations(api, wishes)]


def _unwritable(path: Path, why: str) -> _RefusedError:
    return _RefusedError(f"can't write {safe(str(path))}: {why}")


def _advise_force(why: str) -> _RefusedError:
    return _RefusedError(f"{why}; --force overwrites it")


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
