"""Imports run downward: lib -> models -> realtime -> operations -> edges -> cli and create_app.

import-linter checks the packages (pyproject.toml); this checks the files inside the features.
"""

import ast
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
BELOW = ("lib", "extensions", "models", "realtime", "web")
EDGES = {"routes", "forms", "events", "pages", "api"}


def features() -> list[str]:
    return sorted(
        folder.name
        for folder in (ROOT / "chatapp").iterdir()
        if (folder / "__init__.py").exists() and folder.name not in BELOW
    )


def stands_at_an_edge(name: str) -> bool:
    """By the last word: ``account_routes`` are routes."""
    return name.split("_")[-1] in EDGES


def is_edge(module: str) -> bool:
    parts = module.split(".")
    return len(parts) > 2 and parts[1] in features() and stands_at_an_edge(parts[2])


def is_operation(module: str) -> bool:
    parts = module.split(".")
    return len(parts) > 2 and parts[1] in features() and not stands_at_an_edge(parts[2])


@pytest.fixture(scope="module")
def imports() -> list[tuple[str, str]]:
    graph = grimp.build_graph("chatapp", include_external_packages=True, cache_dir=None)
    return [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]


def test_operations_import_no_edge(imports: list[tuple[str, str]]) -> None:
    assert [pair for pair in imports if is_operation(pair[0]) and is_edge(pair[1])] == []


def test_a_feature_uses_another_ones_operations_never_its_edges(imports: list[tuple[str, str]]) -> None:
    assert [
        (importer, imported)
        for importer, imported in imports
        if is_edge(imported)
        and importer.split(".")[1:2] != imported.split(".")[1:2]
        and importer not in ("chatapp", "chatapp.cli")
    ] == []


def test_operations_know_no_request(imports: list[tuple[str, str]]) -> None:
    """They take plain arguments, so that page, socket and CLI can all call them."""
    guilty = []
    for feature in features():
        for path in (ROOT / "chatapp" / feature).glob("*.py"):
            if stands_at_an_edge(path.stem) or path.stem == "__init__":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom | ast.Import) else []
                guilty += [(path.name, name) for name in names if name in ("request", "current_user", "session")]
    assert guilty == []


def test_only_broadcasts_emits() -> None:
    """Whoever is told what, and when, stands in one file."""
    guilty = [
        str(path.relative_to(ROOT))
        for feature in features()
        for path in (ROOT / "chatapp" / feature).glob("*.py")
        if path.name != "broadcasts.py"
        and any(
            isinstance(node, ast.Call)
            and (
                (isinstance(node.func, ast.Attribute) and node.func.attr == "emit")
                or (isinstance(node.func, ast.Name) and node.func.id == "emit")
            )
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert guilty == []


def test_the_async_mode_lives_in_two_files() -> None:
    found = set()
    for path in [*ROOT.glob("*.py"), *(ROOT / "serving").rglob("*.py"), *(ROOT / "chatapp").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            if any(name.split(".")[0] in ("eventlet", "gevent") for name in names):
                found.add(str(path.relative_to(ROOT)))
    assert found == {"serving/loop.py", "chatapp/lib/offload.py"}
