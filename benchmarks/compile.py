"""How long a compilation takes, beside the peers and the floor, on the same graphs.

    python benchmarks/compile.py [--sizes 10,100,1000] [--shapes layers] [--runs 5] [--kfp PYTHON] [--hera PYTHON]
    python benchmarks/compile.py --pairs 7 [--against CHECKOUT] [--targets airflow] [--sizes …] [--kfp …] [--hera …]

CPU seconds of whole processes with compiled bytecode. `libcst` is a process that only imports libcst and parses the
source. `--pairs` measures all tools in turn and fits what a step costs (`pairs.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import graphs
import pairs
from measure import Figures, measure, table

STAGES = """
import sys, time, resource
start = time.process_time()
from pathlib import Path
import zencompile.compiler
from zencompile.cli import job
from zencompile.cli.session import Session, load_target, target_options
from zencompile import compiler, targets
imports = time.process_time()
session = Session(path=sys.argv[1])
configuration = session.configuration()
pipelines = session.read(configuration)
read = time.process_time()
target = load_target(session, sys.argv[2])
options = target_options(session, target, {}, ())
folders = job.folders(session, configuration, sys.argv[2], Path(sys.argv[3]), Path(sys.argv[3]))
root = session.root_of(pipelines[0])
context = job.pass_context(configuration, root, folders, pipelines)
rewritten = compiler.rewrite(pipelines[0], context, session.report)
passes = time.process_time()
layout = job.make_layout(folders, root, rewritten.source, configuration)
compiler.emit(rewritten, target, options, layout, session.report)
emitted = time.process_time()
print(imports - start, read - imports, passes - read, emitted - passes)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--shapes", default="layers")
    parser.add_argument("--targets", default="airflow,kubeflow,local")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kfp", help="a Python that has the KFP SDK")
    parser.add_argument("--hera", help="a Python that has Hera")
    parser.add_argument("--pairs", type=int, metavar="ROUNDS", help="measure side by side, and fit what a step costs")
    parser.add_argument("--against", type=Path, help="with --pairs: another checkout, whose bytecode can be written")
    options = parser.parse_args()
    if options.pairs:
        _pairs(options)
        return
    command = Path(sys.executable).parent / "zencompile"
    print("--version", _cells(measure([command, "--version"], options.runs)))
    rows: list[list[object]] = [
        ["shape", "steps", "tool", "cpu s", "wall s", "peak MiB", "bytes", "imports/read/passes/emit s"]
    ]
    with tempfile.TemporaryDirectory() as folder:
        for shape in options.shapes.split(","):
            for size in map(int, options.sizes.split(",")):
                rows += _rows(Path(folder), shape, size, options, command)
    print(table(rows))


def _pairs(options: argparse.Namespace) -> None:
    target = options.targets.split(",")[0]
    measured = pairs.tools(target, options.against, options.kfp or _engine("kfp"), options.hera or _engine("hera"))
    for shape in options.shapes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            sizes = [int(size) for size in options.sizes.split(",")]
            print(shape, target)
            print(table(pairs.rows(Path(folder), shape, sizes, options.pairs, measured)))


def _engine(name: str) -> str | None:
    """The Python of an engine that the tests have set up (`tests/services/engines.py`), if there is one."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zencompile"
    found = sorted(Path(os.environ.get("ZENCOMPILE_ENGINES") or cache).glob(f"engines/{name}-*/complete"))
    return str(found[-1].parent / "bin" / "python") if found else None


def _rows(folder: Path, shape: str, size: int, options: argparse.Namespace, command: Path) -> list[list[object]]:
    source = folder / f"{shape}{size}" / "run.py"
    source.parent.mkdir()
    source.write_text(graphs.zencompile_source(shape, size))
    rows: list[list[object]] = []
    for target in options.targets.split(","):
        out = source.parent / target
        words = [command, source, "--target", target, "-o", out, "--build-dir", source.parent / f"build-{target}"]
        figures = measure(words, options.runs)
        written = sum(path.stat().st_size for path in out.iterdir())
        rows.append([shape, size, f"zencompile {target}", *_cells(figures), written, _stages(source, target, out)])
    peers = {"kfp": (options.kfp, graphs.kfp_source), "hera": (options.hera, graphs.hera_source)}
    for name, (python, make) in peers.items():
        if python:
            program, out = source.parent / f"{name}_program.py", source.parent / f"{name}.yaml"
            program.write_text(make(shape, size))
            figures = measure([python, program, out], 1 if size > 1000 else options.runs)
            rows.append([shape, size, name, *_cells(figures), out.stat().st_size if out.exists() else 0, ""])
    floor = measure([sys.executable, "-c", graphs.LIBCST_PARSE, source], options.runs)
    rows.append([shape, size, "libcst import + parse", *_cells(floor), 0, ""])
    return rows


def _stages(source: Path, target: str, out: Path) -> str:
    import subprocess

    run = subprocess.run(
        [sys.executable, "-c", STAGES, source, target, out], capture_output=True, text=True, cwd=source.parent
    )
    return " ".join(f"{float(word):.3f}" for word in run.stdout.split()) or run.stderr.strip().splitlines()[-1]


def _cells(figures: Figures) -> list[object]:
    failed = figures.codes - {0}
    return [figures.cpu if not failed else f"exit {sorted(failed)}", figures.wall, figures.peak]


if __name__ == "__main__":
    main()
