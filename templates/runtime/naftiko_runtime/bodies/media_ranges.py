"""Ranges of media types, such as `image/*`."""

from .text import bare_media_type


def listed_type(value: object, *listed: str) -> str | None:
    """Return the first of the listed types and ranges that has a media type."""
    media_type = bare_media_type(value)
    if media_type is None:
        return None
    return next((one for one in listed if _has(one, media_type)), None)


def _has(listed: str, media_type: str) -> bool:
    if listed == "*/*":
        return "/" in media_type
    start, star, end = listed.partition("*")
    if not star:
        return media_type == listed
    return media_type.startswith(start) and media_type.endswith(end)
