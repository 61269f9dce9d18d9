"""Running pipelines on this machine, beside the peers, on the same graphs in one go.

    python benchmarks/run.py [--parts steps,sleep,data] [--runs 3] [--zenml PYTHON] [--prefect PYTHON]
                             [--metaflow PYTHON] [--kfp PYTHON]

steps  trivial steps in a chain of 50 and a fan of 50: ms a step, from whole processes of 50 steps less those of 2
sleep  a source, eight steps that sleep a second, a sink: wall seconds beyond the one second of the critical path
data   a 200 MB DataFrame and a 1 GB array between two steps: seconds from the producer's return to the consumer's first
       line, and the peak memory of the largest process; the floor writes the format, hashes the file once, and reads it
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import graphs
from measure import table

PEERS: dict[str, tuple[Callable[..., str], list[str]]] = {
    "zenml": (graphs.zenml_program, []),
    "prefect": (graphs.prefect_program, []),
    "metaflow": (graphs.metaflow_program, ["--quiet", "run", "--max-workers", "8", "--max-num-splits", "100"]),
    "kfp": (graphs.kfp_program, []),
}
OURS = {"processes": [], "new interpreters": ["--isolation", "full"], "in process": ["--in-process"]}
SIZE, SMALL = 50, 2

FLOOR = """
import hashlib, resource, sys, time
import numpy as np
kind, path = sys.argv[1], sys.argv[2]
value = np.random.default_rng(0).random((int(sys.argv[3]) * 125, 1000))
if kind == "frame":
    import pandas as pd
    value = pd.DataFrame(value.reshape(-1, 20), columns=[f"c{i}" for i in range(20)])
    value.iloc[:10].to_parquet(path, compression="CODEC"), pd.read_parquet(path)  # import what that needs
start = time.perf_counter()
if kind == "frame":
    value.to_parquet(path, compression="CODEC")
else:
    with open(path, "wb") as file:
        np.save(file, value)
wrote = time.perf_counter()
with open(path, "rb") as file:
    hashlib.file_digest(file, "sha256")
hashed = time.perf_counter()
del value
if kind == "frame":
    pd.read_parquet(path)
else:
    np.load(path)
