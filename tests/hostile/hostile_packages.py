"""Emitted packages, and the shape of their files: all that a text must not change."""

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

import yaml
from hostile_specs import as_yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from delivery import compile_package
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.frontend import read
from naftiko_gen.tools.deploy.description import describe
from naftiko_gen.tools.deploy.files import files as deployment_files


def emit(document: Plain, directory: Path, name: str = "everything.yaml") -> Path:
    """Compile a document and return its package's directory."""
    spec = directory / name
    spec.write_text(as_yaml(document), encoding="utf-8")
    result = compile_package(spec, Options(directory / "out", force=True))
    assert result.changes, _errors(result.diagnostics)
    return result.changes.root


def emitted_files(document: Plain, directory: Path) -> dict[str, bytes]:
    """Compile a document; return the files of its package, which aren't written.

    Those of its deployment are among them.
    """
    spec = directory / "everything.yaml"
    spec.write_text(as_yaml(document), encoding="utf-8")
    options = Options(directory / "out", dry=True, cached=False)
    result = compile_package(spec, options)
    assert result.changes, _errors(result.diagnostics)
    assert result.changes.plan
    files = {file.path: file.content for file in result.changes.plan.emitted}
    return {**files, **dict(_deployment(spec, options))}


def _deployment(spec: Path, options: Options) -> Iterator[tuple[str, bytes]]:
    meaning = read(spec, options).meaning
    assert meaning
    for file in deployment_files(describe(meaning.capability, options)):
        yield f"deploy/{file.path}", file.content


FRONT_MATTER = {
    *("name", "description", "license", "compatibility", "allowed-tools"),
    *("argument-hint", "user-invocable", "disable-model-invocation", "metadata"),
}
"""The keys that a skill may have in front of its text."""


def errors(document: Plain) -> list[Diagnostic]:
    """Return the errors of a document."""
    return errors_of(as_yaml(document))


def errors_of(source: str) -> list[Diagnostic]:
    """Return the errors of a document in YAML."""
    reading = read(Path("everything.yaml"), Options(Path()), source.encode())
    return _errors(reading.diagnostics)


def _errors(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.severity is Severity.ERROR
    ]


def shapes(files: Mapping[str, bytes]) -> dict[str, object]:
    """Return the shape of each file of a package but for the runtime's."""
    return {
        _place(path): _shape(PurePosixPath(path), content)
        for path, content in files.items()
        if "_runtime" not in path.split("/")
    }


def _place(path: str) -> str:
    """Return a file's path; the directory of a skill has the skill's name."""
    return re.sub("^skills/[^/]+", "skills", path)


def _shape(path: PurePosixPath, content: bytes) -> object:
    match path.suffix:
        case ".py":
            return python_shape(content)
        case ".md":
            return _skill_shape(content.decode())
        case ".toml":
            return _plain_shape(tomllib.loads(content.decode()))
        case ".json":
            # HTML may embed the description of the API, no record of the compiler.
            assert b"<" not in content or path.name.startswith(".")
            return _plain_shape(json.loads(content))
        case ".yaml":
            return [_plain_shape(document) for document in yaml.safe_load_all(content)]
        case _ if path.name == "Dockerfile":
            values = rb"(?m)^ENV \w+=|(?<=image\.version=)\S+"
            return re.sub(values, b"", content)
        case _:
            return content


