"""Where imports are looked up: what compiles runs, and gives what Python gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from zencompile.cli import job
from zencompile.cli.session import Session
from zencompile.diagnostics import Report
from zencompile.disk import MemoryDisk
from zencompile.frontend import Request, libraries, read
from zencompile.ir import Pipeline
from zencompile_runtime import importing

REPOSITORY = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join(str(REPOSITORY / part) for part in ("", "backends", "templates"))

RECORDER = """
class step:
    def __new__(cls, function):
        return function


def pipeline(function):
    return function
"""

SCRIPT = """from zenml import pipeline, step

{imports}


@step
def tell() -> None:
    print("GOT", {value})


@step
def told(value: object) -> None:
    print("TOLD", value)


@pipeline
def telling():
    tell()
    told({value})


if __name__ == "__main__":
    telling()
"""

PYPROJECT = '[project]\nname = "app"\ndependencies = [\n    "fancylib>=1",\n]\n'
PACKAGE = '[project]\nname = "app"\nversion = "1"\n'


@dataclass(frozen=True)
class Layout:
    """A project: its script, what the script imports and what that is worth; `path` is what PYTHONPATH has to be."""

    script: str
    imports: str
    value: str
    files: dict[str, str]
    path: str = ""
    roots: tuple[str, ...] = (".",)
    packages: tuple[str, ...] = ()
    options: tuple[str, ...] = field(default=())

    def texts(self) -> dict[str, str]:
        return {self.script: SCRIPT.format(imports=self.imports, value=self.value), **self.files}


LAYOUTS = {
    "beside the script": Layout("run.py", "import tools", "tools.X", {"tools.py": "X = 1\n"}),
    "script at the top, package in src": Layout(
        "run.py",
        "from app import tools",
        "tools.X",
        {"src/app/__init__.py": "", "src/app/tools.py": "X = 2\n"},
        "src",
        roots=(".", "src"),
    ),
    "script and package, both at the top and in src": Layout(
        "run.py",
        "import app.tools\nimport helpers",
        "(app.tools.X, helpers.X)",
        {"src/app/__init__.py": "", "src/app/tools.py": "X = 3\n", "helpers.py": "X = 4\n"},
        "src",
        packages=("src",),
    ),
    "scripts beside src": Layout(
        "scripts/nightly.py",
        "from app.tools import X",
        "X",
        {
            "src/app/__init__.py": "",
            "src/app/tools.py": "X = 5\n",
            "pyproject.toml": f'{PACKAGE}[tool.setuptools.packages.find]\nwhere = ["src"]\n',
        },
        "src",
        roots=("scripts", "src"),
    ),
    "scripts beside src, with a helper of their own": Layout(
        "scripts/nightly.py",
        "import helper\nfrom app.tools import X",
        "(X, helper.X)",
        {"src/app/__init__.py": "", "src/app/tools.py": "X = 6\n", "scripts/helper.py": "X = 7\n"},
        "src",
        roots=("scripts",),
        packages=("src",),
    ),
    "packages in a folder that pyproject names": Layout(
        "jobs/nightly.py",
        "import helper\nfrom app.tools import X",
        "(X, helper.X)",
        {
            "lib/python/app/__init__.py": "",
            "lib/python/app/tools.py": "X = 8\n",
            "jobs/helper.py": "X = 9\n",
            "pyproject.toml": f'{PACKAGE}[tool.setuptools]\npackage-dir = {{"" = "lib/python"}}\n',
        },
        "lib/python",
        roots=("jobs",),
        packages=("lib/python",),
    ),
    "packages in a folder that setup.cfg names": Layout(
        "jobs/nightly.py",
        "import helper\nfrom app import X",
        "(X, helper.X)",
        {
            "python/app/__init__.py": "X = 10\n",
            "jobs/helper.py": "X = 11\n",
            "setup.cfg": "[options]\npackage_dir =\n    = python\n",
        },
        "python",
        roots=("jobs",),
        packages=("python",),
    ),
    "a module in the folder above": Layout(
        "pipelines/train.py",
        "import helper\nimport settings",
        "(settings.X, helper.X)",
        {"settings.py": "X = 12\n", "pipelines/helper.py": "X = 13\n"},
        ".",
        roots=("pipelines",),
        packages=(".",),
    ),
    "a package above, and none beside": Layout(
        "pipelines/train.py",
        "from steps.load import X",
        "X",
        {"steps/__init__.py": "", "steps/load.py": "X = 14\n"},
        ".",
    ),
    "the script's own folder first": Layout(
        "pipelines/train.py",
        "import settings\nfrom steps.load import X\nfrom steps.more import Y",
        "(settings.X, X, Y)",
        {
            "settings.py": "X = 'above'\n",
            "pipelines/settings.py": "X = 'beside'\n",
            "steps/__init__.py": "",
            "steps/load.py": "X = 15\n",
            "steps/more.py": "Y = 16\n",
        },
        ".",
        roots=("pipelines", "."),
    ),
    "a folder that the script puts first": Layout(
        "jobs/run.py",
        "import sys\nfrom pathlib import Path\n\n"
        "sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'lib'))\nimport settings\nimport token",
        "(settings.X, token.X)",
        {"lib/settings.py": "X = 20\n", "jobs/settings.py": "X = 21\n", "lib/token.py": "X = 22\n"},
        roots=("lib", "jobs"),
    ),
    "a folder that the script puts last": Layout(
        "jobs/run.py",
        "import os\nimport sys\n\nsys.path.append(os.path.join(os.path.dirname(__file__), '..', 'lib'))\n"
        "import more\nimport settings\nfrom textwrap import dedent",
        "(settings.X, more.X, dedent(' a'))",
        {
            "lib/settings.py": "X = 23\n",
            "jobs/settings.py": "X = 24\n",
            "lib/more.py": "X = 25\n",
            "lib/textwrap.py": "X = 26\n",
        },
        roots=("jobs",),
        packages=("lib",),
    ),
    "named like the standard library": Layout(
        "run.py",
        "import statistics\nfrom fractions import SHARES",
        "(statistics.WINDOW, SHARES)",
        {"statistics.py": "WINDOW = 3\n", "fractions/__init__.py": "SHARES = [1, 2]\n"},
    ),
    "folders named like the standard library and libraries": Layout(
        "run.py",
        "import math\nimport string\nfrom textwrap import dedent",
        "(string.digits, math.floor(1.5), dedent('  a'))",
        {"string/data.py": "", "math/a.py": "", "textwrap/b/c.py": ""},
    ),
    "what Python has loaded already": Layout(
        "run.py",
        "import os.path\nimport itertools",
        "(os.path.basename('a/b'), list(itertools.chain([1], [2])))",
        {"itertools.py": "X = 1\n", "stat.py": "", "os/__init__.py": "", "abc.py": "", "codecs.py": "", "io.py": ""},
    ),
}


def _written(layout: Layout, folder: Path) -> None:
    for name, text in layout.texts().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / ".git").mkdir()


def _by_python(layout: Layout, folder: Path, recorder: Path) -> list[str]:
    path = os.pathsep.join([*([str(folder / layout.path)] if layout.path else []), str(recorder)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, layout.script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines())


def _by_us(layout: Layout, folder: Path) -> list[str]:
    code = (
        f"import sys; sys.path[:] = {PATHS.split(os.pathsep)!r} + sys.path[1:]\nfrom zencompile.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", layout.script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    lines = (line.partition("| ")[2] for line in (done.stdout + done.stderr).splitlines())
    return sorted(line for line in lines if line.startswith(("GOT", "TOLD")))


def _pipeline(layout: Layout) -> Pipeline:
    root = Path("/nowhere/project")
    disk = MemoryDisk({root / name: text.encode() for name, text in layout.texts().items()} | {root / ".git/HEAD": b""})
    report = Report()
    (found,) = read(Request(root / layout.script, working_directory=root, disk=disk), report)
    assert not report.errors, [str(one) for one in report.errors]
    return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_it_runs_as_python_runs_it(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    recorder = tmp_path / "recorder"
    (recorder / "zenml").mkdir(parents=True)
    (recorder / "zenml/__init__.py").write_text(RECORDER)
    project = tmp_path / "project"
    _written(layout, project)
    assert _by_us(layout, project) == _by_python(layout, project, recorder)


@pytest.mark.parametrize("target", ["airflow", "kubeflow"])
@pytest.mark.parametrize("name", ["scripts beside src, with a helper of their own", "named like the standard library"])
def test_a_step_finds_its_code_in_an_image(name: str, target: str, tmp_path: Path) -> None:
    """What the Dockerfile copies, with what it sets, is enough for the command that the engine starts."""
    layout = LAYOUTS[name]
    project = tmp_path / "project"
    _written(layout, project)
    session = Session(path=layout.script, directory=project)
    result = job.compile_for(session, target, (), project / "out", project / "build")
    (pipeline,) = result.pipelines
    (image,) = pipeline.images.values()
    app, runtime = tmp_path / "app", tmp_path / "opt"
    for path in image.files:
        (app / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / path, app / path)
    for path, text in result.files.build.items():
        if path.startswith("runtime/"):
            place = runtime / path.removeprefix("runtime/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
    names = f"{pipeline.namespace}/{pipeline.name}"
    store = tmp_path / "store"
    entrypoint = next(step.entrypoint for step in pipeline.steps.values() if step.entrypoint.endswith(":tell"))
    words = [entrypoint, "--id=tell", f"--pipeline={names}", "--run=r", f"--store={store}"]
    done = subprocess.run(
        [sys.executable, "-m", "zencompile_runtime", "step", *words],
        cwd=app,
        env={"PYTHONPATH": f"{app}{os.pathsep}{runtime}", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "GOT" in done.stdout


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_ir_knows_the_roots(name: str) -> None:
    layout = LAYOUTS[name]
    pipeline = _pipeline(layout)
    assert (pipeline.roots, pipeline.package_roots) == (layout.roots, layout.packages)
    assert pipeline.source == layout.script
    assert all(not path.startswith("..") for path in pipeline.files)


def test_an_example_in_a_folder_that_is_called_like_the_library() -> None:
    files = {
        "lightgbm/run.py": "from steps.load import load\nfrom zenml import pipeline\n\n\n"
        "@pipeline\ndef example():\n    load()\n",
        "lightgbm/__init__.py": "",
        "lightgbm/steps/__init__.py": "",
        "lightgbm/steps/load.py": "import lightgbm as lgb\nfrom zenml import step\n\n\n"
        "@step\ndef load() -> tuple[lgb.Dataset, lgb.Dataset]:\n    return lgb.Dataset([1]), lgb.Dataset([2])\n",
    }
    root = Path("/nowhere")
    disk = MemoryDisk({root / name: text.encode() for name, text in files.items()})
    (pipeline,) = read(Request(root / "lightgbm/run.py", working_directory=root, disk=disk), Report())
    (step,) = pipeline.steps.values()
    assert [output.name for output in step.outputs] == ["output_0", "output_1"]
    assert "lightgbm" in step.closure.imports


@pytest.mark.parametrize("declared", [{}, {"requirements.txt": "fancylib==1\n"}, {"pyproject.toml": PYPROJECT}])
def test_a_module_beside_that_is_called_like_a_library(declared: dict[str, str]) -> None:
    """Python looks into the folder of the script, not into that of the module that imports."""
    library = "fancylib" if declared else "whylogs"
    files = {
        "run.py": "from charts import draw\nfrom zenml import pipeline\n\n\n@pipeline\ndef drawing():\n    draw()\n",
        "charts/__init__.py": f"from .{library} import draw\n",
        f"charts/{library}.py": f"from {library} import Profile\nfrom zenml import step\n\n\n"
        "@step\ndef draw() -> None:\n    print(Profile)\n",
        **declared,
    }
    root = Path("/nowhere")
    disk = MemoryDisk({root / name: text.encode() for name, text in files.items()})
    report = Report()
    (pipeline,) = read(Request(root / "run.py", working_directory=root, disk=disk), report)
    assert not report.errors
    assert (pipeline.roots, pipeline.package_roots) == ((".",), ())
    (step,) = pipeline.steps.values()
    assert step.closure.imports == (library,)


def test_both_sides_know_the_same_modules_that_nothing_hides() -> None:
    assert libraries.BUILT_IN == importing.BUILT_IN
    assert not libraries.BUILT_IN & libraries.BUILT_IN_SOMEWHERE
    always = {name for name in sys.builtin_module_names if not name.startswith("_")}
    assert always <= libraries.BUILT_IN | libraries.BUILT_IN_SOMEWHERE | {"xxsubtype"}