end = time.perf_counter()
print(wrote - start, hashed - wrote, end - hashed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
DATA = """
import os, time
import numpy as np
import pandas as pd
from zenml import pipeline, step

SIZE = {size}


@step(enable_cache=False)
def make() -> {type}:
    value = np.random.default_rng(0).random((SIZE * 125, 1000))
    {frame}
    with open(os.environ["BENCH_TIMES"], "a") as file:
        file.write(str(time.time()) + "\\n")
    return value


@step(enable_cache=False)
def use(value: {type}) -> int:
    with open(os.environ["BENCH_TIMES"], "a") as file:
        file.write(str(time.time()) + "\\n")
    return len(value)


@pipeline
def bench():
    use(make())


if __name__ == "__main__":
    bench()
"""
FRAME = 'value = pd.DataFrame(value.reshape(-1, 20), columns=[f"c{i}" for i in range(20)])'


@dataclass(frozen=True)
class Ran:
    wall: float
    cpu: float
    peak: float


def run(words: list[str | Path], folder: Path, environment: dict[str, str]) -> Ran:
    """Run a command in `folder`; its failure ends the benchmark with what it said."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | environment,
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(map(str, words))}\n{said.read().decode()[-3000:]}")
    return Ran(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compiled(folder: Path, source: str) -> Path:
    """The local runner's script of a program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.py").write_text(source)
    command = Path(sys.executable).parent / "zencompile"
    run([command, "run.py", "--target", "local"], folder, {})
    (script,) = (folder / "build" / "local").glob("*.py")
    compile_all = [sys.executable, "-m", "compileall", "-q", folder / "build" / "runtime"]
    run(compile_all, folder, {})
    return script


def home(tool: str, folder: Path) -> dict[str, str]:
    """Settings by which a peer keeps its state in `folder` and calls nobody."""
    return {
        "zenml": {
            "ZENML_CONFIG_PATH": f"{folder}/zenml",
            "ZENML_ANALYTICS_OPT_IN": "false",
            "AUTO_OPEN_DASHBOARD": "false",
        },
        "prefect": {"PREFECT_HOME": f"{folder}/prefect", "DO_NOT_TRACK": "1", "PREFECT_LOGGING_LEVEL": "WARNING"},
        "metaflow": {"METAFLOW_USER": "bench", "USERNAME": "bench", "METAFLOW_HOME": f"{folder}/metaflow"},
        "kfp": {},
    }[tool]


class Bench:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.peers = {name: getattr(options, name) for name in PEERS if getattr(options, name)}

    # -- trivial steps -------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[list[object]]:
        yield ["shape", "runner", "cache", "ms a step", "CPU ms a step", "process of 50, s", "x ours"]
        for shape in ("chain", "fan"):
            rows: list[list[object]] = []
            for name, flags in OURS.items():
                rows += self._ours(shape, f"zencompile, {name}", flags)
            for name, python in self.peers.items():
                with _told(f"{name}, {shape}"):
                    rows += list(self._peer(shape, name, python))
            best = {row[2]: row[3] for row in reversed(rows) if row[1] == "zencompile, processes"}
            for row in rows:
                yield [*row, row[3] / best[row[2]]]  # type: ignore[operator]
        yield ["-", "floor: make a folder and two files in it", "-", self._files(), "-", "-", "-"]

    def _files(self) -> float:
        """What this disk takes for what a step leaves there, in ms: it varies tenfold with what was removed of late."""
        times = []
        for number in range(100):
            folder = self.folder / "files" / str(number)
            start = time.perf_counter()
            folder.mkdir(parents=True)
            for name in ("a", "b"):
                temporary = folder.parent / f"{number}{name}"
                temporary.write_bytes(b"x" * 1000)
                temporary.replace(folder / name)
            times.append(time.perf_counter() - start)
        return statistics.median(times) * 1000

    def _ours(self, shape: str, name: str, flags: list[str]) -> Iterator[list[object]]:
        found: dict[tuple[str, int], Ran] = {}
        for size in (SMALL, SIZE):
            script = compiled(
                self.folder / f"{shape}{size}", graphs.zenml_program(shape if size > 2 else "chain", size)
            )
            words = [sys.executable, script, "--jobs", "2", "--no-output", *flags]
            shutil.rmtree(script.parents[2] / ".zencompile", ignore_errors=True)
            run(words, script.parent, {})
            for cache, more in (("cold", ["--no-cache"]), ("warm", [])):
                ran = [run([*words, *more], script.parent, {}) for _ in range(self.options.runs)]
                found[cache, size] = Ran(*(statistics.median(one) for one in zip(*map(astuple, ran), strict=True)))
        yield from _per_step(shape, name, found)

    def _peer(self, shape: str, name: str, python: str) -> Iterator[list[object]]:
        make, arguments = PEERS[name]
        caches = ("cold", "warm") if name in ("zenml", "prefect") else ("cold",)
        found: dict[tuple[str, int], Ran] = {}
        for size in (SMALL, SIZE):
            folder = self.folder / f"{name}-{shape}{size}"
            folder.mkdir()
            (folder / "run.py").write_text(make(shape if size > 2 else "chain", size))
            words: list[str | Path] = [python, "run.py", *arguments]
            environment = home(name, folder)
            if name in ("zenml", "prefect"):  # the first run makes their databases: not what is measured
                (folder / "first.py").write_text(make("chain", 2).replace("# step", "# first step"))
                run([python, "first.py"], folder, environment)
            for cache in caches:
                found[cache, size] = run(words, folder, environment)
        yield from _per_step(shape, name, found)

    # -- eight sleeps --------------------------------------------------------------------------------------------------

    def sleep(self) -> Iterator[list[object]]:
        yield ["runner", "wall s", "beyond the critical path, s"]
        script = compiled(self.folder / "sleep", graphs.zenml_program("fan", 10, 1.0))
        for name in ("processes", "new interpreters"):
            words = [sys.executable, script, "--jobs", "8", "--no-cache", *OURS[name]]
            wall = statistics.median(run(words, script.parent, {}).wall for _ in range(self.options.runs))
            yield [f"zencompile, {name}", wall, wall - 1]
        for name, python in self.peers.items():
            with _told(f"{name}, sleep"):
                wall = self._peer_sleeps(name, python)
                yield [name, wall, wall - 1]

    def _peer_sleeps(self, name: str, python: str) -> float:
        make, arguments = PEERS[name]
        folder = self.folder / f"{name}-sleep"
        folder.mkdir()
        (folder / "run.py").write_text(make("fan", 10, 1.0))
        environment = home(name, folder)
        if name in ("zenml", "prefect"):
            (folder / "first.py").write_text(make("chain", 2).replace("# step", "# first step"))
            run([python, "first.py"], folder, environment)
        return run([python, "run.py", *arguments], folder, environment).wall

    # -- large values --------------------------------------------------------------------------------------------------

    def data(self) -> Iterator[list[object]]:
        yield ["value", "way", "s", "x floor", "peak MiB"]
        for kind, size, type_, frame in (("frame", 200, "pd.DataFrame", FRAME), ("array", 1000, "np.ndarray", "")):
            rows = [self._floor(kind, size)]
            source = DATA.format(size=size, type=type_, frame=frame or "pass")
            script = compiled(self.folder / f"data-{kind}", source)
            for name, flags in OURS.items():
                words = [sys.executable, script, *flags]
                rows.append([kind, f"zencompile, {name}", *self._handed_over(words, script.parent, {}, script)])
            if "zenml" in self.peers:
                with _told(f"zenml, {kind}"):
                    folder = self.folder / f"zenml-data-{kind}"
                    folder.mkdir()
                    (folder / "run.py").write_text(source)
                    words = [self.peers["zenml"], "run.py"]
                    rows.append([kind, "zenml", *self._handed_over(words, folder, home("zenml", folder), None)])
            for row in rows:
                yield [*row[:3], row[2] / rows[0][2], row[3]]  # type: ignore[operator]

    def _floor(self, kind: str, size: int) -> list[object]:
        program = FLOOR.replace("CODEC", self.options.codec)
        file = self.folder / f"floor-{kind}"
        times, peaks = [], []
        for _ in range(self.options.runs):
            words = [sys.executable, "-c", program, kind, str(file), str(size)]
            *parts, peak = map(float, subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
            times.append(sum(parts))
            peaks.append(peak)
            file.unlink()
        return [kind, "floor: write, hash, read", statistics.median(times), statistics.median(peaks)]

    def _handed_over(
        self, words: list[str | Path], folder: Path, environment: dict[str, str], script: Path | None
    ) -> tuple[float, float]:
        seconds, peaks = [], []
        for _ in range(self.options.runs if script else 1):
            if script:
                shutil.rmtree(script.parents[2] / ".zencompile", ignore_errors=True)
            times = folder / "times"
            times.unlink(missing_ok=True)
            ran = run(words, folder, environment | {"BENCH_TIMES": str(times)})
            returned, began = map(float, times.read_text().split())
            seconds.append(began - returned)
            peaks.append(ran.peak)
        return statistics.median(seconds), statistics.median(peaks)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """A peer that fails is told of, and left out."""
    try:
        yield
    except RuntimeError as error:
        print(f"{what} failed: {error}", file=sys.stderr)


def _per_step(shape: str, name: str, found: dict[tuple[str, int], Ran]) -> Iterator[list[object]]:
    for cache in ("cold", "warm"):
        if (cache, SIZE) in found:
            small, large = found[cache, SMALL], found[cache, SIZE]
            wall, cpu = ((b - a) * 1000 / (SIZE - SMALL) for a, b in ((small.wall, large.wall), (small.cpu, large.cpu)))
            yield [shape, name, cache, wall, cpu, large.wall]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="steps,sleep,data")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts; peers run once")
    parser.add_argument("--codec", default="zstd", help="of Parquet, in the floor: what the runtime writes")
    parser.add_argument("--folder", help="where the work is done; a disk, as a store is")
    for name in PEERS:
        parser.add_argument(f"--{name}", help=f"a Python that has {name}")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench = Bench(options, Path(folder))
        for part in options.parts.split(","):
            print(f"{part}, {json.dumps({'processors': os.cpu_count(), 'load': round(os.getloadavg()[0], 1)})}")
            print(table(list(getattr(bench, part)())), flush=True)


if __name__ == "__main__":
    main()
