"""Dynamic programs that compile to Kubeflow, really run: their steps' code, by the stand-in for KFP's server.

python tests/dynamic/on_kubeflow.py [NAME...]    all of them; what differs from Python is said, and the script fails
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates"), str(ROOT / "tests" / "kubeflow")]

import stand_in  # noqa: E402
import yaml  # noqa: E402
from dynamic_compiling import Compiled, compile_for, without_ids  # noqa: E402
from dynamic_programs import Program, programs  # noqa: E402
from dynamic_reference import Happened, happened  # noqa: E402
from graphs import NotSimulated, Wrong  # noqa: E402
from stand_in_forks import Forks  # noqa: E402

NUMBERED = "ZC0238"


def runs_alike(program: Program, what: Happened, made: Compiled, folder: Path, forks: Forks) -> None:
    """Raise Wrong unless the steps write the same lines and the run ends as the program does."""
    if len(made.deployed) != 1:
        raise NotSimulated(f"{len(made.deployed)} YAML files")
    out = folder / "on-kubeflow.txt"
    out.touch()
    made.write(folder)
    documents = [one for one in yaml.safe_load_all(made.deployed[0]) if one]
    worker = forks.worker(folder, OUT=str(out), ZENCOMPILE_CODE=str(folder / "build" / "runtime" / "code"))
    inputs = documents[0]["root"].get("inputDefinitions", {}).get("parameters", {})
    given = {name: value for name, value in program.values.items() if name in inputs}
    why = ""
    try:
        stand_in.run(documents, folder / "outputs", worker, **given)
    except stand_in.RunFailed as problem:
        why = str(problem)
    got, wanted = out.read_text("utf-8").splitlines(), list(what.lines)
    if made.warned(NUMBERED):
        got, wanted = without_ids(got), without_ids(wanted)
    if (sorted(got) != sorted(wanted)) if program.unordered else (got != wanted):
        raise Wrong(f"writes {got}, not {wanted}: {why}")
    if bool(why) != what.raised:
        raise Wrong(f"the program {'raises' if what.raised else 'completes'}, the run doesn't: {why}")
    if what.body_worked:
        raise Wrong("what the body does itself is lost")


def _main(names: list[str]) -> int:
    faults = run = 0
    with tempfile.TemporaryDirectory() as place, Forks(ROOT, Path(place) / "log.txt") as forks:
        for number, program in enumerate(programs()):
            if names and program.name not in names:
                continue
            folder = Path(place) / str(number)
            folder.mkdir()
            program.unpack(folder)
            made = compile_for(program, "kubeflow", folder)
            if made.files is None:
                continue
            run += 1
            reference = folder / "reference"
            reference.mkdir()
            try:
                runs_alike(program, happened(program, reference), made, folder, forks)
            except (Wrong, NotSimulated) as why:
                faults += isinstance(why, Wrong)
                print(f"{program.name}: {why}", flush=True)
                if names:
                    print((Path(place) / "log.txt").read_text("utf-8"))
    print(f"{run} run, {faults} different")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
