"""The cache is never wrong: what a step's result depends on is in its key, and nothing else."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from runtime_project import Project

from zencompile_runtime import artifacts, cache, facts
from zencompile_runtime.store import layout

SOURCE = """
    from zenml import step
    calls = []

    @step
    def load(n: int = 3) -> list:
        calls.append("load")
        return list(range(n))

    @step
    def parity(n: int) -> int:
        calls.append("parity")
        return n % 2

    @step
    def total(data: list, factor: int = 1) -> int:
        calls.append("total")
        return sum(data) * factor

    @step
    def nothing() -> None:
        calls.append("nothing")

    @step
    def fails() -> int:
        calls.append("fails")
        raise ValueError("no")
"""


@pytest.fixture
def ready(project: Project) -> Project:
    """The project, compiled."""
    project.write(SOURCE)
    outputs: dict[str, Any] = {"nothing": {"outputs": []}}
    project.compiled(**{name: outputs.get(name, {}) for name in ("load", "parity", "total", "nothing", "fails")})
    return project


def statuses(project: Project, *runs: dict[str, Any], step: str = "load") -> list[str]:
    """Run a step several times in runs of their own; what came of each."""
    found = []
    for number, fields in enumerate(runs):
        result = project.run(step, **{"run": f"r{time.time_ns()}-{number}", **fields})
        assert result.ok, result.failure
        found.append(result.status)
    return found


def test_an_equal_step_is_taken_from_the_cache(ready: Project) -> None:
    """In another run, under another id, in another pipeline's run; its outputs stand in the new run too."""
    first = ready.run("load")
    again = ready.run("load", "load_2", run="r2")
    assert (first.status, again.status) == ("completed", "cached")
    manifest = ready.store.manifest("acme/digits", "r2", "load_2", "output")
    assert manifest is not None
    assert manifest["value"] == first.outputs["output"]["value"]
    assert manifest["source"] == "runs/acme/digits/r1/load/output.json"
    assert ready.run("load", run="r3").outputs["output"]["source"] == "runs/acme/digits/r1/load/output.json"
    record = ready.store.record("acme/digits", "r2", "load_2")
    assert record is not None and (record["status"], record["key"]) == ("cached", first.key)


def test_a_cache_hit_imports_no_user_code(ready: Project) -> None:
    """It costs a few small files."""
    assert ready.run("load").ok
    (ready.folder / "steps_under_test.py").touch()
    import sys

    del sys.modules["steps_under_test"]
    assert ready.run("load", run="r2").status == "cached"
    assert "steps_under_test" not in sys.modules


