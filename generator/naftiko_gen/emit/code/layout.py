"""The layouts of the output directory."""

from enum import Enum


class Layout(Enum):
    """The extent of the output: a whole project, or a package for another project."""

    PROJECT = "project"
    PACKAGE = "package"
