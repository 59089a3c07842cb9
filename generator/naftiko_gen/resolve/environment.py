"""Environment variables: their names, and those that `binds` and templates declare.

A name of `binds` counts in the file that declares it, and in the files that this file
imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.diagnostics.span import visible_files
from naftiko_gen.dialects.rewriting import candidate_names
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.language.names import env_name
from naftiko_gen.language.urls import (
    InEnvironment,
    InFile,
    InStore,
    Location,
    UnknownLocationError,
    bind_location,
)
from naftiko_gen.syntax.tree import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")

# The interpreter or the loader runs code named by these variables.
_START_UP = re.compile(
    r"(LD|DYLD|GLIBC|MALLOC)_.*|PYTHON.*|BASH_ENV|BASH_FUNC_.*"
    r"|PATH|HOME|ENV|IFS|SHELL|SHELLOPTS|TMPDIR"
    r"|NODE_OPTIONS|NODE_PATH|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB"
    r"|CLASSPATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS"
)


def check_name(name: str, span: Span, report: Report) -> None:
    """Report a name that no environment variable can have, or no setting should."""
    problem = name_problem(name)
    if problem:
        report.add(Code.UNUSABLE_VARIABLE, problem, span)


def name_problem(name: str) -> str | None:
    """Return the reason why no setting may have a name, or None."""
    if not _NAME.fullmatch(name):
        return f"{quote(name)} can't be the name of an environment variable"
    if governs_start(name):
        return f"{quote(name)} can't be a setting: it changes how programs start"
    return None


def governs_start(name: str) -> bool:
    """Return whether a variable can change the code that programs run."""
    return _START_UP.fullmatch(name) is not None


def is_constant_name(name: str) -> bool:
    """Return whether a name is in UPPER_SNAKE, as of an environment variable."""
    return _CONSTANT.fullmatch(name) is not None


@dataclass(frozen=True)
class VariableBinding:
    """A name in `binds`: its variable, and the source of the value."""

    key: str
    namespace: str
    variable: str
    description: str | None
    source: ir.Source
    file: str | None
    """The imported file that declares the name; None for the spec itself."""
    span: Span
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bindings:
    """The names that `binds` declares; later entries override earlier ones."""

    declared: tuple[VariableBinding, ...]

    @classmethod
    def of(cls, entries: Sequence[models.Binding], report: Report) -> Bindings:
        """Collect the names; report invalid variables and locations."""
        return cls(tuple(_Collector(entries, report).collect()))

    def find(self, placeholder: Placeholder, span: Span) -> VariableBinding | None:
        """Return the name that a placeholder means at its place, or None."""
        if placeholder.scope is Scope.INPUT:
            return None
        prefix = "env." if placeholder.scope is Scope.ENVIRONMENT else ""
        for file in visible_files(span):
            names = self._names.get(file, {})
            for name in (prefix + placeholder.name, placeholder.name):
                if name in names:
                    return names[name]
        return None

    @cached_property
    def _names(self) -> dict[str | None, dict[str, VariableBinding]]:
        """Return the names of each file, by `KEY` and `namespace.KEY`."""
        files: dict[str | None, dict[str, VariableBinding]] = {}
        for binding in self.declared:
            names = files.setdefault(binding.file, {})
            names[binding.key] = names[f"{binding.namespace}.{binding.key}"] = binding
        return files

    @cached_property
    def by_variable(self) -> dict[str, list[VariableBinding]]:
        """Return the names of each variable, in the order of the names."""
        by_variable: dict[str, list[VariableBinding]] = {}
        for binding in self.declared:
            by_variable.setdefault(binding.variable, []).append(binding)
        return by_variable

    def report_used(self, variables: Iterable[ir.Variable], report: Report) -> None:
        """Report names that no variable uses, and used ones from unusual sources.

        Names in imported files may be unused: other importers may use them.
        """
        by_name = {variable.name: variable for variable in variables}
        names = by_name.keys()
        for binding in self.declared:
            if binding.variable not in names and binding.span.origin is None:
                message = f"{quote(binding.key)} is bound, but unused"
                report.add(Code.UNUSED_BINDING, message, binding.span)
            if binding.variable in names:
                _report_source(binding, report)
                _check_default(binding, by_name[binding.variable], report)


def _report_source(binding: VariableBinding, report: Report) -> None:
    match binding.source:
        case ir.Provider(scheme=scheme, key=key):
            message = (
                f"packages ask no {quote(scheme)} for {quote(key)}:"
                f" the variable {binding.variable} must be set"
            )
            report.add(Code.BIND_PROVIDER, message, binding.span)
        case ir.FileKey(file=file, key=key) if file.path.startswith("/"):
            message = f"the package reads {quote(key)} from {quote(file.path)}"
            report.add(Code.ABSOLUTE_BIND_FILE, message, binding.span)
        case _:
            pass


def _check_default(
    binding: VariableBinding, variable: ir.Variable, report: Report
) -> None:
    """Report a default that a credential has, or that isn't among the choices."""
    default, choices = binding.default, binding.choices
    if default is not None and variable.secret:
        message = f"{quote(binding.key)} is a credential, which can't have a default"
        report.add(Code.UNUSABLE_DEFAULT, message, binding.span)
    elif default is not None and choices and default not in choices:
        alternatives = ", ".join(map(quote, choices))
        message = f"the default {quote(default)} isn't one of {alternatives}"
        report.add(Code.UNUSABLE_DEFAULT, message, binding.span)


