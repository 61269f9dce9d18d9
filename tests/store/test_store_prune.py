"""What prune takes and what it leaves, on a folder and on S3; and that writers and it don't hurt each other."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from zencompile.results.model import StoreError
from zencompile.results.prune import Outcome, Rules, prune
from zencompile_runtime import artifacts, catalogue
from zencompile_runtime.errors import CorruptArtifact
from zencompile_runtime.store import ArtifactStore, layout, leases
from zencompile_runtime.store.artifacts import blobs_of

BIG = 5000
NOW = Rules(keep=0, only_keep=True, grace=0)


class Store:
    """A store in which runs can be made up."""

    def __init__(self, url: str) -> None:
        self.store = ArtifactStore(url)
        self.moment = time.time() - 1_000_000
        self.keys: list[str] = []

    def run(
        self, run: str, *seeds: int, name: str | None = None, model: str = "", pipeline: str = "a/p", **more: Any
    ) -> list[dict[str, Any]]:
        """A finished run with an output of BIG bytes for each seed, their cache entries, and catalogue entries."""
        self.moment += 60
        made = []
        for seed in seeds:
            step = f"s{seed}"
            key = f"{seed:064x}"
            value = artifacts.save(self.store, random.Random(seed).randbytes(BIG))
            manifest: Any = {
                "schema": 1,
                "artifact": name or f"p::{step}::output",
                "version": more.get("version"),
                "output": "output",
                "invocation": step,
                "map_index": None,
                "run": run,
                "pipeline": pipeline,
                "created": f"2026-01-01T{len(self.keys):06d}",
                "key": key,
                "source": None,
                "value": value,
            }
            place = layout.manifest_key(pipeline, run, step, "output")
            record = {"schema": 1, "key": key, "components": {"code": f"c{seed}"}, "status": "completed"}
            documents = {
                place: manifest,
                layout.record_key(pipeline, run, step): record,
                layout.code_key(f"c{seed}"): {"schema": 1, "definitions": {}},
                layout.cache_key(key): {
                    "schema": 1,
                    "key": key,
                    "created": self.moment,
                    "expires": more.get("expires"),
                    "components": {"code": f"c{seed}"},
                    "entries": [{"created": 1.0, "outputs": {"output": manifest}}],
                },
            }
            if model:
                documents[f"models/{model}/{more.get('model_version', run)}/{step}.json"] = manifest
            for one, document in documents.items():
                self.store.write_document(one, document)
            self.keys.append(place)
            if name:
                catalogue.enter(self.store, manifest)
            made.append(manifest)
        document = {"schema": 1, "run": run, "status": more.get("status", "completed"), "host": more.get("host", {})}
        self.store.write_document(layout.run_key(pipeline, run), document)
        return made

    def age(self, seconds: float, *runs: str) -> None:
        """Let documents and blobs be older than they are; of some runs, or all."""
        root = Path(self.store.url)
        for path in root.rglob("*"):
            if (
                path.is_file()
                and path.name != leases.LOCK
                and (not runs or any(f"/{run}/" in str(path) for run in runs))
            ):
                found = path.stat().st_mtime - seconds
                os.utime(path, (found, found))

    def prune(self, rules: Rules = NOW, dry: bool = False) -> Outcome:
        return prune(self.store, rules, dry)

    def has(self, manifest: Any) -> bool:
        """Whether the blobs are all there, as they should be."""
        try:
            self.store.verify(manifest["value"])
        except (CorruptArtifact, Exception):
            return False
        return True

    def runs(self) -> set[str]:
        return {entry.key.split("/")[3] for entry in self.store.entries("runs")}


@pytest.fixture
def made(tmp_path: Path) -> Store:
    (tmp_path / "store").mkdir()
    return Store(str(tmp_path / "store"))


# -- what goes and what stays ------------------------------------------------------------------------------------------


def test_by_age_the_unused_goes_and_what_kept_runs_need_stays(made: Store) -> None:
    """A blob that an old and a new run share stays with the new one."""
    (old, shared) = made.run("r1", 1, 2)
    made.age(10 * 86400)
    (again, new) = made.run("r2", 2, 3)
    outcome = made.prune(Rules(older=5 * 86400, keep=1))
    assert (outcome.runs, outcome.blobs) == (["r1"], 1)
    assert made.runs() == {"r2"}
    assert not made.has(old)
    assert made.has(shared) and made.has(again) and made.has(new)
    assert {entry.key for entry in made.store.entries("cache")} == {layout.cache_key(f"{n:064x}") for n in (2, 3)}
    assert {entry.key for entry in made.store.entries("code")} == {layout.code_key("c2"), layout.code_key("c3")}


def test_a_dry_run_says_the_same_and_does_nothing(made: Store) -> None:
    made.run("r1", 1, 2)
    made.run("r2", 3)
    made.age(10 * 86400)
    before = sorted(entry.key for entry in made.store.entries(""))
    rules = Rules(older=86400, keep=1)
    said = made.prune(rules, dry=True)
    assert sorted(entry.key for entry in made.store.entries("")) == before
    did = made.prune(rules)
    assert (said.runs, said.entries, said.blobs) == (did.runs, did.entries, did.blobs) == (["r1"], 3, 2)


def test_by_size_what_was_used_longest_ago_goes_first(made: Store) -> None:
    """And no more than needed."""
    for number in range(1, 6):
        made.run(f"r{number}", number)
        made.age(86400)
    outcome = made.prune(Rules(size=3 * BIG + 6000, keep=1))
    assert outcome.runs == ["r1", "r2"] and made.runs() == {"r3", "r4", "r5"}
    assert outcome.size <= 3 * BIG + 6000
    assert outcome.blobs == 2


def test_the_newest_runs_of_each_pipeline_stay_whatever_the_rules_say(made: Store) -> None:
    for number in range(1, 4):
        made.run(f"r{number}", number)
        made.run(f"q{number}", number + 10, pipeline="a/q")
        made.age(86400)
    made.prune(Rules(older=1, size=0, keep=2))
    assert made.runs() == {"r2", "r3", "q2", "q3"}


def test_runs_that_go_on_stay(made: Store) -> None:
    """Those of a living process, those of another machine that spoke this week, and engines' runs of the last day."""
    import platform

    here = {"name": platform.node(), "pid": os.getpid()}
    dead = {"name": platform.node(), "pid": 2**22 + 1}
    made.run("alive", 1, status="running", host=here)
    made.run("dead", 2, status="running", host=dead)
    made.run("elsewhere", 3, status="running", host={"name": "other", "pid": 1})
    made.run("engine", 4)
    made.store.backend.delete(layout.run_key("a/p", "engine"))
    made.age(7200)
    made.prune()
    assert made.runs() == {"alive", "elsewhere", "engine"}
    made.age(8 * 86400)
    made.prune()
    assert made.runs() == {"alive"}


