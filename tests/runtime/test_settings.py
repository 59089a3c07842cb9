"""The table of package settings lists the variables that the static modules read."""

from __future__ import annotations

import re

from naftiko_gen.emit.runtime.source import runtime_root
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
from naftiko_runtime.serving.listening import max_connections
from naftiko_runtime.settings import listener, read_limits

READ = re.compile(r"\{(?:prefix|own|program\.variables)\}_?(?P<name>[A-Z][A-Z_]*)\"")


def variables(*values: tuple[PackageSetting, str]) -> dict[str, str]:
    return {setting.variable("shop"): value for setting, value in values}


def test_the_runtime_spells_the_names_of_the_table() -> None:
    sources = (path.read_text("utf-8") for path in runtime_root().rglob("*.py"))
    spelled = {name for source in sources for name in READ.findall(source)}
    assert spelled == {setting.name for setting in (*PACKAGE, *ADAPTER)}


def test_unset_limits_are_the_defaults() -> None:
    table = variables(*((limit, limit.default) for limit in (TIMEOUT, MAX_CONCURRENCY)))
    table |= variables((TRUST_ENV, TRUST_ENV.default))
    assert read_limits({}, "SHOP") == read_limits(table, "SHOP")


def test_set_limits_are_read() -> None:
    table = variables((TIMEOUT, "5"), (MAX_CONCURRENCY, "7"), (TRUST_ENV, "1"))
    chosen = read_limits(table, "SHOP")
    assert (chosen.timeout, chosen.max_concurrency, chosen.trust_env) == (5, 7, True)


def test_connections_are_limited_by_the_table() -> None:
    assert str(max_connections({}, "SHOP")) == MAX_CONNECTIONS.default
    assert max_connections(variables((MAX_CONNECTIONS, "9")), "SHOP") == 9


def test_an_unset_listener_has_the_defaults() -> None:
    chosen = listener({}, "SHOP", 3000)
    assert (chosen.host, chosen.port) == (HOST.default, 3000)


def test_a_set_listener_is_read() -> None:
    table = variables((HOST, "::1"), (PORT, "80"))
    table |= variables(
        (ALLOWED_HOSTS, "a.example"), (ALLOWED_ORIGINS, "https://b.example")
    )
    chosen = listener(table, "SHOP", 3000)
    assert (chosen.host, chosen.port) == ("::1", 80)
    assert chosen.allowed_hosts == ("a.example",)
    assert chosen.allowed_origins == ("https://b.example",)


def test_switches_are_off_by_default() -> None:
    assert [setting.default for setting in (TRUST_ENV, ALLOW_OPEN)] == ["0", "0"]


def test_variables_begin_with_the_owner_in_capitals() -> None:
    assert TIMEOUT.variable("training-runs") == "TRAINING_RUNS_TIMEOUT"
    assert HOST.variable("3d") == "_3D_HOST"