@dataclass
class _Collector:
    """Collects the names of all entries, and gives each value a variable."""

    entries: Sequence[models.Binding]
    report: Report
    _taken: dict[str, ir.Source] = field(default_factory=dict)
    _files: dict[str, ir.BoundFile] = field(default_factory=dict)

    def collect(self) -> Iterator[VariableBinding]:
        """Yield the names of the spec, then those of imported files.

        The variables of the environment have their names. Other values choose names in
        the same order.
        """
        locations = [(entry, self._location(entry)) for entry in self.entries]
        for entry, location in locations:
            if isinstance(location, InEnvironment):
                sources = dict.fromkeys(entry.keys.values(), ir.FromEnvironment())
                self._taken.update(sources)
        own_first = sorted(locations, key=lambda pair: _file(pair[0]) is not None)
        for entry, where in own_first:
            yield from self._bind(entry, where)

    def _location(self, entry: models.Binding) -> Location | None:
        """Return the location, or None after reporting an unusable one."""
        try:
            return bind_location(entry.location)
        except UnknownLocationError as unknown:
            span = entry.at("location")
            # The text before an @ can be a password.
            is_private = "@" in (entry.location or "")
            subject = "the location" if is_private else quote(entry.location)
            self.report.add(Code.UNUSABLE_BIND_LOCATION, f"{subject} {unknown}", span)
            return None

    def _bind(
        self, entry: models.Binding, location: Location | None
    ) -> Iterator[VariableBinding]:
        self._note_defaults(entry)
        for key, value in entry.keys.items():
            keys, source = entry.node.get("keys"), self._source(entry, location, value)
            span = (
                keys.value_span(key) if isinstance(keys, Mapping) else entry.node.span
            )
            is_variable = isinstance(location, InEnvironment)
            name = value if is_variable else self._free_name(entry, key, source)
            check_name(name, span, self.report)
            yield VariableBinding(
                key,
                entry.namespace,
                name,
                entry.description,
                source,
                _file(entry),
                span,
                entry.defaults.get(key),
                tuple(entry.choices.get(key, ())),
            )

    def _note_defaults(self, entry: models.Binding) -> None:
        """Report the extension, and defaults and choices of other names."""
        extensions = [key for key in ("defaults", "choices") if key in entry.node]
        if extensions:
            keys = " and ".join(map(quote, extensions))
            message = f"the official language has no {keys} of 'binds'"
            span = entry.node.key_span(extensions[0])
            self.report.add(Code.BIND_DEFAULT, message, span)
        for key, holder in (("defaults", entry.defaults), ("choices", entry.choices)):
            for name in holder.keys() - entry.keys.keys():
                message = f"{quote(key)} has {quote(name)}, which isn't in 'keys'"
                self.report.add(Code.UNUSABLE_DEFAULT, message, entry.at(key))

    def _source(
        self, entry: models.Binding, location: Location | None, value: str
    ) -> ir.Source:
        match location:
            case None | InEnvironment():
                return ir.FromEnvironment()
            case InFile(path):
                return ir.FileKey(self._bound_file(entry.namespace, path), value)
            case InStore(scheme):
                return ir.Provider(scheme, value)

    def _bound_file(self, namespace: str, path: str) -> ir.BoundFile:
        """Return a file with the variable of its namespace, or with the next one."""
        names = (f"{env_name(name)}_FILE" for name in candidate_names(namespace))
        files = (self._files.setdefault(n, ir.BoundFile(n, path)) for n in names)
        return next(file for file in files if file.path == path)

    def _free_name(self, entry: models.Binding, key: str, source: ir.Source) -> str:
        """Return the variable of a key: its name, with the namespace if it's taken."""
        candidates = chain((key,), candidate_names(f"{entry.namespace}-{key}"))
        names, sources = map(env_name, candidates), self._taken
        return next(
            name for name in names if sources.setdefault(name, source) == source
        )


