"""Consumed operations, their upstreams, and calls of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from naftiko_gen.ir.bodies import Body
from naftiko_gen.ir.credentials import Credential
from naftiko_gen.ir.effects import Effect, effect_of_method
from naftiko_gen.ir.formats import JSON_MEDIA, AnswerSchema, Format
from naftiko_gen.ir.parameters import Parameter, Styles
from naftiko_gen.ir.templates import Template, Variable, variables
from naftiko_gen.ir.types import Type

__all__ = ["Call", "Operation", "ResponseExample", "Upstream"]


@dataclass(frozen=True)
class Upstream:
    """A consumed HTTP API.

    `base_uri` ends in no slash, and its variables are settings.
    """

    namespace: str
    base_uri: tuple[str | Variable, ...]
    credential: Credential | None
    description: str | None = None


@dataclass(frozen=True)
class ResponseExample:
    """A response of an operation, with which the mock answers.

    Without a text, its body is a value of the operation's type of responses, or of the
    media type. An empty text without a media type is no body.
    """

    status: int = 200
    media_type: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Operation:
    """A consumed operation.

    `path` starts with "/" and alternates text and variables; its text is not yet
    percent-encoded. `query`, `headers` and `cookies` are in the order of sending; an
    entry whose template is an absent optional `Argument` is left out. The upstream's
    credential is in none of them. `response_format` is None if no projection can read
    the responses, and `schema` says more about the format. `media_types` are the media
    types of a response. `answer` is the type of a response in JSON, None if it isn't
    declared.
    """

    name: str
    upstream: Upstream
    method: str
    path: tuple[str | Parameter | Variable, ...]
    parameters: tuple[Parameter, ...]
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, Template], ...] = ()
    body: Body | None = None
    description: str | None = None
    response_format: Format | None = Format.JSON
    media_types: tuple[str, ...] = JSON_MEDIA
    cookies: tuple[tuple[str, Template], ...] = ()
    schema: AnswerSchema | None = None
    styles: Styles = ()
    """The styles of parameters of the query."""
    reserved: tuple[str, ...] = ()
    """Parameters of the query whose reserved characters aren't encoded."""
    path_styles: Styles = ()
    header_styles: Styles = ()
    answer: Type | None = None
    example: ResponseExample | None = None
    tags: tuple[str, ...] = ()
    """The groups of operations that it belongs to, the main one first."""

    @property
    def effect(self) -> Effect:
        """Return the effect of a request."""
        return effect_of_method(self.method)

    @property
    def templates(self) -> tuple[Template, ...]:
        """Return the templates of the query, the headers, the cookies and the body."""
        pairs = (*self.query, *self.headers, *self.cookies)
        in_body = self.body.templates if self.body else ()
        return (*(template for _, template in pairs), *in_body)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables of the path and the templates, as often as they occur.

        The credential has others.
        """
        in_path = (part for part in self.path if isinstance(part, Variable))
        return (*in_path, *variables(self.templates))


@dataclass(frozen=True)
class Call:
    """An operation and the arguments of its parameters; other parameters are absent."""

    operation: Operation
    arguments: tuple[tuple[Parameter, Template], ...]
