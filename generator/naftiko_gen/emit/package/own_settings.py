"""The settings of a package that don't depend on its credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.package.scripts import script_files
from naftiko_gen.language.package_settings import (
    ALWAYS,
    MAX_CONCURRENCY,
    SCRIPTS,
    SCRIPTS_AT_ONCE,
    STEPS_TIMEOUT,
    TIMEOUT,
    TRUST_ENV,
)

if TYPE_CHECKING:
    from naftiko_gen.ir import Capability
    from naftiko_gen.language.package_settings import PackageSetting


def own_settings(
    capability: Capability, partial: tuple[PackageSetting, ...]
) -> tuple[PackageSetting, ...]:
    """Return the settings that have an effect; `partial` are those of credentials."""
    scripts = (SCRIPTS, SCRIPTS_AT_ONCE) if script_files(capability) else ()
    effective = (
        setting for setting in ALWAYS if setting not in _without_effect(capability)
    )
    return (
        *(_with_meaning(setting, capability) for setting in effective),
        *partial,
        *scripts,
    )


def _without_effect(capability: Capability) -> tuple[PackageSetting, ...]:
    if capability.operations or capability.forwards:
        return ()
    time = () if capability.has_client else (TIMEOUT,)
    return (*time, MAX_CONCURRENCY, TRUST_ENV)


def _with_meaning(setting: PackageSetting, capability: Capability) -> PackageSetting:
    """Return a setting with the meaning that it has for the capability."""
    return STEPS_TIMEOUT if setting is TIMEOUT and capability.has_steps else setting
