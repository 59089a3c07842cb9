"""Environment variables that a spec's templates name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import Placeholder, Scope
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language import models

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")

# The interpreter or the loader runs code named by these variables.
_START_UP = re.compile(
    r"(LD|DYLD|GLIBC|MALLOC)_.*|PYTHON.*|BASH_ENV|BASH_FUNC_.*"
    r"|PATH|HOME|ENV|IFS|SHELL|SHELLOPTS|TMPDIR"
    r"|NODE_OPTIONS|NODE_PATH|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB"
    r"|CLASSPATH|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS"
)


@dataclass(frozen=True)
class Bindings:
    """The variables that `binds` declares; later entries override earlier ones."""

    bound: dict[str, tuple[str, str | None]]
    """Environment name and description, by `KEY` and `namespace.KEY`."""

    @classmethod
    def of(cls, entries: Sequence[models.Binding], report: Report) -> Bindings:
        """Collect the bindings; report invalid names of variables."""
        bound: dict[str, tuple[str, str | None]] = {}
        for entry in entries:
            for key, name in entry.keys.items():
                span = _key_span(entry, key)
                check_name(name, span, report)
                for alias in (key, f"{entry.namespace}.{key}"):
                    bound[alias] = (name, entry.description)
        return cls(bound)

    def find(self, placeholder: Placeholder) -> tuple[str, str | None] | None:
        """Return the environment name and description of a placeholder, or None."""
        if placeholder.scope is Scope.INPUT:
            return None
        qualified = (
            f"env.{placeholder.name}"
            if placeholder.scope is Scope.ENVIRONMENT
            else placeholder.name
        )
        return self.bound.get(qualified) or self.bound.get(placeholder.name)

    @cached_property
    def descriptions(self) -> dict[str, str | None]:
        """Return the description of each variable, in the order of the spec.

        Of several keys for a variable, the first one with a description counts.
        """
        descriptions: dict[str, str | None] = {}
        for name, description in self.bound.values():
            descriptions[name] = descriptions.get(name) or description
        return descriptions


def _key_span(entry: models.Binding, key: str) -> Span:
    keys = entry.node.get("keys")
    return keys.value_span(key) if isinstance(keys, Mapping) else entry.node.span


def check_name(name: str, span: Span, report: Report) -> None:
    """Report a name that no environment variable can have, or no setting should."""
    problem = _name_problem(name)
    if problem:
        report.add(Code.UNUSABLE_VARIABLE, problem, span)


def _name_problem(name: str) -> str | None:
    if not _NAME.fullmatch(name):
        return f"{shown(name)} can't be the name of an environment variable"
    if governs_start(name):
        return f"{shown(name)} can't be a setting: it changes how programs start"
    return None


def governs_start(name: str) -> bool:
    """Return whether a variable can change the code that programs run."""
    return _START_UP.fullmatch(name) is not None


def is_constant_name(name: str) -> bool:
    """Return whether a name is in UPPER_SNAKE, as of an environment variable."""
    return _CONSTANT.fullmatch(name) is not None


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

    @classmethod
    def of(
        cls,
        bindings: Bindings,
        secrets: Iterable[Placeholder],
        settings: Iterable[str],
        report: Report,
    ) -> Environment:
        """Build the environment; `secrets` are the placeholders in credentials."""
        names = frozenset(
            binding[0] if (binding := bindings.find(placeholder)) else placeholder.name
            for placeholder in secrets
        )
        return cls(bindings, names, frozenset(settings), report)

    def bound(self, placeholder: Placeholder) -> ir.Variable | None:
        """Return the variable that `binds` declares for a placeholder, or None."""
        binding = self.bindings.find(placeholder)
        return self.named(binding[0]) if binding else None

    def variable(self, placeholder: Placeholder, span: Span) -> ir.Variable:
        """Return the variable of a placeholder; report one that isn't declared."""
        declared = self.bound(placeholder)
        if declared is None and not self._declares(placeholder.name):
            self._report_implicit(placeholder.name, span)
        return declared or self.named(placeholder.name)

    def _declares(self, name: str) -> bool:
        return name in self.bindings.descriptions or name in self.settings

    def _report_implicit(self, name: str, span: Span) -> None:
        """Report a name that no part of the spec declares, at its first use."""
        problem = _name_problem(name)
        if problem:
            self.report.add_first(Code.UNUSABLE_VARIABLE, problem, span)
        message = (
            f"{shown(name)} isn't in 'binds': it is read as an environment variable"
        )
        self.report.add_first(Code.IMPLICIT_VARIABLE, message, span)

    def named(self, name: str) -> ir.Variable:
        """Return the environment variable of that name."""
        description = self.bindings.descriptions.get(name)
        return ir.Variable(name, name in self.secrets, description)

    def in_order(self, used: Iterable[ir.Variable]) -> tuple[ir.Variable, ...]:
        """Return each used variable once: first variables of `binds`, in its order."""
        by_name = {variable.name: variable for variable in used}
        names = dict.fromkeys((*self.bindings.descriptions, *by_name))
        return tuple(by_name[name] for name in names if name in by_name)


def report_unused(
    entries: Sequence[models.Binding], used: Iterable[ir.Variable], report: Report
) -> None:
    """Report every name in `binds` that is no used variable.

    Names in imported files aren't reported: other importers may use them.
    """
    names = {variable.name for variable in used}
    for entry in entries:
        for key, name in entry.keys.items():
            span = _key_span(entry, key)
            if name not in names and span.origin is None:
                message = f"{shown(key)} is bound, but unused"
                report.add(Code.UNUSED_BINDING, message, span)