def test_a_named_artifact_keeps_its_newest_version_and_its_numbers(made: Store) -> None:
    """Version 3 is still version 3 when 1 and 2 are gone; what the user named himself stays."""
    manifests = [made.run(f"r{number}", number, name="model")[0] for number in (1, 2, 3)]
    (own,) = made.run("r4", 4, name="report", version="final")
    made.run("r5", 5)
    made.age(86400)
    made.prune(Rules(keep=1, only_keep=True, grace=0))
    assert made.runs() == {"r5"}
    assert [made.has(one) for one in manifests] == [False, False, True] and made.has(own)
    found = catalogue.versions(made.store, "model")
    assert [(one["run"], one["version"]) for one in found] == [("r3", 3)]
    assert catalogue.find(made.store, "report", "final")["run"] == "r4"


def test_model_versions_of_runs_go_with_them_and_a_users_stay(made: Store) -> None:
    for number in (1, 2):
        made.run(f"r{number}", number, model="m")
    made.run("r3", 3, model="m", model_version="1.0")
    made.run("r4", 4, model="m")
    made.run("r5", 5)
    made.age(86400)
    made.prune()
    assert {entry.key.split("/")[2] for entry in made.store.entries("models")} == {"1.0", "r4"}


def test_expired_entries_go_by_themselves(made: Store) -> None:
    made.run("r1", 1, expires=time.time() - 1)
    made.run("r2", 2, expires=time.time() + 1000)
    outcome = made.prune(Rules())
    assert outcome.entries == 1 and made.runs() == {"r1", "r2"}


def test_what_is_young_waits_for_a_later_prune(made: Store) -> None:
    """A blob without a manifest may be about to get one."""
    value = artifacts.save(made.store, b"x" * BIG)
    outcome = made.prune(Rules(grace=3600))
    assert (outcome.blobs, outcome.waiting) == (0, BIG)
    made.age(3601)
    assert made.prune(Rules(grace=3600)).blobs == 1
    assert not made.has({"value": value})