@lru_cache(maxsize=32)
def python_shape(content: bytes) -> object:
    """Return a module's tree without names and constants, and its comments.

    Packages of the same spec have the same modules, whose shape is found once.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    tokens = tokenize.tokenize(io.BytesIO(content).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return encoding, comments, _tree_shape(_Undescribed().visit(ast.parse(content)))


class _Undescribed(ast.NodeTransformer):
    """Removes the literals that depend on whether a text tells something to a model.

    Lists of tools leave out the description of an input or a member that says no more
    than its name, and a listed schema that is the same as that of the type.
    """

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Name(id="Argument" | "Property"),
                args=[name, kind, ast.Constant(value=str())],
            ):
                args = [name, kind]
            case _:
                args = node.args
        keywords = [word for word in node.keywords if not _is_listed_alone(word)]
        return ast.Call(node.func, args, keywords)

    def visit_Dict(self, node: ast.Dict) -> ast.Dict:
        self.generic_visit(node)
        pairs = zip(node.keys, node.values, strict=True)
        left = [pair for pair in pairs if not _is_description(*pair)]
        return ast.Dict([key for key, _ in left], [value for _, value in left])


def _is_listed_alone(keyword: ast.keyword) -> bool:
    match keyword:
        case ast.keyword(arg="description", value=ast.Constant(value=str())):
            return True
        case ast.keyword(arg="shown", value=ast.Dict() as schema):
            return _is_literal(schema)
        case _:
            return False


def _is_literal(node: ast.Dict) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _is_description(key: ast.expr | None, value: ast.expr) -> bool:
    match key, value:
        case ast.Constant(value="description"), ast.Constant(value=str()):
            return True
        case _:
            return False


def _tree_shape(node: object) -> object:
    match node:
        case ast.Constant(value=value):
            return type(value).__name__
        case ast.Call(keywords=[*_, ast.keyword(arg="keyword")]):
            # A name that is no Python name has another one beside it.
            return _tree_shape(ast.Call(node.func, node.args, node.keywords[:-1]))
        case ast.AST():
            parts = [_tree_shape(getattr(node, field)) for field in node._fields]
            return [type(node).__name__, *parts]
        case list():
            return [_tree_shape(item) for item in node]
        case str():
            return "name"
        case _:
            return node


def _plain_shape(value: object) -> object:
    match value:
        case dict():
            return {"object": [_plain_shape(member) for member in value.values()]}
        case list():
            return [_plain_shape(item) for item in value]
        case _:
            return type(value).__name__


def front_matter(skill: str) -> dict[str, str]:
    """Return the keys in front of a skill's text."""
    _, front, _ = skill.split("---\n", 2)
    members: dict[str, str] = yaml.safe_load(front)
    return members


def _skill_shape(text: str) -> object:
    if not text.startswith("---\n"):
        return markdown_shape(text)
    _, _, body = text.split("---\n", 2)
    # Blank texts aren't carried.
    assert front_matter(text).keys() <= FRONT_MATTER
    return list(front_matter(text))[:2], markdown_shape(body)


def markdown_shape(text: str) -> list[str]:
    """Return the blocks and spans of a document, without paragraphs and their text."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [kind for token in tokens for kind in _kinds(token)]


_PROSE = ("paragraph_open", "paragraph_close", "softbreak", "text", "text_special")


def _kinds(token: Token) -> Iterator[str]:
    if token.type == "inline":
        yield from _spans(token.children or [])
    elif token.type not in _PROSE:
        yield f"{token.type} {token.tag} {token.info}"


def _spans(children: list[Token]) -> Iterator[str]:
    """Yield the parts of a paragraph besides text; `<code>` is code like any other."""
    inside = False
    for child in children:
        if child.type == "html_inline" and re.fullmatch("</?code>", child.content):
            inside = not inside
            if inside:
                yield "code_inline"
        elif child.type not in _PROSE and not inside:
            yield child.type


def commands(text: str) -> list[str]:
    """Return the shell commands that a document shows as code."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    codes = [code for token in tokens for code in _codes(token)]
    lines = [line for code in codes for line in code.splitlines()]
    return [line for line in lines if line.startswith("curl ")]


def _codes(token: Token) -> Iterator[str]:
    if token.type in ("fence", "code_inline"):
        yield token.content
    children = token.children or []
    html = [child.content if child.type == "html_inline" else "" for child in children]
    if "<code>" in html:
        yield "".join(c.content for c in children[html.index("<code>") + 1 :])
    for child in children:
        yield from _codes(child)
