"""Forwards: the client's coroutines that pass requests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, docstring, fill, py
from naftiko_gen.emit.package.statements import pairs
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.package.statements import Keyword
    from naftiko_gen.ir import Forward, Input, Parameter


@dataclass(frozen=True)
class ForwardView:
    """A coroutine of the client that passes requests on to an upstream."""

    name: Code
    docstring: Code
    upstream: Code
    query: tuple[Keyword, ...]
    headers: tuple[Keyword, ...]
    cookies: tuple[Keyword, ...]
    hidden_queries: tuple[Code, ...]
    is_whole: bool
    """Whether the credential needs the whole body."""


def forward_views(names: Names) -> Iterator[ForwardView]:
    """Yield the coroutine of each upstream to which routes forward requests.

    The forwards of an upstream differ in their routes alone.
    """
    first = {
        forward.upstream.namespace: forward
        for forward in reversed(names.capability.forwards)
    }
    templates = TemplateExpressions(
        argument=_no_placeholder,
        setting=lambda variable: fill("self.settings.{}", names.setting(variable)),
    )
    for upstream in names.capability.upstreams:
        forward = first.get(upstream.namespace)
        if forward is not None:
            yield _view(forward, names, templates)


def _view(
    forward: Forward, names: Names, templates: TemplateExpressions
) -> ForwardView:
    upstream = forward.upstream
    title = f"Pass a request on to {upstream.namespace}."
    credential = upstream.credential
    return ForwardView(
        name=names.forward(upstream),
        docstring=docstring(title, upstream.description or "", indent=8),
        upstream=names.upstream(upstream),
        query=pairs(forward.query, templates),
        headers=pairs(forward.headers, templates),
        cookies=pairs(forward.cookies, templates),
        hidden_queries=tuple(map(py, forward.hidden_queries)),
        is_whole=credential is not None and credential.needs_body,
    )


def _no_placeholder(source: Parameter | Input) -> Code:
    raise TypeError(f"a forward refers to the input {source.name!r}")
