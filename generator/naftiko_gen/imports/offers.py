"""Declarations that can be imported, and the files in which they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Mapping, Node

if TYPE_CHECKING:
    from naftiko_gen.imports.files import Chain
    from naftiko_gen.imports.shared import Section


@dataclass(frozen=True, eq=False)
class Home:
    """A file with declarations, and the file that imports it.

    Attributes:
        tree: The file, in the form of a capability.
        chain: The file's name, and the imports that lead to it.
        importer: The file that imports it; None if that is the spec.
    """

    tree: Mapping
    chain: Chain
    importer: Home | None


@dataclass(frozen=True)
class Offer:
    """A declaration, its place among those of its file, and its file.

    `home` is None in the spec. `entry` is the outermost import that names it.
    `own_namespace` is its namespace in its own file.
    """

    node: Node
    section: Section
    file: str
    index: int
    home: Home | None = None
    entry: Mapping | None = None
    own_namespace: str | None = None

    @property
    def namespace(self) -> str | None:
        """Return its namespace, which imports may have changed."""
        return self.node.text("namespace") if isinstance(self.node, Mapping) else None

    @property
    def origin(self) -> Origin:
        """Return the identity of the declaration, under any name."""
        return self.section, self.file, self.index

    @property
    def key(self) -> tuple[Origin, str | None]:
        """Return the identity of the import: equal for equal offers."""
        return self.origin, self.namespace


Origin = tuple["Section", str, int]