@pytest.mark.parametrize(
    "change",
    [
        {"params": {"n": 4}},
        {"params": {"n": "3"}},
        {"variables": {"REGION": "eu"}},
        {"secrets": ("s",)},
        {"materializers": {"output": ("zencompile_runtime.materializers.pickled:CloudpickleMaterializer",)}},
        {"externals": {"n": 3}},
    ],
    ids=str,
)
def test_what_a_result_depends_on_is_in_the_key(
    ready: Project, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these alone makes the step run again; and then it is cached as well."""
    monkeypatch.setenv("ZENCOMPILE_SECRET_S_K", "x")
    base = {"params": {"n": 3}} if "externals" not in change else {}
    assert statuses(ready, base, {**base, **change}, {**base, **change}) == ["completed", "completed", "cached"]


@pytest.mark.parametrize(
    "change",
    [
        {"extra": {"a": 1}},
        {"tags": ("t",)},
        {"timeout": 60.0},
        {"attempts": 3},
        {"hooks": {"on_start": "steps_under_test:calls"}},
        {"metadata": False},
        {"substitutions": {"a": "b"}},
        {"model": {"name": "m"}},
    ],
    ids=str,
)
def test_what_a_result_does_not_depend_on_is_not(ready: Project, change: dict[str, Any]) -> None:
    """None of these makes the step run again."""
    assert statuses(ready, {}, change) == ["completed", "cached"]


def test_a_variable_of_the_process_is_seen(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declared without a value, it counts with the value that it has."""
    fields = {"variables": {"REGION": None}}
    monkeypatch.setenv("REGION", "eu")
    assert statuses(ready, fields, fields) == ["completed", "cached"]
    monkeypatch.setenv("REGION", "us")
    assert statuses(ready, fields) == ["completed"]


def test_a_secrets_value_is_not_in_the_key(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anywhere in the store: only that it is used."""
    fields = {"variables": {"TOKEN": {"kind": "secret", "name": "api", "key": "token"}}}
    monkeypatch.setenv("ZENCOMPILE_SECRET_API_TOKEN", "hunter2")
    assert statuses(ready, fields) == ["completed"]
    monkeypatch.setenv("ZENCOMPILE_SECRET_API_TOKEN", "hunter3")
    assert statuses(ready, fields) == ["cached"]
    for path in Path(ready.store_url).rglob("*.json"):
        assert "hunter" not in path.read_text()


def test_other_code_is_another_key(ready: Project) -> None:
    """The compiler's digest decides, not the text of the function."""
    assert statuses(ready, {}) == ["completed"]
    ready.compiled(load={"code": "other"})
    assert statuses(ready, {}, {}) == ["completed", "cached"]


def test_another_version_of_a_distribution_is_another_key(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed one, of those that the closure imports."""
    ready.compiled(load={"distributions": ["NumPy", "not-installed"]})
    assert statuses(ready, {}, {}) == ["completed", "cached"]
    real = facts.version_of
    monkeypatch.setattr(facts, "version_of", lambda name: "0.0" if name == "NumPy" else real(name))
    assert statuses(ready, {}) == ["completed"]


def test_versions_are_those_that_are_installed() -> None:
    """Read off the metadata folders, they agree with importlib.metadata."""
    from importlib import metadata

    for one in list(metadata.distributions())[:80]:
        assert facts.version_of(one.metadata["Name"]) == metadata.version(one.metadata["Name"])


def test_early_cutoff(ready: Project) -> None:
    """A step that runs again and makes equal bytes does not make the next one run."""
    first = ready.run("load")
    assert statuses(ready, {"inputs": {"data": ["load", "output"]}, "run": "r1"}, step="total") == ["completed"]
    ready.compiled(load={"code": "new"}, total={})
    rerun = ready.run("load", run="r2")
    assert rerun.status == "completed" and rerun.key != first.key
    assert statuses(ready, {"inputs": {"data": ["load", "output"]}, "run": "r2"}, step="total") == ["cached"]


def test_equal_bytes_of_another_type_are_another_input(project: Project) -> None:
    """`[1]` and `(1,)` and b"1" and 1."""
    project.write(
        """
        from typing import Any
        from zenml import step
        @step
        def one() -> Any: return 1
        @step
        def text() -> Any: return b"1"
        @step
        def show(x: Any) -> str: return type(x).__name__
        """
    )
    project.compiled(one={}, text={}, show={})
    for name, expected in (("one", "int"), ("text", "bytes")):
        assert project.run(name).ok
        result = project.run("show", inputs={"x": [name, "output"]})
        assert artifacts.load(project.store, result.outputs["output"]["value"]) == expected


def test_edited_sources_run_uncached_and_store_nothing(ready: Project) -> None:
    """And the step says so; so it does in an image whose code is another than the digest's."""
    assert ready.run("load").ok
    entries = len(list(ready.store.entries("cache")))
    path = ready.folder / "steps_under_test.py"
    path.write_text(path.read_text() + "\n# edited\n")
    result = ready.run("load", run="r2", params={"n": 9})
    assert (result.status, result.key) == ("completed", None)
    assert any("sources changed since compilation" in note and "steps_under_test.py" in note for note in result.notes)
    assert len(list(ready.store.entries("cache"))) == entries


def test_a_process_that_imported_older_code_does_not_cache(ready: Project) -> None:
    """The file and the facts agree again, but what runs is what was imported before."""
    assert ready.run("load").ok
    path = ready.folder / "steps_under_test.py"
    path.write_text(path.read_text() + "\n# edited\n")
    ready.compiled(load={"code": "new"})
    result = ready.run("load", run="r2")
    assert result.key is None and any("sources changed" in note for note in result.notes)


def test_a_caller_that_expects_other_code_does_not_cache(ready: Project) -> None:
    """As a generated file that is older than the image, whose step is only to warn of that."""
    result = ready.run("load", code="other", drift="warn")
    assert result.ok and result.key is None


def test_without_facts_nothing_is_cached(project: Project) -> None:
    """And the step says why."""
    project.write(SOURCE)
    result = project.run("load")
    assert result.key is None and any("nothing is known" in note for note in result.notes)


def test_a_failed_step_is_not_cached_and_one_without_outputs_is(ready: Project) -> None:
    """Its side effects are skipped."""
    assert not ready.run("fails").ok
    assert not ready.run("fails", run="r2").ok
    assert statuses(ready, {}, {}, step="nothing") == ["completed", "cached"]


def test_the_cache_can_be_switched_off(ready: Project) -> None:
    """For the step, by its policy; nothing is stored then."""
    assert (
        statuses(ready, {"cache": False}, {"cache": False}, {"cache_policy": {"enabled": False}}) == ["completed"] * 3
    )
    assert list(ready.store.entries("cache")) == []


def test_entries_expire(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the seconds of the policy that wrote them, or of the one that asks."""
    policy = {"cache_policy": {"expires_after": 100}}
    assert statuses(ready, policy, policy) == ["completed", "cached"]
    real = time.time
    monkeypatch.setattr(cache.time, "time", lambda: real() + 101)
    assert statuses(ready, policy) == ["completed"]
    assert statuses(ready, policy, {}) == ["cached", "cached"]


def test_ignored_inputs_and_files_and_functions(ready: Project) -> None:
    """The other fields of a policy."""
    ignoring = {"ignored_inputs": ["n"]}
    runs = [{"params": {"n": n}, "cache_policy": ignoring} for n in (3, 4)]
    assert statuses(ready, *runs) == ["completed", "cached"]
    (ready.folder / "data.csv").write_text("1")
    depending = {"cache_policy": {"file_dependencies": ["data.csv"]}}
    assert statuses(ready, depending, depending) == ["completed", "cached"]
    (ready.folder / "data.csv").write_text("2")
    os.utime(ready.folder / "data.csv", (5, 5))
    assert statuses(ready, depending) == ["completed"]
    (ready.folder / "keys.py").write_text("def today():\n    import os\n    return os.environ['DAY']\n")
    asking = {"cache_policy": {"cache_function": "keys:today"}}
    os.environ["DAY"] = "1"
    try:
        assert statuses(ready, asking, asking) == ["completed", "cached"]
        os.environ["DAY"] = "2"
        assert statuses(ready, asking) == ["completed"]
    finally:
        del os.environ["DAY"]
    missing = ready.run("load", run="r9", cache_policy={"file_dependencies": ["gone.csv"]})
    assert missing.failure is not None and "gone.csv" in missing.failure.message
    assert "relative to the source root" in missing.failure.help
    failing = ready.run("load", run="r9", **asking)
    assert failing.failure is not None and failing.failure.location == "keys.py:1" and failing.exit_code == 1
    assert "its cache function keys:today failed: KeyError: 'DAY'" in failing.failure.message
    assert "os.environ['DAY']" in failing.failure.traceback


def test_parts_of_the_key_can_be_left_out(ready: Project) -> None:
    """Code and parameters."""
    assert statuses(ready, {"cache_policy": {"include_step_code": False}}) == ["completed"]
    ready.compiled(load={"code": "new"})
    assert statuses(ready, {"cache_policy": {"include_step_code": False}}) == ["cached"]
    policy = {"include_step_parameters": False}
    assert statuses(ready, *({"params": {"n": n}, "cache_policy": policy} for n in (1, 2))) == ["completed", "cached"]


def test_artifacts_can_count_by_identity(ready: Project) -> None:
    """A rerun with equal content is another artifact then, a cached one the same."""
    policy = {"include_artifact_values": False}
    fields = {"inputs": {"data": ["load", "output"]}, "cache_policy": policy}
    ready.run("load", run="a")
    assert ready.run("total", run="a", **fields).status == "completed"
    ready.run("load", run="b")
    assert ready.run("total", run="b", **fields).status == "cached"
    ready.run("load", run="c", cache=False)
    assert ready.run("total", run="c", **fields).status == "completed"


def test_an_entry_whose_blob_is_gone_is_no_hit(project: Project) -> None:
    """The step runs again and stores it anew."""
    project.write("from zenml import step\n@step\ndef big() -> str:\n    return 'x' * 9999\n")
    project.compiled(big={})
    first = project.run("big")
    digest = first.outputs["output"]["value"]["files"][0]["digest"]
    project.store.backend.delete(layout.blob_key(digest))
    assert project.run("big", run="r2").status == "completed"
    assert project.run("big", run="r3").status == "cached"


def test_the_order_of_a_dictionary_s_keys_is_seen_by_the_step_and_by_the_key(project: Project) -> None:
    """That of the parameters themselves is not."""
    project.write(
        """
        from zenml import step
        @step
        def f(a: dict, b: int = 1) -> str:
            return ",".join([*a, *a["c"]])
        """
    )
    project.compiled(f={})
    first = {"a": {"x": 1, "c": {"q": 1, "p": [{"z": 1, "y": 2}]}}, "b": 2}
    orders = [
        ({"b": 2, "a": first["a"]}, "cached"),
        ({"a": {"c": {"q": 1, "p": [{"z": 1, "y": 2}]}, "x": 1}, "b": 2}, "completed"),
        ({"a": {"x": 1, "c": {"p": [{"z": 1, "y": 2}], "q": 1}}, "b": 2}, "completed"),
        ({"a": {"x": 1, "c": {"q": 1, "p": [{"y": 2, "z": 1}]}}, "b": 2}, "completed"),
    ]
    assert project.run("f", params=first).status == "completed"
    for number, (params, expected) in enumerate(orders):
        assert project.run("f", run=f"again{number}", params=params).status == expected, params


@pytest.mark.parametrize(
    "changed",
    [{"extra": {"k": 2}}, {"model": {"name": "other"}}, {"tags": ("new",)}, {"substitutions": {"who": "you"}}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_step_that_looks_at_its_configuration_depends_on_it(project: Project, changed: dict[str, Any]) -> None:
    """Another step doesn't."""
    project.write(
        """
        from zenml import get_step_context, step
        @step
        def curious() -> str:
            return str(get_step_context().step_run.config.extra)
        @step
        def calm() -> int:
            return 1
        """
    )
    project.compiled(curious={"context": True}, calm={})
    base = {"extra": {"k": 1}, "model": {"name": "one"}, "tags": ("old",), "substitutions": {"who": "me"}}
    for step, expected in (("curious", "completed"), ("calm", "cached")):
        found = [
            project.run(step, run=f"{step}{number}", **{**base, **more}).status
            for number, more in enumerate(({}, {}, changed))
        ]
        assert found == ["completed", "cached", expected]


@pytest.mark.parametrize(
    ("name", "by_value"),
    [("LEVEL", True), ("PARTITION_KEY", True), ("PWD", True), ("MY_API_KEY", False), ("HF_TOKEN", False)],
)
def test_variables_that_code_names_count(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str, by_value: bool
) -> None:
    """By their values; those that are called like secrets by being there. No value stands in a record."""
    project.write("from zenml import step\n@step\ndef f() -> int:\n    return 1\n")
    project.compiled(f={"variables": [name]})
    found = []
    for number, text in enumerate((None, "first value", "first value", "second value")):
        if text is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, text)
        found.append(project.run("f", run=f"r{number}").status)
        assert "value" not in json.dumps(project.store.record("acme/digits", f"r{number}", "f")["components"])
    assert found == ["completed", "completed", "cached", "completed" if by_value else "cached"]


def test_the_key_is_the_same_in_every_process(ready: Project) -> None:
    """Under any hash seed: a laptop's entry serves a container."""
    here = ready.run("parity", params={"n": 3})
    spec = ready.spec("parity", run="r2", params={"n": 3})
    finished = ready.step(spec)
    assert finished.returncode == 0 and "taken from the cache" in finished.stderr, finished.stderr
    entry = json.loads((Path(ready.store_url) / f"cache/{here.key}.json").read_text())
    assert cache.key_of(entry["components"]) == here.key


def test_metadata_of_the_step_comes_with_a_hit(project: Project) -> None:
    """What log_metadata kept."""
    project.write(
        """
        from zenml import step, log_metadata
        @step
        def f() -> int:
            log_metadata({"accuracy": 0.5})
            return 1
        """
    )
    project.compiled(f={})
    project.run("f")
    project.run("f", run="r2")
    record = project.store.record("acme/digits", "r2", "f")
    assert record is not None and (record["status"], record["metadata"]) == ("cached", {"accuracy": 0.5})


ELEMENTS = """
    from typing import Any
    from zenml import step
    import numpy as np

    class Point:
        def __init__(self, x): self.x = x
        def __eq__(self, other): return self.x == other.x
        def __reduce__(self): return Point, (self.x,)

    LISTS = {
        "plain": ([1, "a", {"$": 2.5}, None, [1, (2,)], "x" * 3000], [1, "b", {"$": 2.5}, None, [1, [2]], "x" * 3000]),
        "tuple": ((1, {2}, b"3"), (1, {3}, b"3")),
        "arrays": ([np.arange(3), np.arange(4), 5], [np.arange(3), np.ones(4), 5]),
        "objects": ([Point(1), {"a": Point(2)}, Point(3)], [Point(1), {"a": Point(4)}, Point(3)]),
        "longer": ([1, 2], [1, 2, 3]),
        "moved": ([1, 2, 3], [3, 1, 2]),
        "types": ([1, True, 1.0, "1"], [True, 1, "1", 1.0]),
        "keys": ([{"a": 1, "b": 2}, {"c": 3}], [{"b": 2, "a": 1}, {"c": 3}]),
    }

    @step
    def make(name: str, which: int) -> Any:
        return LISTS[name][which]

    @step
    def see(x: Any) -> str:
        return repr(type(x))
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", ["cached", "completed", "cached", "cached", "completed", "cached"]),
        ("tuple", ["cached", "completed", "cached"]),
        ("arrays", ["cached", "completed", "cached"]),
        ("objects", ["cached", "completed", "cached"]),
        ("longer", ["cached", "cached", "completed"]),
        ("moved", ["cached", "cached", "cached"]),
        ("types", ["cached", "cached", "cached", "cached"]),
        ("keys", ["completed", "cached"]),
    ],
)
def test_an_element_of_a_map_that_stays_is_a_hit(project: Project, name: str, expected: list[str]) -> None:
    """Whatever became of the other elements, and wherever in the list it is now."""
    project.write(ELEMENTS)
    project.compiled(make={}, see={})
    found = []
    for which in (0, 1):
        run = f"r{which}"
        made = project.run("make", run=run, params={"name": name, "which": which})
        assert made.ok, made.failure
        count = made.outputs["output"]["value"]["items"]
        assert count is not None
        inputs = {"x": {"over": ["make", "output"]}}
        found = [project.run("see", run=run, inputs=inputs, map_index=index) for index in range(count)]
    assert [one.status for one in found] == expected
    again = [project.run("see", run="r1", inputs={"x": ["make", "output", index]}) for index in range(len(found))]
    assert {one.status for one in again} == {"cached"}, "an element that is named is the same element"
    told = [artifacts.load(project.store, one.outputs["output"]["value"]) for one in again]
    from steps_under_test import LISTS  # type: ignore[import-not-found]

    assert told == [repr(type(one)) for one in LISTS[name][1]]


def test_an_element_of_a_users_own_list_may_depend_on_all_of_it(project: Project) -> None:
    """What its class does when it is asked for an element, nobody knows."""
    project.write(
        """
        from typing import Any
        from zenml import step

        class Sums(list):
            def __getitem__(self, index): return sum(self)

        @step
        def make(last: int) -> Any:
            return Sums([1, last])

        @step
        def see(x: Any) -> int:
            return x
        """
    )
    project.compiled(make={}, see={})
    found = []
    for last in (2, 3):
        project.run("make", run=f"r{last}", params={"last": last})
        result = project.run("see", run=f"r{last}", inputs={"x": {"over": ["make", "output"]}}, map_index=0)
        found.append((result.status, artifacts.load(project.store, result.outputs["output"]["value"])))
    assert found == [("completed", 3), ("completed", 4)]
