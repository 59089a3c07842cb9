"""Validation of a configuration: its keys and the types of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import ValidationError

from naftiko_gen.configuration.faults import MOST_FAULTS
from naftiko_gen.configuration.model import SETTINGS, configuration
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from naftiko_gen.configuration.faults import Faults
    from naftiko_gen.configuration.model import Configuration
    from naftiko_gen.configuration.places import Steps
    from naftiko_gen.diagnostics.span import Plain


def validate(table: Plain, faults: Faults) -> Configuration | None:
    """Return the configuration in a table, or None after reporting its faults."""
    try:
        return configuration(table)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False)[:MOST_FAULTS]:
            _report(error, faults)
    return None


def _report(error: ErrorDetails, faults: Faults) -> None:
    if error["type"] == "extra_forbidden":
        _report_key(str(error["loc"][-1]), faults)
    else:
        name = _name(error["loc"])
        message, hint = f"{name} {_clause(error)}", _remedy(error)
        faults.add(Code.WRONG_SETTING, message, *error["loc"], hint=hint)


def _report_key(key: str, faults: Faults) -> None:
    near = nearest(key.replace("_", "-").lower(), SETTINGS)
    hint = f"did you mean {quote(near)}?" if near else None
    message = f"{quote(key)} isn't a setting"
    faults.add_at_key(Code.UNKNOWN_SETTING, message, key, hint=hint)


_EXPECTED = {
    "string_type": "text",
    "list_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a table",
}


def _name(loc: Steps) -> str:
    """Return the name of a value; an item has the name of its list."""
    names = [step for step in loc if isinstance(step, str)]
    name = quote(names[-1]) if names else "the configuration"
    return name if loc == tuple(names) else f"each of {name}"


def _clause(error: ErrorDetails) -> str:
    if error["type"] == "too_long":
        return f"has more than {error['ctx']['max_length']:,} entries"
    expectation = _EXPECTED.get(error["type"])
    return (
        f"must be {expectation}" if expectation else f"can't be {quote(error['input'])}"
    )


def _remedy(error: ErrorDetails) -> str | None:
    match error:
        case {"type": "list_type", "input": str(text)}:
            return (
                f"write [{text!r}]" if text.isprintable() and len(text) < 60 else None
            )
        case {"type": "too_long"}:
            return "write globs, such as 'specs/*.yaml'"
        case {"ctx": {"expected": values}}:
            return f"allowed: {values}"
        case {"ctx": {"ge": least}}:
            return f"allowed: {least} or more"
        case _:
            return None
