"""Run the programs in the real ZenML, and write what each one observed to `observed.json`.

    python tests/behaviour/refresh.py [NAME …]      the programs that the table lacks, or the named ones; --all: all

One process imports ZenML and makes its database; each program runs in a fork of it, on a fresh copy of that.
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
TABLE = HERE / "observed.json"
INSIDE = "ZENCOMPILE_BEHAVIOUR_INSIDE"


def main(names: list[str]) -> None:
    """Refresh the programs of these names."""
    sys.path.insert(0, str(HERE))
    import programs

    known = table()
    everything = programs.programs()
    chosen = [name for name in everything if "--all" in names or name in names or (not names and name not in known)]
    answers = observe({name: everything[name] for name in chosen})
    known = {name: found for name, found in {**known, **answers}.items() if name in everything}
    rows = [f"{json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in sorted(known.items())]
    TABLE.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def table() -> dict[str, Any]:
    """What is recorded."""
    found: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return found


def observe(texts: dict[str, str]) -> dict[str, Any]:
    """What programs observe in the real ZenML, by their names."""
    sys.path.insert(0, str(HERE.parent / "services"))
    import engines

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "programs.json").write_text(json.dumps(texts))
        environment = {
            "ZENML_CONFIG_PATH": f"{folder}/zenml",
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_ENABLE_REPO_INIT_WARNINGS": "false",
            INSIDE: folder,
        }
        command = [engines.interpreter("zenml"), str(HERE / "refresh.py")]
        subprocess.run(command, cwd=folder, env=os.environ | environment, check=False)
        found: dict[str, Any] = json.loads((Path(folder) / "answers.json").read_text())
        return found


def inside(folder: Path) -> None:
    """In ZenML's process: run programs, and write down what each one observed."""
    sys.path.insert(0, str(HERE))
    import programs

    config = folder / "zenml"
    import zenml.environment
    import zenml.models
    import zenml.orchestrators.local.local_orchestrator
    import zenml.pipelines.run_utils
    import zenml.zen_stores.sql_zen_store
    from zenml.client import Client
    from zenml.integrations.registry import integration_registry

    zenml.environment.Environment.get_python_packages = staticmethod(list)  # nobody observes it, and it takes a second
    integration_registry.activate_integrations()  # as the first run does, by importing scikit-learn and more
    engine = Client().zen_store.engine
    assert Client().active_user
    engine.dispose()  # connections that forks would share
    shutil.copytree(config, folder / "fresh")
    answers = {}
    for name, text in json.loads((folder / "programs.json").read_text()).items():
        shutil.rmtree(config)
        shutil.copytree(folder / "fresh", config)
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        programs.lay(text, work)
        answers[name] = _run(work, folder / "output")
        print(name, answers[name]["exit"], flush=True)
        (folder / "answers.json").write_text(json.dumps(answers))
        if os.environ.get("KEEP"):
            Path(os.environ["KEEP"], name.replace("/", "_")).write_bytes((folder / "output").read_bytes())


def _run(work: Path, output: Path) -> dict[str, Any]:
    """Run one program in a fork, as `python run.py` would."""
    sys.path.insert(0, str(HERE))
    import programs

    pid = os.fork()
    if pid == 0:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.setsid()
        _become(work)
    _, status = os.waitpid(pid, 0)
    return programs.observed(output.read_text("utf-8", "replace"), os.waitstatus_to_exitcode(status))


def _become(work: Path) -> None:
    """What the fork does."""
    import traceback
    from types import ModuleType

    code = 0
    try:
        os.chdir(work)
        sys.argv[:] = ["run.py"]
        sys.path[0] = str(work)
        main = ModuleType("__main__")
        main.__file__ = "run.py"
        main.__spec__ = None
        sys.modules["__main__"] = main
        exec(compile((work / "run.py").read_text(), str(work / "run.py"), "exec"), main.__dict__)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException as error:
        traceback.print_exc()
        code = 130 if isinstance(error, KeyboardInterrupt) else 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        inside(Path(os.environ[INSIDE]))
    else:
        main(sys.argv[1:])
