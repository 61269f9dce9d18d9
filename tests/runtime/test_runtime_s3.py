"""The store on S3, against a server on loopback."""

from __future__ import annotations

import os
import time
from typing import Any

from runtime_project import Project

from zencompile_runtime import artifacts
from zencompile_runtime.store import ArtifactStore, layout


def test_steps_share_artifacts_and_cache_on_s3(project: Project, s3: str) -> None:
    """Small values in manifests, large ones as blobs; a second run, in another process, is cached."""
    project.store_url = f"s3://bucket/{os.getpid()}"
    project.write(
        """
        import numpy as np
        from zenml import step
        @step
        def load() -> np.ndarray:
            return np.arange(100_000)
        @step
        def total(data: np.ndarray) -> int:
            return int(data.sum())
        """
    )
    project.compiled(load={}, total={})
    inputs = {"data": ["load", "output"]}
    for run, word in (("r1", ""), ("r2", "taken from the cache")):
        for spec in (project.spec("load", run=run), project.spec("total", run=run, inputs=inputs)):
            finished = project.step(spec)
            assert finished.returncode == 0, finished.stderr
            assert word in finished.stderr
    manifest = project.store.manifest("acme/digits", "r2", "total", "output")
    assert manifest is not None
    assert artifacts.load(project.store, manifest["value"]) == sum(range(100_000))


def test_the_store_does_on_s3_what_it_does_in_a_folder(s3: str) -> None:
    """Documents, blobs, times, listing, deleting."""
    store = ArtifactStore(f"s3://bucket/other-{os.getpid()}")
    value: Any = {"text": "x" * 10_000}
    stored = artifacts.save(store, value)
    store.verify(stored)
    key = layout.blob_key(stored["files"][0]["digest"])
    before = store.backend.entry(key)
    assert before is not None
    time.sleep(1.1)
    assert store.has(stored)
    after = store.backend.entry(key)
    assert after is not None and after.modified > before.modified and after.size == before.size
    assert artifacts.load(store, stored) == value
    store.write_document("runs/a.json", {"a": 1})
    assert [entry.key for entry in store.entries("runs")] == ["runs/a.json"]
    store.backend.delete(key)
    assert store.backend.entry(key) is None and not store.has(stored)
    assert store.read_document("runs/none.json") is None
