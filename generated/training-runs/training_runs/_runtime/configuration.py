"""The settings of a package: a class with a field for each environment variable."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform

from .settings import NOTHING_USUAL, VARIABLE, Limits, Usual, Variables


def credential(
    variable: str,
    *,
    beside: str | None = None,
    always: bool = False,
    public: bool = False,
) -> Any:
    """Declare a field for a credential, which no `repr` shows.

    `beside` names the other half of a Basic credential, or is "" if that half is text
    in the spec; one half may be empty. With `always`, the credential mustn't be missing
    in partial mode either. `public` is a name, such as a user's, which responses may
    repeat; it is secret if the other half is empty.
    """
    return _credential(
        lambda variables: variables.credential(variable, beside=beside, always=always),
        _Part(variable, beside, public),
    )


def alternative_credential(
    variable: str, *, beside: str | None = None, public: bool = False
) -> Any:
    """Declare a field for a credential that may be missing: another one is enough."""
    return _credential(
        lambda variables: variables.alternative_credential(variable, beside=beside),
        _Part(variable, beside, public),
    )


def text(
    variable: str,
    *,
    always: bool = False,
    secret: bool = False,
    usual: Usual | None = None,
) -> Any:
    """Declare a field for a variable of any text; no `repr` shows a secret.

    A variable with a usual value needn't be set.
    """
    return _read(
        lambda variables: variables.text(variable, always=always, usual=usual),
        {variable: usual} if usual else NOTHING_USUAL,
        repr=not secret,
    )


def base_uri(variable: str, *, default: str) -> Any:
    """Declare a field for the base URI of an upstream."""
    return _read(
        lambda variables: variables.base_uri(variable, default),
        {variable: Usual(default)},
        default=default,
    )


def templated_base_uri(
    variable: str, template: str, usual: Mapping[str, Usual] = NOTHING_USUAL
) -> Any:
    """Declare a field for a base URI that contains other variables, written `{X}`.

    `usual` are the values of those that needn't be set.
    """
    parts = filter(None, re.split(f"({VARIABLE.pattern})", template))
    default = tuple(parts)
    return _read(
        lambda variables: variables.base_uri(variable, *default, usual=usual),
        {variable: Usual(template), **usual},
    )


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        credential,
        alternative_credential,
        text,
        base_uri,
        templated_base_uri,
        field,
    ),
)
class Declared:
    """A class whose subclasses are frozen dataclasses with keyword arguments."""

    def __init_subclass__(cls) -> None:
        """Turn a subclass into a dataclass."""
        dataclass(frozen=True, kw_only=True)(cls)


class BaseSettings(Declared):
    """The settings of a client; `limits` are those of its calls.

    A subclass declares a field for each variable. `prefix`, later `PREFIX`, begins the
    names of the package's own variables. With `partial`, some credentials may be
    missing if the variable `_PARTIAL` after the prefix is 1.
    """

    limits: Limits = field(default_factory=Limits)
    unset: frozenset[str] = frozenset()
    """The credentials that are missing: operations that need them send nothing."""

    PREFIX: ClassVar[str]
    _switch: ClassVar[str | None]

    def __init_subclass__(cls, *, prefix: str, partial: bool = False) -> None:
        """Turn a subclass into a dataclass, and keep the names of its variables."""
        super().__init_subclass__()
        cls.PREFIX = prefix
        cls._switch = f"{prefix}_PARTIAL" if partial else None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raises SettingsError with a line for each fault."""
        with Variables(env, cls._switch) as variables:
            values = {
                one.name: one.metadata["read"](variables)
                for one in fields(cls)
                if "read" in one.metadata
            }
            limits = variables.limits(cls.PREFIX)
            return cls(**values, limits=limits, unset=variables.unset)


def usual_values(settings: type[BaseSettings]) -> Mapping[str, Usual]:
    """Return the usual values of variables, in the order of the fields."""
    each = (one.metadata.get("usual", NOTHING_USUAL) for one in fields(settings))
    return {variable: one for usual in each for variable, one in usual.items()}


def secrets_of(settings: BaseSettings) -> Iterator[str]:
    """Yield the values of credentials that no response may repeat."""
    values = {
        one.metadata["part"]: str(getattr(settings, one.name))
        for one in fields(settings)
        if "part" in one.metadata
    }
    empty = {part.variable for part, value in values.items() if not value}
    for part, value in values.items():
        if not part.is_public or part.beside in empty:
            yield value


class _Part(NamedTuple):
    """A credential, or one half of it."""

    variable: str
    beside: str | None
    is_public: bool


def _credential(read: Callable[[Variables], str], part: _Part) -> Any:
    metadata = {"read": read, "usual": NOTHING_USUAL, "part": part}
    return field(metadata=metadata, repr=False)


def _read(
    read: Callable[[Variables], object],
    usual: Mapping[str, Usual] = NOTHING_USUAL,
    **options: Any,
) -> Any:
    """Declare a field, the function that reads its value, and its usual values."""
    return field(metadata={"read": read, "usual": usual}, **options)
