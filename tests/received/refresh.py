"""Run the table's programs in the real ZenML, and write what each step received to `received.json`.

    python tests/received/refresh.py [NAME …]      the pairs that the table lacks, or all pairs of the named programs

For each step the file holds the description of what arrived, or, where it failed, `! loading` or `! calling`: whether
its input could not be loaded, or what was loaded was not valid. All three thousand take half an hour.
"""

from __future__ import annotations

import contextlib
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
        chosen = [name for name in names or pairs.programs() if names or _missing(name)]
        for name in chosen:
            known = frozenset() if names else frozenset(pairs.wanted_by(name)) - _missing(name)
            text = pairs.program(name, known).replace("@pipeline(", '@pipeline(execution_mode="continue_on_failure", ')
            (work / f"program_{name}.py").write_text(text)
        environment = {
            "ZENML_CONFIG_PATH": str(work / "zenml"),
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_VERBOSITY": "CRITICAL",
            "RECEIVED": str(work),
            INSIDE: "1",
        }
        command = [engines.interpreter("zenml"), HERE / "refresh.py", *chosen]
        subprocess.run(command, cwd=work, env=os.environ | environment, check=True)


def _table() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return found


def _missing(name: str) -> frozenset[str]:
    """The steps of a program of which the table says nothing."""
    import pairs

    return frozenset(pairs.wanted_by(name)) - frozenset(_table().get(name, {}))


def _keep(name: str, answers: dict[str, str]) -> None:
    """Put one program's answers into the table."""
    table = _table()
    table.setdefault(name, {}).update(answers)
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
    """What the steps of one program received. That steps fail ends a run with an exception, too."""
    import pairs
    from zenml.client import Client

    with contextlib.suppress(Exception):
        module = __import__(f"program_{name}")
        getattr(module, f"hand_{name}")()
    steps = Client().get_pipeline(f"hand_{name}").last_run.steps
    answers = {}
    for wanted in pairs.wanted_by(name):
        step = steps.get(f"get_{wanted}")
        file = Path(os.environ["RECEIVED"], f"{wanted}.json")
        if file.exists():
            answers[wanted] = json.loads(file.read_text())
        elif step is not None:
            answers[wanted] = _problem(step)
        elif name == "materializers":
            answers[wanted] = "! failed"
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
