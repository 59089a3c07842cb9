"""The layouts in which a package is written."""

from enum import Enum


class Layout(Enum):
    """What is written: a whole project, or the package alone for another project."""

    PROJECT = "project"
    PACKAGE = "package"
