"""Settings from environment variables: limits, listeners and declared fields."""

import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from case_tables import in_table
from naftiko_gen.emit.runtime.source import runtime_root
from naftiko_gen.language.package_settings import (
    ADAPTER,
    ALLOW_OPEN,
    ALLOWED_HOSTS,
    ALLOWED_ORIGINS,
    HOST,
    KEEP_ALIVE,
    MAX_CONCURRENCY,
    MAX_CONNECTIONS,
    PACKAGE,
    PAGES,
    PORT,
    STOP_NOTICE,
    TIMEOUT,
    TOOL_CHOICE,
    TRUST_ENV,
    TRUST_NETRC,
    UNKNOWN,
    PackageSetting,
)
from naftiko_runtime.errors import SettingsError
from naftiko_runtime.serving.server import ClientLimits, read_client_limits
from naftiko_runtime.settings import (
    BaseSettings,
    Limits,
    Usual,
    alternative_credential,
    base_uri,
    credential,
    listener,
    read_limits,
    templated_base_uri,
    text,
)

READ = re.compile(
    r"(?:\{(?:prefix|own|self\.variables)\}_?|variable\(\")(?P<name>[A-Z][A-Z_]*)\""
)


SWITCHES = (TRUST_ENV, TRUST_NETRC)
PREFIXES = {"CONTROL"}
"""Names of adapters, which the names of their settings follow."""


def variables(*values: tuple[PackageSetting, str]) -> dict[str, str]:
    return {setting.variable("shop"): value for setting, value in values}


def test_the_runtime_spells_the_names_of_the_table() -> None:
    sources = (path.read_text("utf-8") for path in runtime_root().rglob("*.py"))
    variables = {name for source in sources for name in READ.findall(source)}
    names = {
        setting.name for setting in (*PACKAGE, *ADAPTER, PAGES, UNKNOWN, *TOOL_CHOICE)
    }
    assert variables - PREFIXES == names


def test_unset_limits_are_the_defaults() -> None:
    table = variables(*((limit, limit.default) for limit in (TIMEOUT, MAX_CONCURRENCY)))
    table |= variables(*((switch, switch.default) for switch in SWITCHES))
    assert read_limits({}, "SHOP") == read_limits(table, "SHOP")


def test_set_limits_are_read() -> None:
    table = variables((TIMEOUT, "5"), (MAX_CONCURRENCY, "7"), (TRUST_ENV, "1"))
    limits = read_limits(table, "SHOP")
    assert (limits.timeout, limits.max_concurrency, limits.trust_env) == (5, 7, True)


