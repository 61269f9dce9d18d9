"""A store with runs in it, made by the runtime itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SOURCE = """\
from typing import Annotated

from zenml import log_metadata, step
from zenml.types import CSVString, HTMLString, MarkdownString


@step
def load(n: int = 3) -> Annotated[list[int], "numbers"]:
    return list(range(n))


@step
def describe(numbers: list[int]) -> tuple[Annotated[HTMLString, "page"], Annotated[CSVString, "table"]]:
    log_metadata({"total": sum(numbers)})
    return HTMLString("<h1 id='found'>Numbers</h1><script>document.title = 'ran'</script>"), CSVString("a,b\\n1,2\\n")


@step
def fail(numbers: list[int]) -> MarkdownString:
    raise ValueError(f"no <b>{len(numbers)}</b> numbers wanted")
"""


def make(folder: Path) -> Path:
    """Two runs of a pipeline: `one` completes, `two` takes a step from the cache and fails. The store's folder."""
    (folder / "run.py").write_text(SOURCE)
    code = folder / "code"
    code.mkdir()
    names = ("load", "describe", "fail")
    steps = {f"run:{name}": {"code": name * 8, "files": [], "imports": [], "distributions": []} for name in names}
    (code / "demo.json").write_text(json.dumps({"schema": 1, "pipeline": "tests/demo", "files": {}, "steps": steps}))
    store = folder / "store"
    for run, ids in (("one", ("load", "describe")), ("two", ("load", "fail"))):
        for id_ in ids:
            words = ["step", f"run:{id_}", f"--id={id_}", "--pipeline=tests/demo", f"--run={run}", f"--store={store}"]
            words += ['--input=numbers=["load", "numbers"]'] if id_ != "load" else ["--param=n=4"]
            environment = {"PYTHONPATH": str(ROOT), "ZENCOMPILE_PROJECT": str(folder), "ZENCOMPILE_CODE": str(code)}
            command = [sys.executable, "-m", "zencompile_runtime", *words]
            done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
            assert done.returncode == (id_ == "fail"), done.stderr
    return store
