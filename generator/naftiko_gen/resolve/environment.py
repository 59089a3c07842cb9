"""Environment variables that a spec's templates name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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


def _key_span(entry: models.Binding, key: str) -> Span:
    keys = entry.node.get("keys")
    return keys.value_span(key) if isinstance(keys, Mapping) else entry.node.span


def check_name(name: str, span: Span, report: Report) -> None:
    """Report a name that no environment variable can have, or no setting should."""
    if not _NAME.fullmatch(name):
        message = f"{shown(name)} can't be the name of an environment variable"
        report.add(Code.UNUSABLE_VARIABLE, message, span)
    elif governs_start(name):
        message = f"{shown(name)} can't be a setting: it changes how programs start"
        report.add(Code.UNUSABLE_VARIABLE, message, span)


def governs_start(name: str) -> bool:
    """Return whether a variable can change the code that programs run."""
    return _START_UP.fullmatch(name) is not None


def is_constant_name(name: str) -> bool:
    """Return whether a name is in UPPER_SNAKE, as of an environment variable."""
    return _CONSTANT.fullmatch(name) is not None


@dataclass
class Environment:
    """The environment variables of a spec, and those that templates have used.

    Its declarations are collected first and don't change. `used` stays a record that
    grows while operations and adapters are resolved: only their resolution tells a
    variable from a parameter or an input, and no later pass could tell the order of
    uses. The first use of a variable is the one to report; it fixes the description
    and the position among the settings of the package.
    """

    bindings: Bindings
    secrets: frozenset[str]
    """Names of environment variables in credentials."""
    report: Report
    used: dict[str, ir.Variable] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        entries: Sequence[models.Binding],
        secrets: Iterable[Placeholder],
        report: Report,
    ) -> Environment:
        """Build the environment; `secrets` are the placeholders in credentials."""
        bindings = Bindings.of(entries, report)
        names = frozenset(
            binding[0] if (binding := bindings.find(placeholder)) else placeholder.name
            for placeholder in secrets
        )
        return cls(bindings, names, report)

    def bound(self, placeholder: Placeholder) -> ir.Variable | None:
        """Return the variable that `binds` declares for a placeholder, or None."""
        binding = self.bindings.find(placeholder)
        return self.named(*binding) if binding else None

    def variable(self, placeholder: Placeholder, span: Span) -> ir.Variable:
        """Return the variable of a placeholder; report one that isn't in `binds`."""
        declared = self.bound(placeholder)
        if declared or placeholder.name in self.used:
            return declared or self.used[placeholder.name]
        check_name(placeholder.name, span, self.report)
        name = shown(placeholder.name)
        message = f"{name} isn't in 'binds': it is read as an environment variable"
        self.report.add(Code.IMPLICIT_VARIABLE, message, span)
        return self.named(placeholder.name)

    def named(self, name: str, description: str | None = None) -> ir.Variable:
        """Return the environment variable `name`, and mark it as used."""
        secret = name in self.secrets
        return self.used.setdefault(name, ir.Variable(name, secret, description))

    def variables(self) -> tuple[ir.Variable, ...]:
        """Return the used variables: first those in `binds`, in its order.

        They are complete once all operations and adapters are resolved.
        """
        declared = dict.fromkeys(name for name, _ in self.bindings.bound.values())
        order = dict.fromkeys((*declared, *self.used))
        return tuple(self.used[name] for name in order if name in self.used)


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
