"""`zencompile cache why` names what changed; `ls` says what is there."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zencompile.cli.group import command as zencompile
from zencompile.results import cache as results
from zencompile.results import model
from zencompile_runtime import facts
from zencompile_runtime.names import finder
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult, run_step
from zencompile_runtime.store import open as open_store

SOURCE = """
    from zenml import step

    @step
    def load(n: int = 3) -> list:
        return list(range(n))

    @step
    def total(data: list, factor: int = 1) -> int:
        return sum(data) * factor

    @step
    def keys(table: dict) -> str:
        return ",".join(table)

    @step
    def fails(n: int = 1) -> int:
        raise ValueError("no")
"""
CODE = {"why_steps:load": "load.1", "lib.deep:helper": "helper.1", "lib.deep:<top level>": "top.1"}


class Bench:
    """Steps with facts of code that a test makes up, in a store of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(str(folder / "store"))
        (folder / "why_steps.py").write_text(textwrap.dedent(SOURCE))
        (folder / "code").mkdir()
        self.compiled()

    def compiled(self, code: str = "1", distributions: tuple[str, ...] = (), **definitions: str | None) -> None:
        """Facts as the compiler writes them; `definitions` replace some of CODE."""
        names = {name: digest for name, digest in {**CODE, **definitions}.items() if digest}
        one = {
            "code": f"digest-{code}",
            "definitions": names,
            "files": [],
            "imports": [],
            "distributions": list(distributions),
            "inputs": {},
            "outputs": [{"name": "output"}],
            "variables": ["LEVEL"],
            "context": True,
        }
        steps = {f"why_steps:{name}": one for name in ("load", "total", "keys", "fails")}
        document = {"schema": 1, "pipeline": "acme/digits", "files": {}, "steps": steps}
        (self.folder / "code" / "digits.json").write_text(json.dumps(document))
        facts._documents.clear()

    def run(self, run: str, step: str = "load", id: str = "", **fields: Any) -> StepResult:
        spec = StepSpec(
            f"why_steps:{step}", id or step, pipeline="acme/digits", run=run, store=self.store.url, **fields
        )
        return run_step(spec)

    def call(self, *words: str) -> str:
        done = CliRunner().invoke(zencompile, ["cache", *words, "--store", self.store.url])
        assert done.exit_code == 0, done.output
        return done.output

    def why(self, run: str, step: str = "load") -> results.Why:
        found = model.read_run(self.store, f"runs/acme/digits/{run}")
        return results.why(self.store, found, next(one for one in found.steps if results.name_of(one) == step))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("ZENCOMPILE_PROJECT", str(tmp_path))
    monkeypatch.setenv("ZENCOMPILE_CODE", str(tmp_path / "code"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "why_steps", raising=False)
    yield Bench(tmp_path)
    finder.uninstall()
    sys.modules.pop("why_steps", None)


def changes(why: results.Why) -> list[str]:
    return [change.text for change in why.changes]


def test_a_hit_names_the_run_that_it_came_from(bench: Bench) -> None:
    """The one that computed it, however often it was taken since."""
    for run in ("r1", "r2", "r3"):
        bench.run(run)
    assert bench.why("r3").against == "acme/digits/r1/load"
    assert "taken from the cache: acme/digits/r1/load" in bench.call("why", "load", "--run", "r3")


def test_the_first_run_has_nothing_before_it(bench: Bench) -> None:
    bench.run("r1")
    assert bench.why("r1").reason == "no earlier run of it is in this store"


def test_a_parameter_is_named_with_its_values(bench: Bench) -> None:
    """Compared with the nearest earlier run, not only with the last."""
    bench.run("r1", params={"n": 3})
    bench.run("r2", params={"n": 9}, variables={"REGION": "eu"})
    bench.run("r3", params={"n": 4})
    why = bench.why("r3")
    assert why.against == "acme/digits/r1/load"
    assert changes(why) == ["parameter `n`: 3 → 4"]
    assert why.changes[0].before == 3 and why.changes[0].after == 4


def test_code_is_named_by_definition(bench: Bench) -> None:
    """Functions that changed, that are reached now, and that no longer are; statements of a module's top level."""
    bench.run("r1")
    new = {
        "lib.deep:helper": "helper.2",
        "lib.deep:<top level>": "top.2",
        "lib.new:Fresh": "x",
        "why_steps:load": "load.1",
    }
    bench.compiled("2", **new)
    bench.run("r2")
    assert changes(bench.why("r2")) == [
        "code of `the top level of lib.deep` changed",
        "code of `lib.deep.helper` changed",
        "code of `lib.new.Fresh` is reached now",
    ]
    bench.compiled("3", **{"lib.deep:helper": None, "lib.deep:<top level>": None})
    bench.run("r3")
    assert "code of `lib.deep.helper` is no longer reached" in changes(bench.why("r3"))


def test_an_input_is_named_by_the_output_that_it_is(bench: Bench) -> None:
    """The upstream step ran again and gave something else."""
    for run, n in (("r1", 3), ("r2", 4)):
        bench.run(run, params={"n": n})
        bench.run(run, "total", inputs={"data": ["load", "output"]})
    (text,) = changes(bench.why("r2", "total"))
    assert text.startswith("input `data` (output `output` of step `load`) has other content: ")


def test_packages_variables_files_and_python_are_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their versions and values."""
    versions = {"numpy": "2.0.0"}
    monkeypatch.setattr(facts, "version_of", versions.get)
    bench.compiled(distributions=("numpy", "scipy"))
    (bench.folder / "data").mkdir()
    for name in ("a.txt", "data/b.txt"):
        (bench.folder / name).write_text("1")
    fields = {"cache_policy": {"file_dependencies": ["a.txt", "data"]}, "secrets": ()}
    bench.run("r1", variables={"REGION": "eu", "ZONE": "a"}, **fields)
    versions |= {"numpy": "2.1.0", "scipy": "1.0"}
    monkeypatch.setattr("zencompile_runtime.cache.PYTHON", "3.99")
    for name in ("a.txt", "data/b.txt", "data/c.txt"):
        (bench.folder / name).write_text("22")
    bench.run("r2", variables={"REGION": "us"}, **fields)
    found = changes(bench.why("r2"))
    assert "package numpy: 2.0.0 → 2.1.0" in found
    assert "package scipy is new: 1.0" in found
    assert any(text.startswith("Python: 3.") and text.endswith(" → 3.99") for text in found)
    assert 'environment variable `REGION`: "eu" → "us"' in found
    assert 'environment variable `ZONE` is gone; it was "a"' in found
    assert {"file `a.txt` has other content", "file `data/b.txt` has other content", "file `data/c.txt` is new"} <= {
        *found
    }
    assert len(found) == 8


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"cache": False}, "caching is disabled"),
        ({"cache_policy": {"enabled": False}}, "caching is disabled"),
        ({"code": "other", "drift": "warn"}, "this is not the code that the caller was compiled for"),
    ],
    ids=["flag", "policy", "mutable image tag"],
)
def test_why_the_cache_was_not_asked(bench: Bench, fields: dict[str, Any], reason: str) -> None:
    bench.run("r1")
    bench.run("r2", **fields)
    assert reason in bench.why("r2").reason


def test_sources_that_changed_since_compilation_are_named(bench: Bench) -> None:
    document = json.loads((bench.folder / "code" / "digits.json").read_text())
    document["files"] = {"why_steps.py": "0" * 64}
    for step in document["steps"].values():
        step["files"] = ["why_steps.py"]
    (bench.folder / "code" / "digits.json").write_text(json.dumps(document))
    bench.run("r1")
    assert "sources changed since compilation (why_steps.py)" in bench.why("r1").reason


def test_an_expired_entry_and_one_that_lost_a_blob(bench: Bench) -> None:
    """They differ in nothing; the entry itself was of no use."""
    bench.run("r1", params={"n": 5000})
    bench.run("r2", params={"n": 5000}, cache_policy={"expires_after": 0})
    assert bench.why("r2").reason == "the entry with its key had expired"
    bench.run("r3", params={"n": 6000})
    for blob in (bench.folder / "store" / "blobs").rglob("??*"):
        if blob.is_file():
            blob.unlink()
    bench.run("r4", params={"n": 6000})
    assert bench.why("r4").reason == "the entry with its key names files that are no longer in the store"


def test_a_failed_run_leaves_nothing_to_take(bench: Bench) -> None:
    bench.run("r1", "fails")
    bench.run("r2", "fails")
    why = bench.why("r2", "fails")
    assert (why.reason, why.against) == (
        "the earlier run with the same key failed, and left nothing to take",
        "acme/digits/r1/fails",
    )


def test_an_undeclared_variable_is_named_and_its_value_is_not(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    for number, text in enumerate((None, "low", "high", None)):
        if text is None:
            monkeypatch.delenv("LEVEL", raising=False)
        else:
            monkeypatch.setenv("LEVEL", text)
        bench.run(f"r{number}", params={"n": 3})
        texts += changes(bench.why(f"r{number}")) if text else []
    assert texts == [
        "environment variable `LEVEL`, which its code reads, is set now",
        "environment variable `LEVEL`, which its code reads, has another value",
    ]


def test_what_is_configured_for_a_step_is_named(bench: Bench) -> None:
    bench.run("r1", extra={"owner": "me"})
    bench.run("r2", extra={"owner": "you"})
    assert changes(bench.why("r2")) == [
        'its configuration `extra`, which its code may look at: {"owner": "me"} → {"owner": "you"}'
    ]


def test_another_order_of_keys_is_shown(bench: Bench) -> None:
    bench.run("r1", "keys", params={"table": {"a": 1, "b": 2}})
    bench.run("r2", "keys", params={"table": {"b": 2, "a": 1}})
    assert changes(bench.why("r2", "keys")) == ['parameter `table`: {"a": 1, "b": 2} → {"b": 2, "a": 1}']


def test_an_entry_whose_run_is_gone_is_compared_with_too(bench: Bench) -> None:
    """Pruned runs leave their entries for as long as those are used."""
    import shutil

    bench.run("r1", params={"n": 3})
    shutil.rmtree(bench.folder / "store" / "runs" / "acme" / "digits" / "r1")
    bench.run("r2", params={"n": 4})
    assert changes(bench.why("r2")) == ["parameter `n`: 3 → 4"]


def test_the_list_counts_hits(bench: Bench) -> None:
    for run, n in (("r1", 3), ("r2", 3), ("r3", 3), ("r4", 4)):
        bench.run(run, params={"n": n})
    found = json.loads(bench.call("ls", "--json"))["entries"]
    assert [(one["run"], one["hits"]) for one in found] == [("r4", 0), ("r1", 2)]
    assert found[1]["used"] > found[1]["created"]
    assert json.loads(bench.call("ls", "--json", "--step", "other"))["entries"] == []
    text = bench.call("ls")
    assert text.splitlines()[0].split() == ["step", "pipeline", "run", "age", "used", "size", "hits", "key"]


def test_json_says_the_same(bench: Bench) -> None:
    bench.run("r1", params={"n": 3})
    bench.run("r2", params={"n": 4})
    found = json.loads(bench.call("why", "load", "--json"))
    assert found["changes"] == [
        {"kind": "parameter", "name": "n", "before": 3, "after": 4, "text": "parameter `n`: 3 → 4"}
    ]
    assert (found["status"], found["against"]) == ("completed", "acme/digits/r1/load")


def test_an_element_of_a_map_is_compared_with_the_same_element_before(bench: Bench) -> None:
    """Others differ from it as much, and tell nothing."""
    for run, values in (("r1", [1, 2, 3]), ("r2", [1, 2, 9])):
        for index in range(3):
            over = {"n": {"over": {"value": values}}}
            bench.run(run, inputs=over, map_index=index)
    why = bench.why("r2", "load[2]")
    assert why.against == "acme/digits/r1/load[2]"
    assert [bench.why("r2", f"load[{index}]").status for index in range(3)] == ["cached", "cached", "completed"]
