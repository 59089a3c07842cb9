"""The values that the official tutorial promises."""

from typing import Any

from case_tables import table

Json = dict[str, Any]

STAR, DAWN = "IMO-9321483", "IMO-9456781"
UNKNOWN_SHIP, UNKNOWN_VOYAGE = "IMO-0000000", "VOY-0"
STAR_CARD: Json = table(__file__, "star_card")
STAR_SPECS: Json = table(__file__, "star_specs")
DAWN_SPECS: Json = table(__file__, "dawn_specs")
STAR_WITH_CREW: Json = table(__file__, "star_with_crew")
VESSELS: list[Json] = table(__file__, "vessels")
VOYAGE: Json = table(__file__, "voyage")
PLANNED: Json = table(__file__, "planned")
NESTED_MANIFEST: Json = table(__file__, "nested_manifest")
FLAT_MANIFEST: Json = table(__file__, "flat_manifest")
FLEET_OPS = ["list-ships", "get-ship", "list-legacy-vessels", "get-ship-with-crew"]


def tool_names(step: int) -> list[str]:
    """Return the tools of a step, in their order."""
    since = {
        1: ["get-ship"],
        2: ["list-ships", "get-ship"],
        5: ["list-legacy-vessels"],
        6: ["create-voyage"],
        7: ["get-ship-with-crew"],
        11: ["get-voyage-manifest"],
    }
    first = 1 if step == 1 else 2
    return [name for n, names in since.items() if first <= n <= step for name in names]


def skills(step: int) -> dict[str, list[str]]:
    """Return the tools of each skill of a step."""
    manifest = ["get-voyage-manifest"] if step == 11 else []
    return {"fleet-ops": FLEET_OPS, "voyage-ops": ["create-voyage", *manifest]}
