"""The values that the official tutorial promises."""

from typing import Any

Json = dict[str, Any]

STAR, DAWN = "IMO-9321483", "IMO-9456781"
UNKNOWN_SHIP, UNKNOWN_VOYAGE = "IMO-0000000", "VOY-0"
STAR_CARD: Json = {
    "imo": STAR,
    "name": "Northern Star",
    "type": "cargo",
    "flag": "NO",
    "status": "active",
}
STAR_SPECS = {"yearBuilt": 2015, "tonnage": 42000, "length": 229}
DAWN_SPECS = {"yearBuilt": 2018, "tonnage": 55000, "length": 274}
CREW = [
    {"fullName": "Erik Lindström", "role": "captain"},
    {"fullName": "Aiko Tanaka", "role": "cook"},
]
STAR_WITH_CREW: Json = STAR_CARD | STAR_SPECS | {"crew": CREW}
VESSELS = [
    {
        "vesselCode": "LEGACY-4012",
        "name": "Old Faithful",
        "type": "cargo",
        "flag": "GB",
        "status": "active",
    },
    {
        "vesselCode": "LEGACY-2087",
        "name": "Iron Maiden",
        "type": "bulk_carrier",
        "flag": "PA",
        "status": "laid_up",
    },
]
VOYAGE: Json = {
    "shipImo": STAR,
    "departurePort": 'Oslo "North"',
    "arrivalPort": "Singapore",
    "departureDate": "2026-04-10T08:00:00Z",
    "arrivalDate": "2026-05-02T14:00:00Z",
    "crewIds": ["CREW-001", "CREW-003"],
    "cargoIds": ["CARGO-2024-0451"],
}
PLANNED: Json = {
    "voyageId": "VOY-2026-042",
    "shipImo": STAR,
    "route": {"from": 'Oslo "North"', "to": "Singapore"},
    "dates": {"departure": "2026-04-10T08:00:00Z", "arrival": "2026-05-02T14:00:00Z"},
    "crewIds": ["CREW-001", "CREW-003"],
    "cargoIds": ["CARGO-2024-0451"],
    "status": "planned",
}
CARGO = [
    {
        "type": "container",
        "description": "Electronics components",
        "weight": 12.5,
        "hazardous": False,
    }
]
SHIP = {"name": "Northern Star", "type": "cargo", "flag": "NO"}
_COMMON = {"voyageId": "VOY-2026-042", "status": "planned", "crew": CREW}
NESTED_MANIFEST: Json = _COMMON | {
    "cargo": CARGO,
    "route": {"from": "Oslo", "to": "Singapore"},
    "ship": SHIP,
}
FLAT_MANIFEST: Json = _COMMON | {
    "cargo": CARGO,
    "departurePort": "Oslo",
    "arrivalPort": "Singapore",
    "shipName": "Northern Star",
    "shipType": "cargo",
    "shipFlag": "NO",
}
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
