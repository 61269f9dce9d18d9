"""A trace runs what was named and what that imports, nothing else.

Every file of these projects writes a line when it is run. Python itself says which lines there must be, for the same
file with a recorder in place of the framework.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TRAP = "open({marks!r}, 'a').write({name!r} + ' as ' + __name__ + '\\n')\n"

RECORDER = """
class Definition:
    def __init__(self, function):
        self.function = function
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *arguments, **keywords):
        return self

    run = __call__


class Pipeline(Definition):
    def __call__(self, *arguments, **keywords):
        self.function(*arguments, **keywords)
        return self

    def run(self):
        return self


def step(function=None, **options):
    return Definition if function is None else Definition(function)


def pipeline(function=None, **options):
    return Pipeline if function is None else Pipeline(function)
"""

STEP = "from zenml import step\n\n@step\ndef {name}(x: int = 1) -> int:\n    import steps.inside\n    return x\n"
PIPELINE = "from zenml import pipeline\nfrom steps.load import load\n\n@pipeline\ndef main():\n    load()\n"
OLD = "from zenml.pipelines import pipeline\n\n@pipeline\ndef training(load):\n    load()\n"
MAKES_OLD = "from old import training\nfrom steps.load import load\n"
MAIN = "\nif __name__ == '__main__':\n    "

PROJECT = {
    # what may be named
    "run.py": "from pipe import main\nimport settings" + MAIN + "main()\n",
    "pipe.py": PIPELINE,
    "both.py": PIPELINE + "\n@pipeline\ndef other():\n    import lazy\n    load(x=lazy.N)\n",
    "old.py": OLD,
    "old_run.py": MAKES_OLD + MAIN + "training(load=load()).run()\n",
    "old_second.py": MAKES_OLD + "def go():\n    training(load=load()).run()\n" + MAIN + "go()\n",
    "old_loose.py": MAKES_OLD + "training(load=load()).run()\n",
    "inside.py": PIPELINE + "\ndef make():\n    @pipeline\n    def inner():\n        load()\n    return inner\n",
    "imports_itself.py": "import imports_itself\n" + PIPELINE + MAIN + "main()\n",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from types_only import Config\n"
    "from zenml import pipeline\nfrom steps.load import load\n\n@pipeline\n"
    "def main(config: 'Config' = None):\n    load()\n",
    "by_name.py": "import importlib\nsteps = importlib.import_module('steps.load')\nimport plugins\n"
    "from zenml import pipeline\n\n@pipeline\ndef main():\n    steps.load()\n",
    "tried.py": "try:\n    import settings\nexcept ImportError:\n    import conftest\n"
    "try:\n    import no_such_module\nexcept ImportError:\n    import lazy\n" + PIPELINE,
    "shadowing.py": "import statistics\nimport fractions\nfrom zenml import pipeline\nfrom steps.load import load\n\n"
    "@pipeline\ndef main():\n    load(x=statistics.N)\n",
    "with_main.py": PIPELINE + MAIN + "import lazy\n",
    "broken_main.py": PIPELINE + MAIN + "import lazy\n    raise ValueError('no')\n    import settings\n",
    "leaves.py": PIPELINE + MAIN + "import sys\n    sys.exit(0)\n",
    "library.py": "N = 1\n",
    "jobs/weekly.py": "from pipe import main" + MAIN + "main()\n",
    "package/__init__.py": "",
    "package/flow.py": "from zenml import pipeline\nfrom .parts import load\n\n@pipeline\ndef main():\n    load()\n",
    "package/parts.py": STEP.format(name="load"),
    "package/__main__.py": "from package.flow import main\nmain()\n",
    # what those import
    "settings.py": "N = 1\n",
    "lazy.py": "N = 2\n",
    "steps/__init__.py": "",
    "steps/load.py": STEP.format(name="load"),
    "plugins/__init__.py": "import importlib, os\nfor name in ('first', 'second'):\n"
    "    importlib.import_module('plugins.' + name)\n",
    "plugins/first.py": "",
    "plugins/second.py": "",
    "statistics.py": "N = 3\n",
    "fractions.py": "",
    # what nothing imports
    "steps/__main__.py": "",
    "steps/inside.py": "",
    "plugins/third.py": "",
    "types_only.py": "class Config:\n    pass\n",
    "conftest.py": "",
    "setup.py": "",
    "sitecustomize.py": "",
    "usercustomize.py": "",
    "tests/test_pipe.py": "from pipe import main\nfrom old import training\nfrom steps.load import load\n"
    "training(load())\n",
    "main.py": "from pipe import main\nmain()\n",
    "__main__.py": "from pipe import main\nmain()\n",
    "__init__.py": "",
    # names of what the compiler uses, and Python has not loaded when a program begins
    **{f"{name}.py": "" for name in ("json", "yaml", "pydantic", "copy", "dataclasses", "uuid", "decimal", "graphlib")},
    **{f"{name}.py": "" for name in ("tomllib", "hashlib", "tempfile", "difflib", "fnmatch", "glob", "textwrap")},
}
SCRIPTS = sorted(name for name in PROJECT if name.split("/")[-1] not in ("__init__.py",))
TRIED = [
    name
    for name in SCRIPTS
    if name.startswith(("old", "package", "jobs")) or "pipeline" in PROJECT[name] or name == "run.py"
]
IMPORTED = ["pipe.py:main", "both.py:other", "old.py:training", "old_run.py:training", "inside.py:inner",
            "typed.py:main", "by_name.py:main", "tried.py:main", "shadowing.py:main", "with_main.py:main",
            "package/flow.py:main", "imports_itself.py:main", "pipe.py:nowhere"]  # fmt: skip


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """The project, each of whose files tells when it is run."""
    root = tmp_path / "project"
    (root / ".zen").mkdir(parents=True)
    for name, text in PROJECT.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TRAP.format(marks=str(tmp_path / "marks"), name=name) + text)
    return root


def _marks(root: Path) -> list[str]:
    marks = root.parent / "marks"
    found = marks.read_text().splitlines() if marks.exists() else []
    marks.unlink(missing_ok=True)
    return found


def _python(root: Path, *arguments: str) -> list[str]:
    """What Python runs."""
    recorder = root.parent / "recorder" / "zenml"
    recorder.mkdir(parents=True)
    for name in ("__init__", "pipelines", "steps"):
        (recorder / f"{name}.py").write_text(RECORDER)
    # The source root is on the path as ZenML has it, behind the folder of the script.
    path = os.pathsep.join([str(recorder.parent), str(root)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", *arguments]  # without `site`, which would import `sitecustomize` from PYTHONPATH
    subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
    return _marks(root)


@pytest.mark.parametrize("name", TRIED)
def test_a_script(name: str, trapped: Path, traced: Callable[..., Any]) -> None:
    """A named file is run as `python FILE` runs it: the same files, as the same modules, in the same order."""
    _, report = traced(trapped / name, working_directory=trapped, arguments=())
    ran = _marks(trapped)
    if name != "package/flow.py":  # a part of a package: it is imported, unless it is surely meant to be a script
        traced(trapped / name, working_directory=trapped)
        assert ran == _marks(trapped)
    assert ran == _python(trapped, name), list(report)


@pytest.mark.parametrize("target", IMPORTED)
def test_a_pipeline(target: str, trapped: Path, traced: Callable[..., Any]) -> None:
    """A file of which a pipeline is named is imported, and only the function of that pipeline is called."""
    file, _, name = target.partition(":")
    _, report = traced(trapped / file, working_directory=trapped, pipeline=name)
    ran = _marks(trapped)
    module = file.removesuffix(".py").replace("/", ".")
    called = f"import {module} as module\nfound = getattr(module, {name!r})\n"
    called += "found.function.__code__.co_argcount or found()" if name != "main" else "found()"
    assert ran == _python(trapped, "-c", called), list(report)


def test_what_others_make_of_it(trapped: Path, traced: Callable[..., Any], static: Callable[..., Any]) -> None:
    """A pipeline that another script makes of its steps is read, and that script is not run."""
    found, report = traced(trapped / "old.py", working_directory=trapped, pipeline="training")
    assert found == static(trapped / "old.py", working_directory=trapped, pipeline="training")[0]
    assert "ZC0144" in [d.code for d in report]
    assert _marks(trapped) == ["old.py as old"]


def test_scripts_that_might_be_named(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Where reading doesn't tell the steps, the error names the scripts that may give them."""
    path = project(
        pipe=OLD,
        run="import zlib\nfrom pipe import training\nimport steps\nopen('ran', 'w')\n"
        "chosen = getattr(steps, zlib.decompress(b'x').decode())\ntraining(chosen()).run()\n",
        steps=STEP.format(name="load"),
    )
    found, report = traced(path, pipeline="training")
    (error,) = report.errors
    assert (found, error.code, error.span.file) == ([], "ZC0228", "pipe.py")
    assert any("`run.py`" in text for text in error.helps)
    assert not (path.parent / "ran").exists()
