"""Repositories that are edited, and what an edit changes of the files that people review."""

from __future__ import annotations

import ast
import difflib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GENERATED = {
    "pyproject.toml": '[project]\nname = "shop"\n\n[tool.zencompile]\nregistry = "registry.acme.io"\n',
    "README.md": "# Shop\n",
    "CHANGELOG.md": "# Changes\n",
    "docs/how.md": "# How\n",
    ".github/workflows/ci.yml": "on: push\n",
    "tests/test_total.py": "def test_nothing():\n    pass\n",
    ".gitignore": "build/\n__pycache__/\n",
    "run.py": '''
        """Run a pipeline of the shop."""

        import sys

        from pipelines.training import training

        if __name__ == "__main__":
            training()
    ''',
    "pipelines/__init__.py": "",
    "pipelines/training.py": '''
        from steps.load import load
        from steps.report import report
        from steps.total import average, total
        from zenml import pipeline


        @pipeline
        def training(factor: float = 2.0):
            """Sum up what was sold."""
            items = load()
            sold = total(items, factor=factor)
            mean = average(items)
            report(sold, mean)
    ''',
    "pipelines/other.py": """
        from steps.lone import lone
        from zenml import pipeline


        @pipeline
        def other():
            lone()


        if __name__ == "__main__":
            other()
    """,
    "steps/__init__.py": "",
    "steps/load.py": '''
        from pathlib import Path

        from zenml import step


        @step
        def load() -> list:
            """Read what was sold."""
            text = Path("data/sold.csv").read_text()
            return [float(line) for line in text.split()]
    ''',
    "steps/total.py": '''
        """Numbers of numbers."""

        from helpers import scale
        from zenml import step


        def _rounded(value):
            return round(value, 2)


        def _unrelated(value):
            return value


        @step
        def total(items: list, factor: float = 1.0) -> float:
            """The sum."""
            return _rounded(scale(sum(items), factor))


        @step
        def average(items: list) -> float:
            """The mean."""
            return _rounded(sum(items) / len(items))
    ''',
    "steps/report.py": """
        from zenml import step
        from zenml.config import DockerSettings

        RATES = "data/rates.json"


        @step(settings={"docker": DockerSettings(requirements=["jinja2==3.1.6"])})
        def report(sold: float, mean: float) -> str:
            with open(RATES) as stream:
                return f"{sold} {mean} {stream.read()}"
    """,
    "steps/lone.py": "from zenml import step\n\n\n@step\ndef lone() -> int:\n    return 1\n",
    "helpers.py": """
        LIMIT = 100
        UNIT = 'pieces'


        def scale(value, factor):
            return min(value * factor, LIMIT)
    """,
    "unused.py": "def nothing():\n    return 1\n",
    "data/sold.csv": "1.0\n2.0\n",
    "data/rates.json": "{}\n",
    "models/weights.bin": "0123\n",
}

TARGETS = ("airflow", "kubeflow")


@dataclass
class Repository:
    """A repository with compiled files in it."""

    root: Path
    entry: str = "run.py"
    arguments: tuple[str, ...] = ()
    before: dict[str, str] = field(default_factory=dict)

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=u", "-c", "user.email=u@e", *words]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "a state", "--allow-empty")

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text("utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def zencompile(self, *words: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
        command = [python, "-m", "zencompile", self.entry, *words, *self.arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, env=environment())

    def compile(self, *words: str) -> str:
        """Compile to the committed folders; what was said."""
        done = self._both(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def check(self) -> subprocess.CompletedProcess[str]:
        return self._both("--check")

    def _both(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.zencompile(*(word for target in TARGETS for word in ("--target", target)), "-o", "deploy", *words)

    def deployed(self) -> dict[str, str]:
        """The committed files."""
        files = sorted((self.root / "deploy").rglob("*"))
        return {path.relative_to(self.root).as_posix(): path.read_text("utf-8") for path in files if path.is_file()}


def environment() -> dict[str, str]:
    """A process's environment in which the checkout is found."""
    sources = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]
    path = os.pathsep.join([*sources, os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """What an edit changed, in words: "code TASK", "environment", or the line itself."""
    found: set[str] = set()
    for path in before.keys() | after.keys():
        old, new = before.get(path, ""), after.get(path, "")
        if old == new:
            continue
        tell = _of_yaml if path.endswith(".yaml") else _of_dag
        found |= tell(old, new)
    return found


def _of_dag(old: str, new: str) -> set[str]:
    codes = [_codes(text) for text in (old, new)]
    found = {f"code {task}" for task in codes[0].keys() & codes[1].keys() if codes[0][task] != codes[1][task]}
    bare = (re.sub(r'\bcode="\w+"', 'code="…"', text) for text in (old, new))
    for line in _lines(*bare):
        image = re.match(r"(\w*IMAGE) = ", line)
        found.add(f"environment {image[1]}" if image else line.strip())
    return found


def _codes(text: str) -> dict[str, str]:
    """The code of each task of a DAG file."""
    found = {}
    for node in ast.walk(ast.parse(text or "pass")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "step" in node.func.id:
            for code in (k.value.value for k in node.keywords if k.arg == "code"):
                found[node.args[0].value] = code
    return found


def _of_yaml(old: str, new: str) -> set[str]:
    executors = [_executors(text) for text in (old, new)]
    found: set[str] = set()
    for name in executors[0].keys() & executors[1].keys():
        (place, code), (other_place, other_code) = executors[0][name], executors[1][name]
        if code != other_code:
            found.add(f"code {name}")
        if place != other_place:
            found.add(f"environment of {name}")
    for line in _lines(old, new):
        if not re.fullmatch(r"\s*image: \S+:[0-9a-f]{12}-[0-9a-f]{12}|\s*- --code=[0-9a-f]{12}", line):
            found.add(line.strip())
    return found


def _executors(text: str) -> dict[str, tuple[str, str]]:
    """The environment and the code of each step of a pipeline."""
    found = {}
    for document in yaml.safe_load_all(text or "{}"):
        for name, executor in document.get("deploymentSpec", {}).get("executors", {}).items():
            environment, _, code = executor["container"]["image"].rpartition("-")
            assert f"--code={code}" in executor["container"]["args"]
            found[name.removeprefix("exec-").replace("-", "_")] = environment, code
    return found


def _lines(old: str, new: str) -> list[str]:
    """The lines that differ."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line[2:] for line in lines if line[:2] in ("- ", "+ ") and line[2:].strip()]


def generated(root: Path) -> Repository:
    """The generated project, compiled to both engines and committed."""
    from textwrap import dedent

    for path, text in GENERATED.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n") if text.startswith("\n") else text, "utf-8")
    return committed(Repository(root))


def example(name: str, root: Path) -> Repository:
    """One of the examples, as a repository of its own."""
    source = ROOT / "examples" / name
    skipped = shutil.ignore_patterns(".zencompile", "__pycache__", "build", ".venv")
    shutil.copytree(source, root, ignore=skipped, dirs_exist_ok=True)
    (root / ".gitignore").write_text("build/\n__pycache__/\n")
    return committed(Repository(root))


def committed(repository: Repository) -> Repository:
    repository.git("init", "-q")
    repository.commit()
    repository.compile()
    repository.commit()
    repository.before = repository.deployed()
    return repository
