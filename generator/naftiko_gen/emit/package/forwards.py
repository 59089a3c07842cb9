"""Forwards: the client's coroutines that pass requests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.ir import Forward, Input, Parameter, Template, Variable


@dataclass(frozen=True)
class ForwardView:
    """A coroutine of the client that passes requests on to an upstream."""

    name: Code
    docstring: Code
    arguments: Code


def forward_views(names: Names) -> Iterator[ForwardView]:
    """Yield the coroutine of each upstream to which routes forward requests."""
    first = {
        forward.upstream.namespace: forward
        for forward in reversed(names.capability.forwards)
    }
    for upstream in names.capability.upstreams:
        forward = first.get(upstream.namespace)
        if forward is not None:
            yield _Coroutine(forward, names).view()


@dataclass(frozen=True)
class _Coroutine:
    """Writes the coroutine of an upstream's forwards, which differ in routes alone."""

    forward: Forward
    names: Names

    def view(self) -> ForwardView:
        upstream = self.forward.upstream
        title = f"Pass a request on to {upstream.namespace}."
        about = upstream.description or ""
        return ForwardView(
            name=self.names.forward(upstream),
            docstring=docstring(title, about, indent=8),
            arguments=join(", ", self._arguments()),
        )

    def _arguments(self) -> Iterator[Code]:
        upstream = self.forward.upstream
        yield fill("self._{}", self.names.upstream(upstream))
        yield verbatim("request")
        if self.forward.query:
            yield fill("query={}", self._pairs(self.forward.query))
        if self.forward.headers or self.forward.cookies:
            yield fill("headers=[{}]", join(", ", self._headers()))
        if self.forward.hidden_queries:
            names = join(", ", map(py, self.forward.hidden_queries))
            yield fill("without=[{}]", names)
        if upstream.credential is not None and upstream.credential.needs_body:
            yield verbatim("whole=True")

    def _headers(self) -> Iterator[Code]:
        yield from self._each_pair(self.forward.headers)
        if self.forward.cookies:
            cookies = join(", ", self._each_pair(self.forward.cookies))
            yield fill('("Cookie", cookie_header({}))', cookies)

    def _pairs(self, pairs: tuple[tuple[str, Template], ...]) -> Code:
        return fill("[{}]", join(", ", self._each_pair(pairs)))

    def _each_pair(self, pairs: tuple[tuple[str, Template], ...]) -> list[Code]:
        return [
            fill("({}, {})", py(name), self._templates.expression(template))
            for name, template in pairs
        ]

    @property
    def _templates(self) -> TemplateExpressions:
        return TemplateExpressions(argument=_no_placeholder, setting=self._setting)

    def _setting(self, variable: Variable) -> Code:
        return fill("self.settings.{}", self.names.setting(variable))


def _no_placeholder(source: Parameter | Input) -> Code:
    raise TypeError(f"a forward refers to the input {source.name!r}")
