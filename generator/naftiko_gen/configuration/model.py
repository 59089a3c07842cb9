"""What a configuration may say: the model that it is checked against."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

SILENT = "silent"


def _possible(path: str) -> str:
    if not path or "\0" in path:
        raise PydanticCustomError("path", "no path can be so")
    return path


PathText = Annotated[str, AfterValidator(_possible)]


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Configuration(BaseModel):
    """The settings, with what holds where nothing is said."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=_kebab)

    specs: list[PathText] = []
    output: PathText = "generated"
    layout: Literal["project", "package"] = "project"
    strict: bool = False
    skip_unresolved: bool = False
    import_root: PathText | None = None
    jobs: Annotated[int, Field(ge=1)] | None = None
    codes: dict[str, Literal["error", "warning", "note", "silent"]] = {}


SETTINGS = tuple(
    field.alias or name for name, field in Configuration.model_fields.items()
)
