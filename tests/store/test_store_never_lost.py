"""Nothing is lost: runners are killed at random moments beside each other and beside somebody who prunes.

ZENCOMPILE_ROUNDS is how many rounds are played, two runs each; by default as many as fit into half a minute.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from losing import Lab

ROUNDS = os.environ.get("ZENCOMPILE_ROUNDS")


def test_killed_runs_resume_beside_others_and_a_pruner(tmp_path: Path) -> None:
    """Every manifest verifies after every kill, and what is resumed gives what an undisturbed run gives."""
    lab = Lab(tmp_path)
    tally = lab.work(int(ROUNDS)) if ROUNDS else lab.work(40, seconds=30)
    assert tally.kills and tally.manifests


def test_killed_runs_resume_on_s3(tmp_path: Path, s3: str) -> None:
    """The same on a store without renames and locks."""
    tally = Lab(tmp_path, s3).work(int(ROUNDS) if ROUNDS else 1)
    assert tally.manifests


# -- media that fail ---------------------------------------------------------------------------------------------------


def mounted(folder: Path, size: str) -> None:
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("only root can mount a small file system here")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for the large outputs of one run and a half."""
    folder = tmp_path / "disk"
    mounted(folder, "3m")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def one_error(lab: Lab, *words: str) -> str:
    """What a run says that fails for its store: one error with a remedy, no traceback of ours, exit code 3."""
    process = lab.start(*words)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 3, out
    assert "Traceback" not in out, out
    return out


def test_a_full_disk_leaves_earlier_artifacts_intact(tmp_path: Path, disk: Path) -> None:
    """Pruning makes room, and the run that failed is resumed."""
    lab = Lab(tmp_path, str(disk / "store"))
    undisturbed = str(tmp_path / "undisturbed")
    lab.finish("--run", "r1", "--seed", "1")
    lab.finish("--run", "r2", "--seed", "2", store=undisturbed)
    before = lab.digests("r1")
    said = one_error(lab, "--run", "r2", "--seed", "2")
    assert "No space left on device" in said and "free some space, or choose another store" in said
    assert lab.digests("r1") == before
    lab.check()
    assert not list((disk / "store" / "tmp").iterdir())
    from zencompile.results.prune import Rules, prune
    from zencompile_runtime.store import ArtifactStore

    found = prune(ArtifactStore(lab.url), Rules(keep=1, only_keep=True, grace=0))
    assert found.runs == ["r1"] and found.blobs
    lab.finish("--resume", "r2")
    assert lab.digests("r2") == lab.digests("r2", undisturbed)
    lab.check()


def test_a_store_that_turns_unwritable_is_one_error(tmp_path: Path, disk: Path) -> None:
    """A file system that is now mounted read-only, as after a fault of its disk."""
    lab = Lab(tmp_path, str(disk / "store"))
    lab.finish("--run", "r1")
    before = lab.digests("r1")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    said = one_error(lab, "--run", "r2", "--seed", "2")
    assert "Read-only file system" in said and "store" in said
    assert len([line for line in said.splitlines() if line.startswith("error")]) == 1, said
    assert lab.digests("r1") == before
    lab.check()


def test_a_limit_on_file_sizes_is_one_error(tmp_path: Path) -> None:
    """A quota stands for a full disk where nobody may mount one: small artifacts are stored, large ones are not."""
    lab = Lab(tmp_path)
    process = subprocess.run(
        ["bash", "-c", 'ulimit -f 200; exec "$0" "$@"', *lab_words(lab, "--run", "r1", "--mode", "continue")],
        env=lab.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = process.stdout + process.stderr
    assert process.returncode == 3, said
    assert "File too large" in said and "Traceback" not in said, said
    lab.check()
    assert {"make_0/output.json", "make_1/output.json", "make_2/output.json"} <= set(lab.digests("r1"))
    lab.finish("--resume", "r1")
    lab.finish("--run", "r1", store=str(tmp_path / "undisturbed"))
    assert lab.digests("r1") == lab.digests("r1", str(tmp_path / "undisturbed"))


def lab_words(lab: Lab, *words: str) -> list[str]:
    import sys

    return [sys.executable, str(lab.script), "--jobs", "2", "--store", lab.url, *words]
