"""A project for each test of the runtime."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_project import Project

from zencompile_runtime.materializers.base import materializer_registry
from zencompile_runtime.names import finder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """An empty project; what it imports and registers is gone after the test."""
    made = Project(tmp_path)
    monkeypatch.setenv("ZENCOMPILE_PROJECT", str(made.folder))
    monkeypatch.setenv("ZENCOMPILE_CODE", str(made.code))
    monkeypatch.syspath_prepend(str(made.folder))
    modules, types = set(sys.modules), dict(materializer_registry.materializer_types)
    yield made
    finder.uninstall()
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(made.folder)):
            del sys.modules[name]
    materializer_registry.materializer_types = types
    materializer_registry.overwritten.clear()