def _file(entry: models.Binding) -> str | None:
    origin = entry.node.span.origin
    return origin.file if origin else None


@dataclass(frozen=True)
class Environment:
    """The environment variables that a spec declares.

    A name always has the same variable, however many templates use it. Operations and
    calls return the variables that they use.
    """

    bindings: Bindings
    secrets: frozenset[str]
    """Names of environment variables in credentials."""
    settings: frozenset[str]
    """Names of variables that the consumed APIs declare outside of `binds`."""
    report: Report

    def bound_variable(
        self, placeholder: Placeholder, span: Span
    ) -> ir.Variable | None:
        """Return the variable that `binds` declares for a placeholder, or None."""
        binding = self.bindings.find(placeholder, span)
        return self.by_name(binding.variable) if binding else None

    def variable(self, placeholder: Placeholder, span: Span) -> ir.Variable:
        """Return the variable of a placeholder; report one that isn't declared."""
        variable = self.bound_variable(placeholder, span)
        name, settings = placeholder.name, self.settings
        is_known = name in settings or name in self.bindings.by_variable
        if variable is None and not is_known:
            problem = name_problem(name)
            if problem:
                self.report.add_first(Code.UNUSABLE_VARIABLE, problem, span)
            message = (
                f"{quote(name)} isn't in 'binds': it is read as an environment variable"
            )
            code = Code.IMPLICIT_VARIABLE
            keys = (binding.key for binding in self.bindings.declared)
            similar = partial(self.report.suggestion, code, name, keys)
            self.report.add_first(code, message, span, hint=similar)
        return variable or self.by_name(name)

    def by_name(self, name: str) -> ir.Variable:
        """Return the environment variable of that name."""
        bindings = self.bindings.by_variable.get(name, [])
        return ir.Variable(
            name,
            name in self.secrets,
            next((b.description for b in bindings if b.description), None),
            bindings[-1].source if bindings else ir.FromEnvironment(),
            next((b.default for b in bindings if b.default is not None), None),
            next((b.choices for b in bindings if b.choices), ()),
        )

    def in_order(self, variables: Iterable[ir.Variable]) -> tuple[ir.Variable, ...]:
        """Return each used variable once: first variables of `binds`, in its order."""
        by_name = {variable.name: variable for variable in variables}
        names = dict.fromkeys((*self.bindings.by_variable, *by_name))
        return tuple(by_name[name] for name in names if name in by_name)
