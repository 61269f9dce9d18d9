"""Two runners and a pruner on one store, all of them killed at random moments.

    python tests/store/losing.py [ROUNDS [STORE]]

Each round starts two runs, in processes, new interpreters, the runner's own process, or containers where the variable
ZENCOMPILE_TEST_IMAGE names an image with Python (DOCKER_HOST says where), kills one or both (the runner
alone, or its steps too), sees that nothing that they had started goes on, checks the store, lets both be finished by
`--resume`, at once, and compares what they give with what an undisturbed run gives. Beside them somebody prunes all the
time, as hard as the rules let him.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zencompile_runtime.errors import CorruptArtifact, Fault
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.store.artifacts import files_of

ROOT = Path(__file__).resolve().parents[2]
GRACE = 3.0  # seconds; a step here takes a tenth of it from a blob to its manifest, on a slow machine too
KEEP = 4
WAYS = ((), (), ("--isolation", "full"), ("--in-process",))
TAG = "ZENCOMPILE_TEST_TAG"  # in the environment of all that one of our processes starts
IMAGE = os.environ.get("ZENCOMPILE_TEST_IMAGE", "")
SEEDS = 5

STEPS = '''
import random
import subprocess
import time

from zenml import step


@step
def make(seed, size):
    """The same bytes again and again: they come back after somebody let them go."""
    subprocess.Popen(["sleep", "20"], start_new_session=size % 3 == 0)
    time.sleep(0.02)
    return random.Random(seed).randbytes(size)


@step
def both(parts):
    time.sleep(0.02)
    return b"".join(parts)[::-1], {"sizes": [len(one) for one in parts] * 600}


@step(enable_cache=False)
def always(parts):
    time.sleep(0.02)
    return b"".join(parts)
'''
PLAN = """
import sys
sys.path[:0] = [{root!r}]
from zencompile_runtime.runner import *

seed = Param("seed", int, default=0)
sizes = [900, 5000, 70_000, 400_000]
PIPELINE = Pipeline("t/p", project={project!r}, image={image!r}, parameters=[seed], steps=[
    *(Step(f"make_{{i}}", "steps:make", parameters={{"seed": seed, "size": size}}) for i, size in enumerate(sizes)),
    Step("both", "steps:both", inputs={{"parts": [(f"make_{{i}}", "output") for i in range(3)]}}),
    Step("always", "steps:always", inputs={{"parts": [("make_3", "output"), ("both", "joined")]}}, cache=False),
    Step("last", "steps:both", inputs={{"parts": [("always", "output")]}}),
])
if __name__ == "__main__":
    sys.exit(main(PIPELINE))
"""
PRUNER = """
import sys, time, random
sys.path[:0] = [{root!r}]
from zencompile.results.prune import Rules, prune
from zencompile_runtime.store import open
store, log = open({store!r}), {log!r}
while True:
    found = prune(store, Rules(size=0, keep={keep}, grace={grace}))
    with __builtins__.open(log, "a") as out:
        out.write(f"{{len(found.runs)}} {{found.entries}} {{found.blobs}} {{found.unfinished}}\\n")
    time.sleep(random.random() * 0.2)
