"""A small project with a script that runs it, as the compiler would write them."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

RUNTIME = Path(__file__).resolve().parents[2]
PREAMBLE = f"""\
import sys
from pathlib import Path

sys.path.insert(0, {str(RUNTIME)!r})

from zencompile_runtime.runner import *

"""


class Project:
    """Files of a project in `folder`, and `run.py`-like scripts beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.script = folder / "pipeline.py"
        self.code = folder / "code"
        self.store = self.folder / ".zencompile" / "store"
        self.python = sys.executable

    def write(self, steps: str, pipeline: str, before: str = "") -> None:
        """The module `steps` and the script; `pipeline` is what stands between the brackets of `Pipeline("t/p", …)`."""
        (self.folder / "steps.py").write_text("from zenml import step\n" + textwrap.dedent(steps))
        arguments = textwrap.dedent(pipeline).strip()
        self.script.write_text(
            f"{PREAMBLE}{before}\nPIPELINE = Pipeline('t/p', project={str(self.folder)!r}, {arguments})\n"
            "if __name__ == '__main__':\n    sys.exit(main(PIPELINE))\n"
        )
        self.facts()

    def facts(self) -> None:
        """Facts of code as the compiler writes them, with a digest of each function's text."""
        text = (self.folder / "steps.py").read_text()
        steps = {
            f"steps:{node.name}": {
                "code": hashlib.sha256(ast.unparse(node).encode()).hexdigest(),
                "definitions": {f"steps:{node.name}": hashlib.sha256(ast.unparse(node).encode()).hexdigest()[:12]},
                "files": ["steps.py"],
                "imports": sorted(set(re.findall(r"^\s*import (\w+)", text, re.MULTILINE))),
                "distributions": [],
                "inputs": {},
                "outputs": [{"name": "output", "type": {"name": "any"}}] if node.returns is not None else [],
            }
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)
        }
        files = {"steps.py": hashlib.sha256(text.encode()).hexdigest()}
        self.code.mkdir(exist_ok=True)
        modules = {"steps.py": {"separate": [name.partition(":")[2] for name in steps]}}
        document = {"schema": 1, "pipeline": "t/p", "files": files, "modules": modules, "steps": steps}
        (self.code / "p.json").write_text(json.dumps(document))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ZENCOMPILE_CODE": str(self.code), "PYTHONHASHSEED": "random"}

    def run(self, *arguments: str, code: int | None = 0, seconds: float = 90, **variables: str) -> Ran:
        """Run the script in a process; `code` is the exit code that must come."""
        done = subprocess.run(
            [self.python, str(self.script), *arguments],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert code is None or done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(self, done)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start the script in a session of its own."""
        return subprocess.Popen(
            [self.python, str(self.script), *arguments],
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def runs(self) -> list[Path]:
        """The folders of all runs, the oldest first."""
        folder = self.store / "runs" / "t" / "p"
        return sorted(folder.iterdir(), key=lambda one: one.stat().st_ctime) if folder.is_dir() else []

    def document(self, run: str) -> dict:
        return json.loads((self.store / "runs" / "t" / "p" / run / ".run.json").read_text())


class Ran:
    """What a run of the script said and left."""

    def __init__(self, project: Project, done: subprocess.CompletedProcess[str]) -> None:
        self.project, self.out, self.err, self.code = project, done.stdout, done.stderr, done.returncode
        found = re.search(r"^run (\S+)", done.stdout, re.MULTILINE) or re.search(r'"run": "([^"]+)"', done.stdout)
        self.run = found.group(1) if found else ""

    @property
    def folder(self) -> Path:
        return self.project.store / "runs" / "t" / "p" / self.run

    @property
    def document(self) -> dict:
        return self.project.document(self.run)

    @property
    def states(self) -> dict[str, str]:
        return {id: entry["status"] for id, entry in self.document["steps"].items()}

    def value(self, id: str, output: str = "output"):
        """A small JSON value that a step returned."""
        manifest = json.loads((self.folder / id / f"{output}.json").read_text())
        return json.loads(manifest["value"]["files"][0]["text"])

    def digest(self, id: str, output: str = "output") -> str:
        return json.loads((self.folder / id / f"{output}.json").read_text())["value"]["digest"]

    def log(self, id: str) -> str:
        return (self.folder / id / ".step.log").read_text()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
