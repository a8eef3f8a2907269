"""Only the gate makes what may leave: no other production file calls `Clean(…)` or `CleanTree(…)`, nor renames them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATE = "engine/redact.py"
MADE = ("Clean", "CleanTree")


def made(source: str) -> list[int]:
    """The lines in which something is made clean without the gate, or could be under another name."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt | ast.expr | ast.alias)]
    return sorted(node.lineno for node in nodes if _is_making(node))


def _is_making(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in MADE:
            return True
        case ast.Call(func=ast.Name(id="isinstance")):
            return False
        case ast.Call():  # map(Clean, …), partial(Clean), str.__new__(Clean, …)
            handed = [*node.args, *(keyword.value for keyword in node.keywords)]
            return any(isinstance(argument, ast.Name) and argument.id in MADE for argument in handed)
        case ast.Assign(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in MADE
        case ast.alias(name=name, asname=str()):
            return name in MADE
        case _:
            return False


def test_nobody_makes_clean_text_beside_the_gate() -> None:
    files = sorted(path for part in ("bot", "engine", "connectors") for path in (ROOT / part).rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix(): made(path.read_text("utf-8")) for path in files}
    assert found.pop(GATE)
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    ["Clean(text)", "redact.CleanTree(tree)", "map(Clean, texts)", "C = Clean", "from engine.redact import Clean as C"],
)
def test_it_would_be_seen(source: str) -> None:
    assert made(source) == [1]


def test_asking_for_the_type_is_no_making() -> None:
    assert made("isinstance(text, Clean)\nx: Clean = gate.clean(text)\n") == []
