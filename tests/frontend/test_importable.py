"""A program that can't be imported has no pipelines, whether or not the one asked for needs the broken line."""

from __future__ import annotations

from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend import Request, read

PIPELINE = (
    "from zenml import pipeline, step\n@step\ndef one() -> int:\n    return 1\n@pipeline\ndef flow():\n    one()\n"
)


def errors(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    report = Report()
    read(Request(folder / "run.py", pipeline="flow", source_root=folder, working_directory=folder), report)
    return [f"{d.message} at {d.span.file}:{d.span.line}" for d in report.errors if d.span]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"run.py": "from tools import nothing\n" + PIPELINE, "tools.py": "x = 1\n"},
            "ImportError: cannot import name 'nothing' from 'tools' at run.py:1",
        ),
        (
            {
                "run.py": "import pack.a\n" + PIPELINE,
                "pack/__init__.py": "from .b import c\n",
                "pack/a.py": "",
                "pack/b.py": "",
            },
            "ImportError: cannot import name 'c' from 'pack.b' at pack/__init__.py:1",
        ),
        (
            {"run.py": "from not_here import x\nfrom .neither import y\n" + PIPELINE},
            "ImportError: attempted relative import with no known parent package at run.py:2",
        ),
        (
            {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "x = 1\ndef load(f: pd.DataFrame): ...\n"},
            "NameError: name 'pd' is not defined at tools.py:2",
        ),
        (
            {"run.py": "import tools\n" + PIPELINE, "tools.py": "class C:\n    def m(self, f: pd.DataFrame): ...\n"},
            "NameError: name 'pd' is not defined at tools.py:2",
        ),
        (
            {"run.py": "@decorate\ndef f(): ...\n" + PIPELINE},
            "NameError: name 'decorate' is not defined at run.py:1",
        ),
        (
            {"run.py": "from typing import *\nx = Nothing\n" + PIPELINE},
            "NameError: name 'Nothing' is not defined at run.py:2",
        ),
        (
            {"run.py": PIPELINE.replace("one()\n", "one(); two()\n").replace("from", "from typing import *\nfrom", 1)},
            "NameError: name 'two' is not defined at run.py:8",
        ),
    ],
)
def test_what_ends_every_run_is_an_error(files: dict[str, str], said: str, tmp_path: Path) -> None:
    assert errors(tmp_path, files) == [f"the program raises {said}"]


@pytest.mark.parametrize(
    "files",
    [
        {"run.py": "try:\n    from tools import nothing\nexcept ImportError:\n    pass\n" + PIPELINE, "tools.py": ""},
        {"run.py": "if False:\n    from tools import nothing\n" + PIPELINE, "tools.py": ""},
        {"run.py": "from __future__ import annotations\ndef f(x: pd.DataFrame): ...\n" + PIPELINE},
        {"run.py": "import tools\n" + PIPELINE, "tools.py": "def f():\n    return missing\ng = lambda: missing\n"},
        {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "globals()['x'] = 1\n"},
        {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "def __getattr__(name): return 1\n"},
        {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "from numpy import *\n"},
        {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "from more import *\n", "more.py": "x = 1\n"},
        {"run.py": "from pack import mod\n" + PIPELINE, "pack/__init__.py": "", "pack/mod.py": ""},
        {"run.py": "from tools import x\n" + PIPELINE, "tools.py": "def f():\n    global x\n    x = 1\nf()\n"},
        {
            "run.py": "from tools import x\n" + PIPELINE,
            "tools.py": "for x in [1]: pass\nclass C:\n    a = 1\n    b = a\n",
        },
        {"run.py": "from math import *\nx = sqrt(2)\nd: Path = None\nfrom pathlib import Path\n" + PIPELINE},
        {
            "run.py": "import some\ndef f(a=[x for x in range(3)], *b, **c): ...\nif some.thing:\n    t = undefined\n"
            + PIPELINE
        },
    ],
)
def test_what_may_be_right_counts_as_right(files: dict[str, str], tmp_path: Path) -> None:
    assert errors(tmp_path, files) == []
