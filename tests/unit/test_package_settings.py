"""The table of package settings lists the variables that the static modules read."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen.language.package_settings import (
    ADAPTER,
    ALLOW_OPEN,
    ALLOWED_HOSTS,
    ALLOWED_ORIGINS,
    HOST,
    MAX_CONCURRENCY,
    MAX_CONNECTIONS,
    PACKAGE,
    PORT,
    TIMEOUT,
    TRUST_ENV,
    PackageSetting,
)

MODULES = Path(__file__).parents[2] / "templates" / "python"
READ = re.compile(r"\{(?:prefix|own|self\.variables)\}_?(?P<name>[A-Z][A-Z_]*)\"")


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return runpy.run_path(str(MODULES / "_settings.py"))


def variables(*values: tuple[PackageSetting, str]) -> dict[str, str]:
    return {setting.variable("shop"): value for setting, value in values}


def test_the_static_modules_spell_the_names_of_the_table() -> None:
    sources = (path.read_text("utf-8") for path in MODULES.glob("_*.py"))
    spelled = {name for source in sources for name in READ.findall(source)}
    assert spelled == {setting.name for setting in (*PACKAGE, *ADAPTER)}


def test_unset_limits_are_the_defaults(settings: dict[str, Any]) -> None:
    table = variables(*((one, one.default) for one in (TIMEOUT, MAX_CONCURRENCY)))
    table |= variables((TRUST_ENV, TRUST_ENV.default))
    assert settings["limits"]({}, "SHOP") == settings["limits"](table, "SHOP")


def test_set_limits_are_read(settings: dict[str, Any]) -> None:
    table = variables((TIMEOUT, "5"), (MAX_CONCURRENCY, "7"), (TRUST_ENV, "1"))
    limits = settings["limits"](table, "SHOP")
    assert (limits.timeout, limits.max_concurrency, limits.trust_env) == (5, 7, True)


def test_connections_are_limited_by_the_table(settings: dict[str, Any]) -> None:
    read = settings["max_connections"]
    assert str(read({}, "SHOP")) == MAX_CONNECTIONS.default
    assert read(variables((MAX_CONNECTIONS, "9")), "SHOP") == 9


def test_an_unset_listener_has_the_defaults(settings: dict[str, Any]) -> None:
    listener = settings["listener"]({}, "SHOP", 3000)
    assert (listener.host, listener.port) == (HOST.default, 3000)


def test_a_set_listener_is_read(settings: dict[str, Any]) -> None:
    table = variables((HOST, "::1"), (PORT, "80"))
    table |= variables(
        (ALLOWED_HOSTS, "a.example"), (ALLOWED_ORIGINS, "https://b.example")
    )
    listener = settings["listener"](table, "SHOP", 3000)
    assert (listener.host, listener.port) == ("::1", 80)
    assert listener.allowed_hosts == ("a.example",)
    assert listener.allowed_origins == ("https://b.example",)


def test_switches_are_off_by_default() -> None:
    assert [setting.default for setting in (TRUST_ENV, ALLOW_OPEN)] == ["0", "0"]


def test_variables_begin_with_the_owner_in_capitals() -> None:
    assert TIMEOUT.variable("training-runs") == "TRAINING_RUNS_TIMEOUT"
    assert HOST.variable("3d") == "_3D_HOST"
