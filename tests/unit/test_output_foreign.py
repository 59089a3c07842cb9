import py_compile
from pathlib import Path

import pytest

from naftiko_gen.publish.foreign_modules import Fault, foreign_modules

OURS = ("package/__init__.py", "package/rest.py", "package/below/more.py", "setup.py")
UNCHECKED, CHECKED, TIMED = 1, 3, 0


def bytecode(flags: int) -> bytes:
    return b"\0\0\r\n" + flags.to_bytes(4, "little") + bytes(8)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in OURS:
        write(tmp_path, path)
    return tmp_path


def write(root: Path, path: str, content: bytes = b"") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)


def faults(root: Path, modules: str = "package") -> dict[str, Fault]:
    strangers = foreign_modules(root, modules, OURS)
    return {m.place.relative_to(root).as_posix(): m.fault for m in strangers}


@pytest.mark.parametrize(
    "path",
    [
        *("extra.py", "extra.PY", "extra.pyw", "rest.pyc", "rest.so", "rest.abi3.so"),
        *("rest.cpython-311-x86_64-linux-gnu.so", "rest.pyd"),
        *("rest.cp311-win_amd64.pyd", "sitecustomize.py", "below/extra.py"),
        *("__pycache__/extra.py", "__pycache__/extra.pyc", "__pycache__/extra.so"),
        *("below/__pycache__/extra.so",),
    ],
)
def test_modules_are_foreign(root: Path, path: str) -> None:
    write(root, f"package/{path}", bytecode(TIMED))
    assert faults(root) == {f"package/{path}": Fault.MODULE}


@pytest.mark.parametrize(
    "path", ["rest/__init__.py", "rest/notes.txt", "__pycache__/more/__init__.py"]
)
def test_directories_are_named_as_a_whole(root: Path, path: str) -> None:
    write(root, f"package/{path}")
    directory = f"package/{path.rpartition('/')[0]}"
    assert faults(root) == {directory: Fault.MODULE}


@pytest.mark.parametrize("flags", [UNCHECKED, CHECKED])
@pytest.mark.parametrize(
    "name", ["rest.cpython-313.pyc", "rest.cpython-311.opt-1.pyc", "a.pypy310.PYC"]
)
def test_compiled_files_that_need_no_module_are_foreign(
    root: Path, name: str, flags: int
) -> None:
    write(root, f"package/__pycache__/{name}", bytecode(flags))
    assert faults(root) == {f"package/__pycache__/{name}": Fault.COMPILED}


def test_bytecode_of_python_is_not_foreign(root: Path) -> None:
    py_compile.compile(
        str(root / "package" / "rest.py"),
        invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP,
    )
    assert any((root / "package" / "__pycache__").iterdir())
    assert faults(root) == {}


@pytest.mark.parametrize("directory", ["gone", "gone/below"])
def test_a_directory_of_only_bytecode_is_not_code(root: Path, directory: str) -> None:
    """Python made it, and nothing in it can be imported without a module."""
    cache = f"package/{directory}/__pycache__"
    write(root, f"{cache}/old.cpython-313.pyc", bytecode(TIMED))
    assert faults(root) == {}

    write(root, f"{cache}/old.cpython-313.pyc", bytecode(CHECKED))
    write(root, f"{cache}/extra.so")
    assert faults(root) == {
        f"{cache}/extra.so": Fault.MODULE,
        f"{cache}/old.cpython-313.pyc": Fault.COMPILED,
    }
    write(root, f"package/{directory}/notes.txt")
    assert faults(root) == {"package/gone": Fault.MODULE}


@pytest.mark.parametrize(
    "path",
    [
        *("notes.txt", "rest.py.orig", "rest.pyi", ".mypy_cache/3.11/rest.data.json"),
        *("my-files/extra.py", "__pycache__/gone.cpython-313.pyc"),
        *("__pycache__/rest.cpython-313.pyc.140735", "../extra.py"),
        *("../extra/__init__.py",),
    ],
)
def test_files_that_no_statement_imports_are_not_foreign(root: Path, path: str) -> None:
    write(root, f"package/{path}")
    assert faults(root) == {}
