"""Steps that share a process: what one leaves for the next counts for that."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zencompile_runtime import importing, observing
from zencompile_runtime.observing import Seen

KEPT = """
import functools

@functools.lru_cache
def limit():
    return open("limits.txt").read()

_config = None

def config():
    global _config
    if _config is None:
        _config = open("config.txt").read()
    return _config

class Registry:
    known = None

    def fill(self):
        Registry.known = open("registry.txt").read()

def pure():
    return open("pure.txt").read()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    name = f"kept_{tmp_path.name}".replace("-", "_")
    for one in ("limits", "config", "registry", "pure"):
        (tmp_path / f"{one}.txt").write_text("1")
    (tmp_path / f"{name}.py").write_text(KEPT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENCOMPILE_PROJECT", str(tmp_path))
    before = list(sys.path)
    with importing.pinned():
        importing.prepare()
        yield tmp_path
    sys.path[:] = before
    sys.modules.pop(name, None)


def observed(project: Path, call: str) -> Seen:
    name = f"kept_{project.name}".replace("-", "_")
    observing.begin(str(project))
    eval(call, {"m": importlib.import_module(name)})
    return observing.end()


@pytest.mark.parametrize(
    ("call", "file"),
    [("m.limit()", "limits.txt"), ("m.config()", "config.txt"), ("m.Registry().fill()", "registry.txt")],
)
def test_what_was_kept_counts_for_the_next(project: Path, call: str, file: str) -> None:
    """The second doesn't open the file, for the first has: it depends on it all the same."""
    assert str(project / file) in observed(project, call).files
    assert str(project / file) in observed(project, call).files


def test_where_nothing_was_kept_nothing_counts(project: Path) -> None:
    observed(project, "m.pure()")
    seen = observed(project, "None")
    assert not seen.files
    assert list(seen.code.values()) == [{""}]
