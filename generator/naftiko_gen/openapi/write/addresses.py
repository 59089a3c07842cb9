"""Addresses of servers, whose variables become settings with default values."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlsplit

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language.names import env_name
from naftiko_gen.language.package_settings import PACKAGE, UPSTREAM
from naftiko_gen.language.urls import find_departure
from naftiko_gen.openapi.read.api import Api, Server, Variable
from naftiko_gen.openapi.write.names import digest, variable_name
from naftiko_gen.resolve.addresses import problem, stand_in

_Facts = tuple[str | None, tuple[str, ...]]
"""The default of a variable, None if it has none, and its choices."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SETTING = re.compile(r"\{\{([A-Z0-9_]+)\}\}")
_TEMPLATE = r"\{\{[A-Z0-9_]+\}\}"
_HOST = rf"(?:[A-Za-z0-9._~-]|{_TEMPLATE})+"
_BASE = re.compile(
    rf"(?:https?|{_TEMPLATE})://(?:{_HOST}|\[[0-9A-Fa-f:.]+\])(?::(?:\d+|{_TEMPLATE}))?"
    rf"(?:/(?:[^\s{{}}?#\\\"<>^`|]|{_TEMPLATE})*)?"
)
_UNDECLARED: _Facts = (None, ())
"""The facts of a variable that a document uses without declaring it."""
_TAKEN = tuple(f"_{setting.name}" for setting in (*PACKAGE, *UPSTREAM))
"""Suffixes of the settings that packages have already."""


@dataclass(frozen=True)
class ServerSetting:
    """A setting that is a variable of an address.

    Attributes:
        default: Its value if it isn't set; None if it must be.
        choices: The values that it may have; none if it may have any.
    """

    name: str
    meaning: str
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Base:
    """An address, and the settings in it."""

    uri: str
    settings: tuple[ServerSetting, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def usual(self) -> str:
        """Return the address with the default of each setting."""
        defaults = {item.name: item.default for item in self.settings}

        def value(setting: re.Match[str]) -> str:
            return defaults.get(setting[1]) or stand_in(is_first=False)

        return _SETTING.sub(value, self.uri)

    @property
    def is_usable(self) -> bool:
        """Return whether an upstream can have the address."""
        is_filled = "{" not in self.usual and is_base_uri(self.usual)
        return is_filled and is_base_uri(self.uri)


def is_base_uri(text: str) -> bool:
    """Return whether a text can be the address of an upstream."""
    example = _SETTING.sub(lambda match: stand_in(is_first=match.start() == 0), text)
    is_shaped = _BASE.fullmatch(text) is not None
    if not is_shaped or problem(example, starts_open=False) is not None:
        return False
    return find_departure(f"/{urlsplit(example).path.lstrip('/')}") is None


@dataclass
class Addresses:
    """Makes the addresses of an API's servers.

    Variables with equal defaults and choices share a setting; others never do, as the
    same name can mean another host in another operation.
    """

    api: Api
    prefix: str
    """The prefix of the names of settings."""
    _facts: dict[str, list[_Facts]] = field(default_factory=lambda: defaultdict(list))
    _common: dict[str, _Facts] = field(default_factory=dict)
    """The facts of the variables in the API's own servers, by name."""

    def __post_init__(self) -> None:
        own = (operation.servers for operation in self.api.operations)
        for server in dict.fromkeys((*self.api.servers, *chain.from_iterable(own))):
            for variable, facts in _facts_by_name(server).items():
                name = self._plain_name(variable)
                if server in self.api.servers:
                    self._common.setdefault(name, facts)
                if facts not in self._facts[name]:
                    self._facts[name].append(facts)

    def base(self, server: Server) -> Base:
        """Return the address of a server; it may be relative, or unusable.

        A variable at the start has its default there, unless it can only be a scheme.
        """
        variables = {variable.name: variable for variable in server.variables}
        settings: dict[str, ServerSetting] = {}
        comments = []

        def fill(match: re.Match[str]) -> str:
            variable = variables.get(match[1])
            default = variable.default if variable else None
            is_first = match.start() == 0 and not _is_scheme(variable)
            if variable and default is not None and (not default or is_first):
                comments.append(_preset(variable))
                return default
            setting = self._setting(variable, match[1])
            settings[setting.name] = setting
            return f"{{{{{setting.name}}}}}"

        uri = _PLACEHOLDER.sub(fill, server.url.strip()).rstrip("/")
        return Base(uri, tuple(settings.values()), tuple(comments))

    def _setting(self, variable: Variable | None, name: str) -> ServerSetting:
        if variable is None:
            text = f"{quote(name)} of the API's address"
            return ServerSetting(self._name(name, _UNDECLARED), text)
        facts = _facts_of(variable)
        default, choices = facts
        about = variable.description or f"{quote(name)} of the address"
        return ServerSetting(self._name(name, facts), about, default, choices)

    def _name(self, name: str, facts: _Facts) -> str:
        """Return the name of a setting: a longer one for less common facts."""
        plain = self._plain_name(name)
        all_facts = self._facts[plain]
        if self._common.get(plain) == facts or len(all_facts) == 1:
            return plain
        end = _word(facts)
        alike = [item for item in all_facts if _word(item) == end]
        is_word = re.fullmatch(r"[A-Z0-9_]+", end) is not None
        end = end if is_word and len(alike) == 1 else digest(repr(facts))
        return f"{plain}_{end.upper()}"

    def _plain_name(self, name: str) -> str:
        plain = f"{self.prefix}_{variable_name(name or 'host')}"
        return f"{plain}_VALUE" if plain.endswith(_TAKEN) else plain


def _facts_by_name(server: Server) -> dict[str, _Facts]:
    """Return the facts of the variables in an address, also of undeclared ones."""
    facts = {item.name: _facts_of(item) for item in server.variables}
    names = _PLACEHOLDER.findall(server.url)
    return {**dict.fromkeys(names, _UNDECLARED), **facts}


def _word(facts: _Facts) -> str:
    """Return the default as a part of a setting's name."""
    default, _ = facts
    return env_name(default or "other")


def _is_scheme(variable: Variable | None) -> bool:
    """Return whether a variable chooses between http and https."""
    return variable is not None and {*_facts_of(variable)[1]} == {"http", "https"}


def _facts_of(variable: Variable) -> _Facts:
    choices = tuple(dict.fromkeys(filter(None, variable.choices)))
    if choices and variable.default and variable.default not in choices:
        choices = (variable.default, *choices)
    return variable.default, choices


def _preset(variable: Variable) -> str:
    choices = f", one of {', '.join(variable.choices)}" if variable.choices else ""
    about = f" ({variable.description})" if variable.description else ""
    return f"{variable.name} is {variable.default or 'empty'} here{choices}{about}."
