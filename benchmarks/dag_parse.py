"""What a DAG processor pays for a compiled file, against the shortest form of the same DAG that a person would write.

    python benchmarks/dag_parse.py --airflow AIRFLOW_PYTHON [--sizes 1000] [--rounds 15]

The shortest form is made of the compiled file: the same imports, constants and edges, and each task a call of its
operator with its whole command, where all that tasks share is a constant. Both are executed in turn in one process of
that Airflow, as its DAG processor does; CPU ms of the quickest round. The budget: at most 1.05 times the shortest form.
"""

from __future__ import annotations

import argparse
import ast
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import graphs
from measure import table

OPERATORS = {
    "docker": ["store=/srv/ml"],
    "kubernetes": ["store=/srv/ml", "volume_claim=ml"],
    "bash": ["store=/srv/ml"],
}
MEASURE = """
import gc, json, pathlib, sys, time
paths, rounds = sys.argv[1:3], int(sys.argv[3])
times = {p: [] for p in paths}
for n in range(rounds + 2):
    for p in paths if n % 2 else paths[::-1]:
        gc.collect()
        start = time.process_time()
        namespace = {"__name__": "dag", "__file__": p}
        exec(compile(pathlib.Path(p).read_text(), p, "exec"), namespace)
        times[p].append(1000 * (time.process_time() - start))
        assert len(namespace["dag"].tasks) == int(sys.argv[4])
        namespace.clear()
print(json.dumps([times[p][2:] for p in paths]))
"""


def compiled(folder: Path, operator: str, shape: str, size: int) -> Path:
    """The DAG file of a graph."""
    (folder / "run.py").write_text(graphs.zencompile_source(shape, size))
    command = [str(Path(sys.executable).parent / "zencompile"), "run.py", "--target", "airflow", "-o", "dags"]
    command += [f"--set=airflow.{setting}" for setting in (f"operator={operator}", *OPERATORS[operator])]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "dags" / "bench.py"


def by_hand(text: str) -> str:
    """The shortest form of a compiled file: its helper written out in each call, with what is shared as constants."""
    tree = ast.parse(text)
    (helper,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    (made,) = (node for node in ast.walk(helper) if isinstance(node, ast.Return))
    assert isinstance(made.value, ast.Call)
    words = {s.targets[0].id: s.value for s in helper.body if isinstance(s, ast.Assign)}  # type: ignore[attr-defined]
    names = {a.arg for a in (*helper.args.args, *helper.args.kwonlyargs)} | set(words)
    shared = []
    for keyword in made.value.keywords:
        used = {node.id for node in ast.walk(keyword.value) if isinstance(node, ast.Name)}
        if not used & names and not isinstance(keyword.value, (ast.Constant, ast.Name)):
            shared.append(f"SHARED_{keyword.arg} = {ast.unparse(keyword.value)}")
            keyword.value = ast.Name(f"SHARED_{keyword.arg}")
    constants: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and not any(isinstance(part, ast.Call) for part in ast.walk(node)):
            exec(ast.unparse(node), constants)
    parts = [node for node in tree.body if node is not helper and not isinstance(node, ast.With)]
    lines = [ast.unparse(node) for node in parts] + shared
    (block,) = (node for node in tree.body if isinstance(node, ast.With))
    body = [_written_out(s, made.value, words, constants) for s in block.body]
    head = ast.unparse(block.items[0])
    return "\n".join([*lines, f"with {head}:", *(f"    {line}" for line in body)]) + "\n"


def _written_out(
    statement: ast.stmt,
    made: ast.Call,
    words: dict[str, ast.expr],
    constants: dict[str, object],
) -> str:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return ast.unparse(statement)
    call = statement.value
    known = {"shlex": shlex, **constants}
    given = [ast.literal_eval(argument) for argument in call.args]
    known.update(task_id=given[0], entrypoint=given[1], arguments=given[2:])
    known.update({k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg})
    for name, value in words.items():
        known[name] = eval(ast.unparse(value), known)
    keywords = []
    for keyword in made.keywords:
        text = ast.unparse(keyword.value)
        is_short = isinstance(keyword.value, ast.Constant) or text.replace("SHARED_", "").isupper()
        keywords.append(f"{keyword.arg}={text if is_short or text.startswith('SHARED_') else repr(eval(text, known))}")
    assert isinstance(statement.targets[0], ast.Name)
    return f"{statement.targets[0].id} = {ast.unparse(made.func)}({', '.join(keywords)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--airflow", required=True)
    parser.add_argument("--sizes", default="1000")
    parser.add_argument("--shapes", default="layers")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    rows: list[list[object]] = [["shape", "tasks", "operator", "compiled, ms", "by hand, ms", "ratio"]]
    for shape in options.shapes.split(","):
        for size in map(int, options.sizes.split(",")):
            for operator in OPERATORS:
                with tempfile.TemporaryDirectory() as folder:
                    file = compiled(Path(folder), operator, shape, size)
                    other = Path(folder, "by_hand.py")
                    other.write_text(by_hand(file.read_text()))
                    command = [options.airflow, "-W", "ignore", "-c", MEASURE, file, other, options.rounds, size]
                    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
                    ours, hand = json.loads(done.stdout.splitlines()[-1])
                    quickest = [f"{min(one):.0f}" for one in (ours, hand)]
                    rows.append([shape, size, operator, *quickest, min(ours) / min(hand)])
    print(table(rows))


if __name__ == "__main__":
    main()