@pytest.mark.parametrize("content", [None, "machine", "\udcff"])
def test_a_netrc_that_cannot_be_read_is_a_fault(
    content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "netrc"
    if content is not None:
        path.write_text(content, "utf-8", "surrogateescape")
    table = {**variables((TRUST_NETRC, "1")), "NETRC": str(path)}
    with pytest.raises(SettingsError, match="SHOP_TRUST_NETRC must be 0, or the file"):
        read_limits(table, "SHOP")


def test_connections_are_limited_by_the_table() -> None:
    settings = (MAX_CONNECTIONS, KEEP_ALIVE, STOP_NOTICE)
    table = variables(*((setting, setting.default) for setting in settings))
    usual = ClientLimits(grace=5)
    assert read_client_limits({}, "SHOP", 5) == usual
    assert read_client_limits(table, "SHOP", 5) == usual
    table = variables(*zip(settings, "987", strict=True))
    assert read_client_limits(table, "SHOP", 5) == ClientLimits(9, 8, 7, 5)


def test_an_unset_listener_has_the_defaults() -> None:
    result = listener({}, "SHOP", 3000)
    assert (result.host, result.port) == (HOST.default, 3000)


def test_a_set_listener_is_read() -> None:
    table = variables((HOST, "::1"), (PORT, "80"))
    table |= variables(
        (ALLOWED_HOSTS, "a.example"), (ALLOWED_ORIGINS, "https://b.example")
    )
    result = listener(table, "SHOP", 3000)
    assert (result.host, result.port) == ("::1", 80)
    assert result.allowed_hosts == ("a.example",)
    assert result.allowed_origins == ("https://b.example",)


def test_switches_are_off_by_default() -> None:
    assert {setting.default for setting in (*SWITCHES, ALLOW_OPEN)} == {"0"}


def test_variables_begin_with_the_owner_in_capitals() -> None:
    assert TIMEOUT.variable("training-runs") == "TRAINING_RUNS_TIMEOUT"
    assert HOST.variable("3d") == "_3D_HOST"


SHOP = "https://shop.example"


class Settings(BaseSettings, prefix="SHOP", partial=True):
    """Settings with a field of each kind."""

    token: str = credential("SHOP_TOKEN")
    other: str = alternative_credential("SHOP_OTHER")
    key_file: str = text("SHOP_KEY_FILE", always=True, secret=True)
    region: str = text("SHOP_REGION", always=True)
    shop: str = base_uri("SHOP_BASE_URI", default=SHOP)
    store: str = templated_base_uri("STORE_BASE_URI", "https://{SHOP_REGION}.example/v")


ENVIRONMENT = {"SHOP_TOKEN": "t0ken", "SHOP_KEY_FILE": "k3y", "SHOP_REGION": "eu"}


def test_each_field_has_the_value_of_its_variable() -> None:
    settings = Settings.from_env({**ENVIRONMENT, "SHOP_TIMEOUT": "5"})

    assert (settings.token, settings.key_file) == ("t0ken", "k3y")
    assert settings.region == "eu"
    assert settings.shop == SHOP
    assert settings.store == "https://eu.example/v"
    assert settings.limits == Limits(timeout=5)


def test_a_variable_overrides_the_default_of_a_base_uri() -> None:
    other = {"SHOP_BASE_URI": "http://a.example", "STORE_BASE_URI": "http://b.example"}
    settings = Settings.from_env({**ENVIRONMENT, **other})

    assert (settings.shop, settings.store) == ("http://a.example", "http://b.example")


def test_all_faults_are_reported_together_in_the_order_of_the_fields() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"SHOP_TIMEOUT": "soon"})

    variables = ["SHOP_TOKEN", "SHOP_KEY_FILE", "SHOP_REGION", "SHOP_TIMEOUT"]
    assert len(error.value.faults) == len(variables)
    for name, fault in zip(variables, error.value.faults, strict=True):
        assert name in fault


def test_an_alternative_credential_may_be_missing() -> None:
    assert Settings.from_env(ENVIRONMENT).unset == {"SHOP_OTHER"}


def test_partial_settings_may_lack_a_credential() -> None:
    without = {"SHOP_KEY_FILE": "k3y", "SHOP_REGION": "eu", "SHOP_PARTIAL": "1"}
    settings = Settings.from_env(without)

    assert settings.token == ""
    assert settings.unset == {"SHOP_TOKEN", "SHOP_OTHER"}


def test_only_partial_settings_read_the_switch() -> None:
    class Whole(BaseSettings, prefix="SHOP"):
        token: str = credential("SHOP_TOKEN")

    with pytest.raises(SettingsError, match="SHOP_TOKEN"):
        Whole.from_env({"SHOP_PARTIAL": "1"})


def test_no_secret_is_shown() -> None:
    text = repr(Settings.from_env({**ENVIRONMENT, "SHOP_OTHER": "0ther"}))

    assert "eu" in text
    assert not any(secret in text for secret in ("t0ken", "0ther", "k3y"))


def test_settings_are_frozen_and_compared_by_their_values() -> None:
    first, second = (Settings.from_env(ENVIRONMENT) for _ in range(2))

    assert first == second
    for name in vars(first):
        with pytest.raises(FrozenInstanceError):
            setattr(first, name, None)


class Usually(BaseSettings, prefix="STORE", partial=True):
    """Settings of variables that needn't be set, or have listed values."""

    tier: str = text("STORE_TIER", usual=Usual("free", choices=["free", "paid"]))
    store: str = templated_base_uri(
        "STORE_BASE_URI",
        "https://{STORE_REGION}.example/{STORE_PATH}",
        {"STORE_REGION": Usual(choices=["eu", "us"]), "STORE_PATH": Usual("v1/api")},
    )


@in_table
def test_a_variable_may_have_a_default(
    env: dict[str, str], tier: str, store: str
) -> None:
    settings = Usually.from_env({"STORE_REGION": "eu", **env})

    assert (settings.tier, settings.store) == (tier, store)
    assert settings.unset == frozenset()


@in_table
def test_a_value_is_one_of_the_choices(env: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        Usually.from_env(env)
