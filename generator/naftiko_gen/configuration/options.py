"""The options of a compilation, and the settings of a run over specs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from naftiko_gen.diagnostics import Code, Diagnostic, Report, Severity

OUTPUT = Path("generated")
MAX_TOOLS = 128
"""More tools than this aren't accepted by OpenAI's API and VS Code."""
MAX_TOOL_TOKENS = 25_000
"""Claude Code warns of longer lists: they are an eighth of a model's context."""
MAX_DESCRIPTION = 600
"""Models pay for each; those of OpenAI refuse tools with more than 1,024."""
MAX_RESULT = 100_000
"""The most bytes of a tool's answer with a list: about a client's limit of tokens."""
LEAST_RESULT, LARGEST_RESULT = 1_000, 9_999_999
"""The limits of `max_result`."""
SHORTEST, LONGEST = 40, 4_000
"""The limits of `max_description`."""

EVERY_ADAPTER = "*"
"""The name that stands for all adapters without a surface of their own."""


class Layout(Enum):
    """The extent of the output: a whole project, or a package for another project."""

    PROJECT = "project"
    PACKAGE = "package"


class Delivery(Enum):
    """How a package gets the runtime: as a copy, or as a dependency."""

    VENDORED = "vendored"
    LIBRARY = "library"


class Surface(Enum):
    """How an MCP server lists its tools: each of them, or tools that call them."""

    FULL = "full"
    LEAN = "lean"
    GROUPED = "grouped"
    SEARCH = "search"


@dataclass(frozen=True)
class Options:
    """The options by which a spec is compiled.

    Attributes:
        output: The directory in which each package has a directory of its own.
        layout: Whether to write a whole project, or only the package.
        runtime: Whether packages have a copy of the runtime, or depend on it.
        keeps_runtime: Whether to keep the distribution `naftiko-runtime` in `output`
            if packages depend on it.
        api_docs: Whether REST adapters serve an API reference for browsers at `/docs`.
        strict: Whether every assumption, a warning or a note, is an error.
        skip_unresolved: Whether to leave out, with a warning, routes and tools whose
            calls name no operation; otherwise they are errors.
        force: Whether to overwrite generated files that were edited.
        dry: Whether to write nothing; the result lists the files that would change.
        cached: Whether to use the cache, and to add to it. It changes the time of a
            run, never its result.
        import_root: A directory besides the spec's own whose files it may import.
        severities: Severities that replace the codes' own; None silences a code.
        records_origin: Whether the manifest records the path from the package to the
            spec. Packages in temporary directories don't need it.
        max_tools: The number of tools of an MCP server above which there is a warning.
        max_result: The most bytes of a tool's answer, above which its list is cut.
        max_description: The most characters of a tool's description.
        max_tool_tokens: About how many tokens its tools may have together without one.
        surfaces: How MCP adapters list their tools, by namespace; `*` stands for all
            others. An adapter without an entry lists them as its spec says.
        required_adapters: Namespaces that MCP adapters of the spec must have.

    Raises:
        ValueError: `severities` names an unknown code, or lowers an error.
    """

    output: Path
    layout: Layout = Layout.PROJECT
    runtime: Delivery = Delivery.VENDORED
    keeps_runtime: bool = False
    api_docs: bool = False
    strict: bool = False
    skip_unresolved: bool = False
    force: bool = False
    dry: bool = False
    cached: bool = True
    import_root: Path | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    records_origin: bool = True
    max_tools: int = MAX_TOOLS
    max_tool_tokens: int = MAX_TOOL_TOKENS
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    required_adapters: frozenset[str] = frozenset()
    max_description: int = MAX_DESCRIPTION
    max_result: int = MAX_RESULT

    def __post_init__(self) -> None:
        for slug, severity in self.severities.items():
            code = Code.of(slug)
            if code is None:
                raise ValueError(f"unknown code {slug!r}")
            if code.severity is Severity.ERROR and severity is not Severity.ERROR:
                raise ValueError(f"{slug!r} is an error, and can't be lowered")

    def surface(self, namespace: str) -> Surface | None:
        """Return the surface of an adapter, None if its spec decides."""
        return self.surfaces.get(namespace, self.surfaces.get(EVERY_ADAPTER))


@dataclass(frozen=True)
class Settings:
    """The settings of a run, by default as without a configuration.

    Attributes:
        file: The configuration, if there is one.
        specs: The specs of the run.
        options: The options for each spec.
        jobs: The number of specs compiled at a time; None for the default.
    """

    file: Path | None = None
    specs: tuple[Path, ...] = ()
    options: Options = field(default_factory=lambda: Options(OUTPUT))
    jobs: int | None = None


def judge(
    diagnostics: Iterable[Diagnostic], options: Options
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics with the severities that the options assign.

    Silenced diagnostics are left out; in a strict run, all others are errors.
    """
    report = Report("", list(diagnostics))
    codes = ((Code.of(slug), severity) for slug, severity in options.severities.items())
    report.assign({code: severity for code, severity in codes if code is not None})
    if options.strict:
        report.refuse_assumptions()
    return tuple(report.diagnostics)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether a diagnostic is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