def test_with_waiting_it_sits_the_grace_period_out(made: Store) -> None:
    """What a writer renews meanwhile stays."""
    renewed, forgotten = made.run("r1", 1, 2)
    made.run("r2", 3)
    for run in ("r1", "r2"):
        made.age(3500, run)

    def wait(seconds: float) -> None:
        assert seconds == 3600
        made.age(3700)
        assert made.store.has(renewed["value"])

    outcome = prune(made.store, Rules(keep=1, only_keep=True, grace=3600), wait=wait)
    assert outcome.runs == [] and outcome.blobs == 0  # a run that was touched within the grace period stays
    made.age(7200, "r1")
    outcome = prune(made.store, Rules(keep=1, only_keep=True, grace=3600), wait=wait)
    assert outcome.runs == ["r1"] and outcome.blobs == 1
    assert made.has(renewed) and not made.has(forgotten)


def test_unfinished_writes_of_dead_writers_go(made: Store) -> None:
    """Not those of living ones, not those of other machines before a day has passed, and nothing that isn't ours."""
    code = (
        "import sys; from zencompile_runtime.store import open; s = open(sys.argv[1]).backend.staging()\n"
        "(s / 'f').write_bytes(b'x' * 100); print(s)"
    )
    done = subprocess.run([sys.executable, "-c", code, made.store.url], capture_output=True, text=True, check=True)
    dead = Path(done.stdout.strip())
    alive = made.store.backend.staging()
    temporary = alive.parent
    other = temporary / "0badcafe-1-x"
    other.write_bytes(b"x")
    (temporary / "mine.txt").write_bytes(b"x")
    outcome = made.prune(Rules(grace=3600))
    assert outcome.unfinished == 0 and dead.exists()
    for path in (dead, dead / "f", alive, other):
        os.utime(path, (time.time() - 7200,) * 2)
    outcome = made.prune(Rules(grace=3600))
    assert outcome.unfinished == 1 and outcome.freed >= 100
    assert not dead.exists() and alive.exists() and other.exists()
    os.utime(other, (time.time() - 100_000,) * 2)
    made.prune(Rules(grace=3600))
    assert not other.exists() and (temporary / "mine.txt").exists()


def test_what_is_not_a_stores_is_left_alone(made: Store) -> None:
    """Nor is anything removed where a later version of the project has written."""
    strange = ["blobs/ab/short", "blobs/readme.txt", "notes/a.json", "file.txt"]
    for key in strange:
        made.store.backend.write(key, b"x")
    made.age(86400)
    made.prune()
    assert all(made.store.backend.entry(key) for key in strange)
    made.store.write_document("runs/a/p/r/s/output.json", {"schema": 2})
    with pytest.raises(StoreError, match="later version"):
        made.prune()


# -- beside writers ----------------------------------------------------------------------------------------------------


def test_a_blob_is_either_renewed_or_swept(made: Store) -> None:
    """Whoever wins, both know: a renewal that succeeded means that the blob is there."""
    backend = made.store.backend
    key = layout.blob_key("ab" * 32)
    lost: list[int] = []
    swept = renewed = 0
    for number in range(400):
        backend.write(key, b"x")
        os.utime(Path(made.store.url, key), (1, 1))
        answers: dict[str, bool] = {}
        ready = threading.Barrier(2)

        def renew(answers: dict[str, bool] = answers, ready: threading.Barrier = ready) -> None:
            ready.wait()
            answers["renewed"] = backend.renew(key)

        thread = threading.Thread(target=renew)
        thread.start()
        ready.wait()
        answers["swept"] = backend.sweep(key, time.time() - 60)
        thread.join()
        if answers["renewed"] != (backend.entry(key) is not None) or answers["renewed"] == answers["swept"]:
            lost.append(number)
        swept += answers["swept"]
        renewed += answers["renewed"]
    assert not lost
    assert swept + renewed == 400


