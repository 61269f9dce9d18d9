"""Run the table's programs in the real ZenML, and write what each step received to `received.json`.

    python tests/received/refresh.py [NAME …]      all programs, or those that are named (a quarter of an hour for all)

For each step the file holds the description of what arrived, or, where it failed, `!` and the kind of error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TABLE = HERE / "received.json"
INSIDE = "ZENCOMPILE_RECEIVED_INSIDE"


def main(names: list[str]) -> None:
    """Refresh the programs of these names."""
    sys.path[:0] = [str(HERE), str(HERE.parent / "services")]
    import engines
    import pairs

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copy(HERE / "received_types.py", work)
        for name in names or pairs.programs():
            text = pairs.program(name)
            text = text.replace("@pipeline(", '@pipeline(execution_mode="continue_on_failure", ')
            (work / f"program_{name}.py").write_text(text)
        environment = {
            "ZENML_CONFIG_PATH": str(work / "zenml"),
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_VERBOSITY": "CRITICAL",
            "RECEIVED": str(work),
            INSIDE: "1",
        }
        command = [engines.interpreter("zenml"), HERE / "refresh.py", *(names or pairs.programs())]
        subprocess.run(command, cwd=work, env=os.environ | environment, check=True)


def _keep(name: str, answers: dict[str, str]) -> None:
    """Put one program's answers into the table."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    table[name] = answers
    text = json.dumps(dict(sorted(table.items())), indent=1, sort_keys=True, ensure_ascii=False)
    TABLE.write_text(text + "\n")


def inside(names: list[str]) -> None:
    """In ZenML's process: run programs, and write down what each step received."""
    sys.path.insert(0, str(Path.cwd()))
    for name in names:
        answers = _run(name)
        _keep(name, answers)
        print(f"{name}: {sum(not one.startswith('!') for one in answers.values())} of {len(answers)}", flush=True)


def _run(name: str) -> dict[str, str]:
    import pairs
    from zenml.client import Client

    answers: dict[str, str] = {}
    try:
        module = __import__(f"program_{name}")
        getattr(module, f"hand_{name}")()
    except BaseException as error:  # steps that fail end the run with an exception, too
        answers[""] = f"! {type(error).__name__}"
    steps = {}
    try:
        steps = Client().get_pipeline(f"hand_{name}").last_run.steps
    except KeyError:
        answers = {"": answers.get("", "! no run")}
    first = steps.get("first")
    if first is not None:
        answers = {} if first.status.value == "completed" else {"first": _problem(first)}
    for wanted in pairs.wanted_by(name) if first is not None else ():
        step = steps.get(f"get_{wanted}")
        file = Path(os.environ["RECEIVED"], f"{wanted}.json")
        if step is not None and step.status.value == "completed":
            answers[wanted] = json.loads(file.read_text())
        elif step is not None:
            answers[wanted] = _problem(step)
        file.unlink(missing_ok=True)
    return answers


def _problem(step: Any) -> str:
    """Whether a step failed when its input was loaded, or when its function was called with what was loaded."""
    told = step.exception_info
    return "! loading" if told is None or not told.traceback else "! calling"


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        inside(sys.argv[1:])
    else:
        main(sys.argv[1:])
