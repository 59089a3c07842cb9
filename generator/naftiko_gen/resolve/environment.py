"""Environment variables that a spec's templates name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.variable_names import name_problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.language.expressions import Placeholder
    from naftiko_gen.resolve.binds import Bindings


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
        secrets: Iterable[tuple[Placeholder, Span]],
        settings: Iterable[str],
        report: Report,
    ) -> Environment:
        """Build the environment; `secrets` are the placeholders in credentials."""
        matches = (
            (bindings.find(placeholder, span), placeholder.name)
            for placeholder, span in secrets
        )
        names = frozenset(
            binding.variable if binding else name for binding, name in matches
        )
        return cls(bindings, names, frozenset(settings), report)

    def bound_variable(
        self, placeholder: Placeholder, span: Span
    ) -> ir.Variable | None:
        """Return the variable that `binds` declares for a placeholder, or None."""
        binding = self.bindings.find(placeholder, span)
        return self.by_name(binding.variable) if binding else None

    def variable(self, placeholder: Placeholder, span: Span) -> ir.Variable:
        """Return the variable of a placeholder; report one that isn't declared."""
        variable = self.bound_variable(placeholder, span)
        if variable is None and not self._declares(placeholder.name):
            self._report_implicit(placeholder.name, span)
        return variable or self.by_name(placeholder.name)

    def _declares(self, name: str) -> bool:
        return name in self.bindings.descriptions or name in self.settings

    def _report_implicit(self, name: str, span: Span) -> None:
        """Report a name that no part of the spec declares, at its first use."""
        problem = name_problem(name)
        if problem:
            self.report.add_first(Code.UNUSABLE_VARIABLE, problem, span)
        message = (
            f"{quote(name)} isn't in 'binds': it is read as an environment variable"
        )
        self.report.add_first(Code.IMPLICIT_VARIABLE, message, span)

    def by_name(self, name: str) -> ir.Variable:
        """Return the environment variable of that name."""
        description = self.bindings.descriptions.get(name)
        source = self.bindings.sources.get(name, ir.FromEnvironment())
        default = self.bindings.defaults.get(name)
        choices = self.bindings.choices.get(name, ())
        is_secret = name in self.secrets
        return ir.Variable(name, is_secret, description, source, default, choices)

    def in_order(self, variables: Iterable[ir.Variable]) -> tuple[ir.Variable, ...]:
        """Return each used variable once: first variables of `binds`, in its order."""
        by_name = {variable.name: variable for variable in variables}
        names = dict.fromkeys((*self.bindings.descriptions, *by_name))
        return tuple(by_name[name] for name in names if name in by_name)
