"""The tools of the compiled capability as `tools/list` must show them."""

from typing import Any

_NOTHING: dict[str, Any] = {
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}

_READING = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": True,
}

ADD_NOTE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "topic": {"type": "string", "description": "The subject of the note."},
        "title": {"type": "string", "description": "Its title."},
        "pages": {"type": "integer", "description": "How long it is."},
        "draft": {"type": "boolean", "description": "Whether it is unfinished."},
        "labels": {
            "type": "array",
            "items": {"type": "string", "description": "{any JSON}"},
            "description": "Words to find it by.",
        },
        "weight": {"type": "number", "description": "How much it counts."},
        "origin": {"type": "object", "description": "Where it comes from."},
    },
    "required": ["topic", "title"],
    "additionalProperties": False,
}

TOOLS: list[dict[str, Any]] = [
    {
        "name": "test_simple_text",
        "title": "Simple text",
        "description": "Answer a sentence.",
        "inputSchema": _NOTHING,
        "annotations": {**_READING, "openWorldHint": False},
    },
    {
        "name": "test_error_handling",
        "title": "Test error handling",
        "description": "Answer the upstream's error, always.",
        "inputSchema": _NOTHING,
        "annotations": _READING,
    },
    {
        "name": "test_image_content",
        "title": "Test image content",
        "description": "Answer a picture.",
        "inputSchema": _NOTHING,
        "annotations": _READING,
    },
    {
        "name": "test_audio_content",
        "title": "Test audio content",
        "description": "Answer a sound.",
        "inputSchema": _NOTHING,
        "annotations": _READING,
    },
    {
        "name": "test_embedded_resource",
        "title": "Test embedded resource",
        "description": "Answer an archive.",
        "inputSchema": _NOTHING,
        "annotations": _READING,
    },
    {
        "name": "add-note",
        "title": "Add note",
        "description": (
            "Add a note: naïve “quotes”, a tab\t, a 😀, \\ and {{braces}}."
        ),
        "inputSchema": ADD_NOTE,
        "annotations": {
            "readOnlyHint": False,
            "destructiveHint": False,
            "idempotentHint": False,
            "openWorldHint": True,
        },
    },
    {
        "name": "a-measurement",
        "title": "A measurement",
        "description": "Answer a measurement, of which a part is shown.",
        "inputSchema": _NOTHING,
        "outputSchema": {
            "type": "object",
            "properties": {
                "station": {"type": "string"},
                "degrees": {"type": "number"},
                "missing": {"type": "string"},
            },
        },
        "annotations": _READING,
    },
]

NOTE: dict[str, Any] = {
    "topic": "a/b",
    "title": "naïve 😀",
    "pages": 9007199254740993,
    "draft": False,
    "labels": ["x", 1, None],
    "weight": 0.5,
    "origin": {"z": 1, "a": {"big": 9007199254740993}},
}
"""Arguments of `add-note`."""
