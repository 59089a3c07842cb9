"""The requirements of another Python, and whose wheels can be made for it here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

EVERY_PYTHON = "-none-any"
"""The end of the tag of a wheel that is for all of them."""


@dataclass
class Needed:
    """The distributions that a Python needs; `here` are those that are installed."""

    version: str
    here: Mapping[NormalizedName, Distribution]
    names: dict[NormalizedName, str] = field(default_factory=dict)
    _followed: set[tuple[NormalizedName, str]] = field(default_factory=set)

    def follow(self, requirement: Requirement, extra: str = "") -> None:
        """Add a requirement of an extra, and its own, if they are for that Python."""
        if not self._is_wanted(requirement, extra):
            return
        name = canonicalize_name(requirement.name)
        self.names.setdefault(name, f"{name}{requirement.specifier}")
        for extra_name in ("", *requirement.extras):
            if (name, extra_name) not in self._followed:
                self._followed.add((name, extra_name))
                for further in self._requires(name):
                    self.follow(further, extra_name)

    def _is_wanted(self, requirement: Requirement, extra: str) -> bool:
        own = {
            "python_version": self.version,
            "python_full_version": f"{self.version}.0",
            "extra": extra,
        }
        return requirement.marker is None or requirement.marker.evaluate(own)

    def _requires(self, name: NormalizedName) -> Iterator[Requirement]:
        if name in self.here:
            yield from map(Requirement, self.here[name].requires or ())

    def same(self) -> list[Distribution]:
        """Return the distributions whose wheels are for every Python."""
        present = [self.here[name] for name in self.names if name in self.here]
        return [
            distribution
            for distribution in present
            if EVERY_PYTHON in (distribution.read_text("WHEEL") or "")
        ]

    def built_versions(self) -> list[str]:
        """Return the versions of the distributions that are built for each Python."""
        same = {canonicalize_name(distribution.name) for distribution in self.same()}
        names = [name for name in self.names if name in self.here and name not in same]
        return [f"{name}=={self.here[name].version}" for name in names]

    def missing(self) -> list[str]:
        """Return the requirements that aren't installed here."""
        return [
            requirement
            for name, requirement in self.names.items()
            if name not in self.here
        ]


def find_needed(
    version: str, requirements: Iterable[str], distributions: Mapping[str, Distribution]
) -> Needed:
    """Return the distributions that a version of Python needs for requirements."""
    here = {
        canonicalize_name(name): distribution
        for name, distribution in distributions.items()
    }
    result = Needed(version, here)
    for requirement in requirements:
        result.follow(Requirement(requirement))
    return result
