"""A project of steps in a temporary folder, with the facts that the compiler would have written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult, run_step
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.store import open as open_store

ROOT = Path(__file__).resolve().parents[2]


class Project:
    """Sources, facts and a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.code = folder / "code"
        self.store_url = str(folder / "store")
        self.folder.mkdir()
        self.code.mkdir()

    @property
    def store(self) -> ArtifactStore:
        """The project's store."""
        return open_store(self.store_url)

    def write(self, text: str, name: str = "steps_under_test.py") -> None:
        """Write a module of the project."""
        (self.folder / name).write_text(textwrap.dedent(text))
        for module in [
            one for one, it in sys.modules.items() if str(getattr(it, "__file__", "")) == str(self.folder / name)
        ]:
            del sys.modules[module]

    def compiled(self, **steps: dict[str, Any]) -> None:
        """Write facts: step name → facts that differ from a step with an int output and all files."""
        files = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(self.folder.glob("*.py"))}
        facts = {}
        for name, given in steps.items():
            base = {
                "code": hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest(),
                "files": list(files),
                "imports": [],
                "distributions": [],
                "inputs": {},
                "outputs": [{"name": "output"}],
            }
            facts[f"steps_under_test:{name}"] = {**base, **given}
        document = {"schema": 1, "pipeline": "acme/digits", "files": files, "steps": facts}
        (self.code / "digits.json").write_text(json.dumps(document))

    def spec(self, step: str, id: str = "", **fields: Any) -> StepSpec:
        """A step of the project."""
        entrypoint = step if ":" in step else f"steps_under_test:{step}"
        given = {"pipeline": "acme/digits", "run": "r1", "store": self.store_url, **fields}
        return StepSpec(entrypoint, id or step, **given)

    def run(self, step: str, id: str = "", **fields: Any) -> StepResult:
        """Run a step in this process."""
        return run_step(self.spec(step, id, **fields))

    def command(
        self, *arguments: str, python: str = sys.executable, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in a process of its own."""
        env = {name: value for name, value in os.environ.items() if name not in ("PYTHONHASHSEED", "ZENCOMPILE_CODE")}
        env |= {"PYTHONPATH": str(ROOT), "ZENCOMPILE_CODE": str(self.code), **environment}
        return subprocess.run(
            [python, "-m", "zencompile_runtime", *arguments],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def step(self, spec: StepSpec, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a step by the command."""
        return self.command("step", *spec.to_argv(), **options)
