"""References to inputs that contain the input's place, such as `path`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax.editing.editor import Proposal, combine
from naftiko_gen.syntax.editing.nodes_at import Place, point
from naftiko_gen.syntax.tree import Mapping, Scalar
from naftiko_gen.tools.fix.context import FixContext

_PLACE = r"(?:path|query|headers?|body)\."


def delete_places(context: FixContext, span: Span) -> Proposal:
    """Delete the places in references, and keep the names of the inputs."""
    parts = [
        context.replace_value(place.node.span, bare)
        for place in _scalars(context, span)
        if (bare := _bare(place)) is not None
    ]
    return combine(*parts)


def _scalars(context: FixContext, span: Span) -> Iterator[Place[Scalar]]:
    """Yield the scalar at a place, or those in the structure that starts there."""
    places, at = context.places, point(span)
    if at in places.scalars:
        yield places.scalars[at]
    elif structure := places.mappings.get(at) or places.lists.get(at):
        for place in places.scalars.values():
            if any(node is structure.node for node in place.around):
                yield place


def _bare(place: Place[Scalar]) -> str | None:
    """Return a text without places of inputs; None if it has none."""
    text = place.node.value
    # The adapter is the outermost mapping with a namespace.
    adapters = (node for node in place.around if isinstance(node, Mapping))
    namespaces = (node.text("namespace") for node in adapters if "namespace" in node)
    namespace = next(namespaces, None)
    if not isinstance(text, str) or namespace is None:
        return None
    prefix = rf"(?:\$this\.)?{re.escape(namespace)}\."
    reference = re.compile(rf"^({prefix}){_PLACE}")
    placeholder = re.compile(rf"(\{{\{{\s*(?:{prefix}|rest\.|tools\.)?){_PLACE}")
    bare = placeholder.sub(r"\1", reference.sub(r"\1", text))
    return bare if bare != text else None
