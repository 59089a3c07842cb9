"""The files of packages, without writing them."""

from documents import capability

from naftiko_gen.configuration.options import Layout
from naftiko_gen.emit.package_files import Package


def files(text: str) -> dict[str, str]:
    """Return the texts of a document's package, by path."""
    tree = Package(capability(text), Layout.PROJECT).tree()
    return {file.path: file.content.decode() for file in tree.files}