"""


@dataclass
class Tally:
    """What happened."""

    rounds: int = 0
    kills: int = 0
    pruner_kills: int = 0
    manifests: int = 0
    blobs: int = 0
    resumed: int = 0
    ended: int = 0  # runners after whose death we saw that nothing of them went on
    pruned: dict[str, int] = field(default_factory=dict)


class Lab:
    """The project, the store and everybody at work on it. `environment` goes to every process."""

    def __init__(self, folder: Path, store: str | None = None, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.url = store or str(folder / "store")
        self.log = folder / "pruned.log"
        self.tally = Tally()
        self.window = (0.1, 0.9) if store is None or "://" not in store else (0.6, 2.5)  # when kills come, in seconds
        self.chance = random.Random(os.getpid())
        project = folder / "project"
        project.mkdir()
        (project / "steps.py").write_text(STEPS)
        self.script = folder / "pipeline.py"
        self._facts(project)
        self.ways: list[tuple[str, ...]] = list(WAYS)
        tag = _image(folder) if IMAGE else None
        if tag is not None:
            self.ways.append(("--executor", "docker"))
        self.script.write_text(PLAN.format(root=str(ROOT), project=str(project), image=tag))
        self.environment = {**os.environ, **(environment or {}), "ZENCOMPILE_CODE": str(folder / "code")}
        self._pruner: subprocess.Popen[bytes] | None = None
        self._tags: dict[int, str] = {}  # by process id

    def _facts(self, project: Path) -> None:
        digest = hashlib.sha256((project / "steps.py").read_bytes()).hexdigest()
        both = [{"name": "joined"}, {"name": "sizes", "artifact": "sizes"}]
        outputs: dict[str, Any] = {"make": [{"name": "output"}], "always": [{"name": "output"}], "both": both}
        steps = {
            f"steps:{name}": {"code": digest, "definitions": {}, "files": ["steps.py"], "outputs": found}
            for name, found in outputs.items()
        }
        (self.folder / "code").mkdir()
        document = {"schema": 1, "pipeline": "t/p", "files": {"steps.py": digest}, "steps": steps}
        (self.folder / "code" / "p.json").write_text(json.dumps(document))

    # -- processes -----------------------------------------------------------------------------------------------------

    def start(self, *words: str, store: str | None = None) -> subprocess.Popen[str]:
        tag = f"{self.folder} {len(self._tags)} {time.monotonic_ns()}"
        process = subprocess.Popen(
            [sys.executable, str(self.script), "--jobs", "2", "--store", store or self.url, *words],
            env={**self.environment, TAG: tag},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._tags[process.pid] = tag
        return process

    def finish(self, *words: str, store: str | None = None) -> None:
        process = self.start(*words, store=store)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, f"{words}\n{out}"

    def kill(self, process: subprocess.Popen[Any], everybody: bool) -> None:
        """`kill -9`: the runner and its steps, or the runner alone, whose steps may go on for a while."""
        if everybody:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def nothing_left(self, process: subprocess.Popen[Any]) -> None:
        """Whatever a runner had started ends with it, within a second or so where the machine has time for it."""
        limit = time.monotonic() + 20
        while left := bearers(self._tags[process.pid]):
            assert time.monotonic() < limit, f"processes outlive their runner: {left}"
            time.sleep(0.02)
        self.tally.ended += 1

    def prune(self) -> None:
        """Let somebody prune from now on."""
        text = PRUNER.format(root=str(ROOT), store=self.url, log=str(self.log), keep=KEEP, grace=GRACE)
        self._pruner = subprocess.Popen([sys.executable, "-c", text], env=self.environment, start_new_session=True)

    def end_pruner(self) -> None:
        if self._pruner is not None:
            assert self._pruner.poll() is None, "the pruner failed"
            self.kill(self._pruner, everybody=True)
            self.tally.pruner_kills += 1

    # -- what must hold ------------------------------------------------------------------------------------------------

    def digests(self, run: str, store: str | None = None) -> dict[str, str]:
        """What a run gave."""
        opened = ArtifactStore(store or self.url)
        found = {}
        for entry in opened.entries(f"runs/t/p/{run}"):
            document = opened.read_document(entry.key) if entry.key.endswith(".json") else None
            if document is not None and "value" in document:
                found[entry.key.partition(f"/{run}/")[2]] = document["value"]["digest"]
        return found

    def check(self) -> None:
        """Every document is whole, every manifest's files are there with their bytes, every blob is what its name says.

        What is pruned in the meantime is none of them.
        """
        store = ArtifactStore(self.url)
        for folder in ("runs", "artifacts", "cache", "code"):
            for entry in store.entries(folder):
                data = store.backend.read(entry.key) if entry.key.endswith(".json") else None
                if data is None:
                    continue
                document = json.loads(data)
                if folder in ("runs", "artifacts") and "value" in document:
                    self._verify(store, entry.key, document)
        for entry in store.entries("blobs"):
            blob = store.backend.read(entry.key)
            if blob is not None:
                assert hashlib.sha256(blob).hexdigest() == entry.key.removeprefix("blobs/").replace("/", ""), entry.key
                self.tally.blobs += 1

    def _verify(self, store: ArtifactStore, key: str, document: Any) -> None:
        try:
            store.verify(document["value"])
            self.tally.manifests += 1
        except (CorruptArtifact, Fault, FileNotFoundError):
            if "value" in (store.read_document(key) or {}):
                names = [file["digest"] for file in files_of(document["value"])]
                raise AssertionError(f"{key} names files that are not there: {names}") from None

    # -- a round -------------------------------------------------------------------------------------------------------

    def expect(self) -> dict[int, dict[str, str]]:
        """What undisturbed runs give, by seed; in a store of their own."""
        other = str(self.folder / "undisturbed")
        began = time.monotonic()
        for seed in range(SEEDS):
            self.finish("--run", f"seed{seed}", "--seed", str(seed), store=other)
        usual = (time.monotonic() - began) / SEEDS  # here and now: kills shall come while something runs
        self.window = (max(self.window[0], usual * 0.3), max(self.window[1], usual * 2))
        return {seed: self.digests(f"seed{seed}", other) for seed in range(SEEDS)}

    def round(self, number: int, expected: dict[int, dict[str, str]]) -> None:
        chance = self.chance
        # Seeds come and go, so that what was let go and swept is soon wanted again.
        runs = {f"{letter}{number}": (number // 3 + chance.randrange(2)) % SEEDS for letter in "ab"}
        ways = {name: chance.choice(self.ways) for name in runs}
        processes = {name: self.start("--run", name, "--seed", str(seed), *ways[name]) for name, seed in runs.items()}
        time.sleep(chance.uniform(*self.window))
        for process in processes.values():
            if chance.random() < 0.75:
                self.kill(process, everybody=chance.random() < 0.3)
                self.tally.kills += 1
                if chance.random() < 0.7:  # else who goes on with it comes at once
                    self.nothing_left(process)
            time.sleep(chance.uniform(0, 0.1))
        if chance.random() < 0.3:
            self.end_pruner()
            self.prune()
        self.check()
        for name, process in processes.items():
            if process.stdout is not None and not process.stdout.closed:
                out, _ = process.communicate(timeout=120)
                assert process.returncode == 0, out
                continue
            known = ArtifactStore(self.url).backend.entry(f"runs/t/p/{name}/.run.json") is not None
            self.finish(*(("--resume", name) if known else ("--run", name, "--seed", str(runs[name]))), *ways[name])
            self.tally.resumed += known
        for name, seed in runs.items():
            assert self.digests(name) == expected[seed], name
        self.tally.rounds += 1

    def work(self, rounds: int, seconds: float = 1e9) -> Tally:
        """Rounds until there were enough, or the time is over."""
        expected = self.expect()
        assert all(len(found) == 9 for found in expected.values()), expected
        end = time.monotonic() + seconds
        self.prune()
        try:
            for number in range(rounds):
                if time.monotonic() > end:
                    break
                self.round(number, expected)
        finally:
            self.end_pruner()
        self.check()
        names = ("runs", "entries", "blobs", "unfinished writes")
        lines = [line.split() for line in self.log.read_text().splitlines()] if self.log.exists() else []
        self.tally.pruned = {name: sum(int(line[i]) for line in lines) for i, name in enumerate(names)}
        return self.tally


def _image(folder: Path) -> str:
    """Build the image of the project, as the compiler would; its name."""
    context, tag = folder / "context", f"zencompile-test/losing:{os.getpid()}"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "zencompile_runtime", context / "runtime" / "zencompile_runtime", ignore=ignore)
    shutil.copytree(folder / "code", context / "runtime" / "code")
    shutil.copytree(folder / "project", context / "app")
    (context / "Dockerfile").write_text(
        f"FROM {IMAGE}\nWORKDIR /app\nENV PYTHONPATH=/app:/opt/zencompile\n"
        "COPY runtime /opt/zencompile\nCOPY app /app\n"
    )
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, str(context)], check=True, stdout=subprocess.DEVNULL)
    return tag


def bearers(tag: str) -> list[str]:
    """The processes that have the tag in their environment, but for zombies."""
    found = []
    wanted = f"{TAG}={tag}\0".encode()
    for folder in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if folder.name.isdigit():
            try:
                if wanted in (folder / "environ").read_bytes() and ") Z" not in (folder / "stat").read_text():
                    found.append(f"{folder.name} {(folder / 'cmdline').read_bytes()!r}")
            except OSError:
                continue
    return found


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        began = time.monotonic()
        lab = Lab(Path(place), *sys.argv[2:3])
        print(lab.work(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
        print(f"{time.monotonic() - began:.0f} s, nothing lost")
