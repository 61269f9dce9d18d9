"""The loader: the text whose digest is recorded is what runs, and nothing else tells a module from Python's own."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import marshal
import os
import py_compile
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from zencompile_runtime import importing, loading, observing
from zencompile_runtime.observing import loaded, units

TEXT = '''"""The module."""
from __future__ import annotations

def documented(x: int = 1) -> int:
    """What it does."""
    raise ValueError(x)

def plain(x):
    y = 1 / x
    return y

class Kind:
    """A class."""

    def method(self): return super().__repr__()

    @property
    def size(self):
        return 1
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ZENCOMPILE_PROJECT", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before, modules = list(sys.path), set(sys.modules)
    with importing.pinned():
        importing.prepare()
        importlib.invalidate_caches()
        yield tmp_path
    sys.path[:] = before
    for name in sys.modules.keys() - modules:
        del sys.modules[name]


def load(project: Path, data: bytes, name: str) -> ModuleType:
    (project / f"{name}.py").write_bytes(data)
    importlib.invalidate_caches()
    return importlib.import_module(name)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode().replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"# -*- coding: latin-1 -*-\n" + TEXT.replace("What", "W\xe4s").encode("latin-1"),
    ],
    ids=["crlf", "bom", "latin-1"],
)
def test_the_digest_is_that_of_the_bytes(project: Path, data: bytes, request: pytest.FixtureRequest) -> None:
    name = f"text_{request.node.callspec.id.replace('-', '')}"
    observing.begin(str(project))
    module = load(project, data, name)
    seen = observing.end()
    assert seen.texts == {f"{name}.py": hashlib.sha256(data).hexdigest()}
    assert module.documented.__doc__.endswith("it does.")


def test_what_is_told_of_functions_stays(project: Path) -> None:
    module = load(project, TEXT.encode(), "told")
    names: dict[str, object] = {"__name__": "told"}
    exec(compile(TEXT, str(project / "told.py"), "exec"), names)
    observing.begin(str(project))
    for name in ("documented", "plain"):
        ours, pythons = getattr(module, name), names[name]
        lines = []
        for function in (ours, pythons):
            try:
                function(0)
            except (ValueError, ZeroDivisionError) as error:
                lines.append([frame.lineno for frame in traceback.extract_tb(error.__traceback__)][1:])
        assert lines[0] == lines[1]
        assert inspect.getsource(ours) == inspect.getsource(pythons)
        assert inspect.signature(ours) == inspect.signature(pythons)
        assert ours.__doc__ == pythons.__doc__
        assert ours.__code__ == pythons.__code__  # who looks finds the code without marks
        assert marshal.dumps(ours.__code__)
    assert module.Kind().method().startswith("<")
    assert module.Kind.size.fget.__code__ == names["Kind"].size.fget.__code__
    observing.end()


def test_a_tracer_sees_the_lines_that_there_are(project: Path) -> None:
    module = load(project, b"def f(x):\n    'd'\n    y = x\n    return y\n", "traced")
    lines: list[int] = []

    def trace(frame: object, event: str, _: object) -> object:
        assert not frame.f_code.co_filename.startswith(str(Path(units.__file__).parent))  # type: ignore[attr-defined]
        if event == "line":
            lines.append(frame.f_lineno)  # type: ignore[attr-defined]
        return trace

    observing.begin(str(project))
    sys.settrace(trace)
    try:
        module.f(1)
    finally:
        sys.settrace(None)
    seen = observing.end()
    assert lines == [3, 4]
    assert seen.refused is not None


def test_bytecode_of_others_is_never_read(project: Path) -> None:
    path = project / "poisoned.py"
    path.write_text("X = 1\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    py_compile.compile(str(path))
    path.write_text("X = 2\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    importlib.invalidate_caches()
    assert importlib.import_module("poisoned").X == 2


def test_own_bytecode_is_checked_before_it_is_run(project: Path) -> None:
    load(project, b"X = 1\n", "kept")
    (kept,) = (project / "__pycache__").glob("kept.*zencompile*")
    data = kept.read_bytes()
    kept.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    loaded.texts.clear()
    loading._ahead.clear()
    assert loading.load(str(project / "kept.py")).co_consts[0] == 1
    kept.write_bytes(b"")
    assert loading.load(str(project / "kept.py")).co_consts[0] == 1


def test_where_nothing_can_be_written_nothing_is(project: Path) -> None:
    (project / "__pycache__").write_text("no folder")
    assert load(project, b"X = 3\n", "readonly").X == 3