def test_a_writer_that_dies_holds_no_lock(made: Store) -> None:
    """And one that hangs only keeps its blob from being swept."""
    code = (
        "import sys, time; from pathlib import Path; from zencompile_runtime.store import leases\n"
        "with leases.shared(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    made.run("r1", 1)
    made.age(86400)
    process = subprocess.Popen([sys.executable, "-c", code, made.store.url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    (blob,) = [entry.key for entry in made.store.entries("blobs")]
    assert not made.store.backend.sweep(blob, time.time() - 60)
    process.kill()
    process.communicate()
    assert made.store.backend.sweep(blob, time.time() - 60)


def test_a_blob_that_was_long_in_the_making_is_young(made: Store) -> None:
    """Its file was written hours before the value was complete."""
    backend = made.store.backend
    path = backend.staging() / "f"
    path.write_bytes(b"x" * BIG)
    os.utime(path, (1, 1))
    backend.add_file(layout.blob_key("cd" * 32), path)
    assert not backend.sweep(layout.blob_key("cd" * 32), time.time() - 60)


# -- S3 ----------------------------------------------------------------------------------------------------------------


def test_prune_on_s3(s3: str) -> None:
    """The same rules; what was touched within the grace period stays."""
    made = Store(s3)
    (old, shared) = made.run("r1", 1, 2)
    (same, new) = made.run("r2", 2, 3)
    lonely = artifacts.save(made.store, b"x" * BIG)
    assert prune(made.store, Rules(keep=1, only_keep=True)).runs == []
    time.sleep(2.1)  # S3's times are in whole seconds
    assert made.store.has(lonely)
    outcome = prune(made.store, Rules(keep=1, only_keep=True, grace=1))
    assert outcome.runs == ["r1"] and made.runs() == {"r2"}
    assert not made.has(old) and made.has(shared) and made.has(same) and made.has(new)
    assert made.has({"value": lonely})
    assert blobs_of(lonely)


def test_documents_on_s3_are_whole_whoever_reads(s3: str) -> None:
    """One writes versions of very different length, another reads all the time."""
    made = Store(s3)
    made.store.write_document("cache/k.json", {"n": 0, "text": ""})
    code = (
        "import sys, time; from zencompile_runtime.store import open; store = open(sys.argv[1])\n"
        "for n in range(10**6): store.write_document('cache/k.json', {'n': n, 'text': 'x' * (n % 7 * 30_000)})"
    )
    process = subprocess.Popen([sys.executable, "-c", code, s3])
    try:
        seen, end = set(), time.monotonic() + 4
        while time.monotonic() < end or len(seen) < 5:
            data = made.store.backend.read("cache/k.json")
            assert data is not None
            document = json.loads(data)
            assert len(document["text"]) == document["n"] % 7 * 30_000
            seen.add(document["n"])
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    assert json.loads(made.store.backend.read("cache/k.json") or b"")


def test_an_upload_to_s3_that_is_killed_leaves_no_blob(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large blobs go up in parts; parts without an end are found and removed."""
    made = Store(s3)
    code = (
        "import os, sys, hashlib; from pathlib import Path; from zencompile_runtime.store import open, layout\n"
        "data = os.urandom(1 << 20) * 120\n"
        "store = open(sys.argv[1]); path = store.backend.staging() / 'f'; path.write_bytes(data)\n"
        "print(hashlib.sha256(data).hexdigest(), flush=True); store.add_blob(path, hashlib.sha256(data).hexdigest())\n"
        "print('done', flush=True)"
    )
    chance = random.Random(1)
    interrupted = 0
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", code, s3], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        digest = process.stdout.readline().strip()
        time.sleep(chance.uniform(0.02, 0.5))
        process.kill()
        rest, _ = process.communicate()
        there = made.store.backend.entry(layout.blob_key(digest))
        assert there is None or there.size == 120 << 20
        assert there is not None or "done" not in rest
        interrupted += there is None
        if there is not None:
            made.store.backend.delete(there.key)
    assert interrupted
    monkeypatch.setattr("zencompile_runtime.store.remote.ELSEWHERE", -10)
    left = list(made.store.backend.abandoned(time.time() + 10))
    for entry in left:
        made.store.backend.forget(entry)
    assert not list(made.store.backend.abandoned(time.time() + 10))


def test_unfinished_writes_that_end_while_they_are_looked_at_are_no_matter(made):
    """A writer takes its staging folders away at any time."""
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            folder = made.store.backend.staging()
            (folder / "part" / "deeper").mkdir(parents=True)
            (folder / "part" / "file").write_bytes(b"x")
            shutil.rmtree(folder)

    writers = [threading.Thread(target=come_and_go) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(300):
            list(made.store.backend.abandoned(0))
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    assert not list(made.store.backend.abandoned(time.time() + 10))
