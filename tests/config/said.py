"""What the server says to people: the texts that stand in its code, each with its place.

Collected is what looks like a sentence, what an error is made with or has for its ``message``,
what a storage has for its ``label``, and what is said of a field. A value within a text is VALUE
here.
"""

import ast
import functools
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VALUE = "{}"
_SENTENCE = re.compile(rf"({re.escape(VALUE)}|[A-Z“\"]).* .*[.?]", re.DOTALL)
_WORDS = re.compile(r"[A-Za-z]{2}.* ")
# Where the interface is described, in English only.
_DESCRIBED = {"description", "summary", "help", "help_text"}
_LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}


def folders() -> Iterator[Path]:
    """Give the packages of what is served."""
    for folder in sorted(ROOT.iterdir()):
        if (folder / "__init__.py").exists() and folder.name not in ("tests", "bench", "launch"):
            yield folder


@functools.cache
def texts() -> set[tuple[str, str]]:
    """Return every text that the server may say, with the file that has it."""
    trees = {
        str(file.relative_to(ROOT)): ast.parse(file.read_text())
        for folder in folders()
        for file in folder.rglob("*.py")
        if "migrations" not in file.parts
    }
    errors = _errors(trees.values())
    return {
        (text, place)
        for place, tree in trees.items()
        for text in _Reader(errors, place).read(tree)
        if _WORDS.search(text.replace(VALUE, ""))
    }


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of the classes that are raised."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Exception", "ValueError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


class _Reader:
    """Reads one file."""

    def __init__(self, errors: Collection[str], place: str) -> None:
        # What ``media`` and ``processing`` find wrong with bytes is caught and put in other words.
        is_caught = place.startswith(("media/", "processing/"))
        self._errors = set(errors) - ({"ValueError"} if is_caught else set())

    def read(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Expr(value=ast.Constant()):  # a docstring
                return
            case ast.Call(func=ast.Attribute(attr=name)) if name in _LOGGED:
                return
            case ast.keyword(arg=name) if name in _DESCRIBED:
                return
            case ast.keyword(arg="fields", value=ast.Dict(values=values)):
                for value in values:
                    yield from _choices(value)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in self._errors
            ):
                for value in node.args:
                    yield from _choices(value)
            case ast.Assign(targets=[ast.Name(id="message")]):
                yield from _choices(node.value)
            case ast.AnnAssign(target=ast.Name(id="label"), value=ast.Constant() as value):
                yield from _choices(value)
            case ast.Constant() | ast.JoinedStr() | ast.BinOp():
                if (text := _text(node)) is not None:
                    if _SENTENCE.fullmatch(text.strip()):
                        yield text
                    return
        for child in _children(node):
            yield from self.read(child)


def _children(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.Dict):
        named = zip(node.keys, node.values, strict=True)
        return [value for key, value in named if _text(key) not in _DESCRIBED]
    return ast.iter_child_nodes(node)


def _choices(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _choices(node.body)
        yield from _choices(node.orelse)
    elif (text := _text(node)) is not None:
        yield text


def _text(node: ast.AST | None) -> str | None:
    """Return the text of a literal, with VALUE for what is put into it; None of anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or VALUE for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            before, after = _text(left), _text(right)
            return (
                None if before is None and after is None else f"{before or VALUE}{after or VALUE}"
            )
    return None
