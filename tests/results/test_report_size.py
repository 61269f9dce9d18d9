"""A page grows with the steps and edges of its run, whatever they hold and print, and says where the rest lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from zencompile.results import model, report
from zencompile_runtime import store as runtime_store

TIME = "2026-01-01T00:00:0{}+00:00"
Reads = dict[str, tuple[str, ...]]


def step(id: str, index: int | None = None, status: str = "completed", **more: Any) -> model.StepRun:
    known = {
        "started": TIME.format(0),
        "ended": TIME.format(1),
        "seconds": 1.0,
        "attempt": 1,
        "key": None,
        "parameters": {},
        "inputs": {},
        "metadata": {},
        "components": {},
        "notes": (),
        "failure": None,
        "artifacts": (),
    }
    return model.StepRun(id=id, map_index=index, status=status, entrypoint=f"m:{id}", **(known | more))


def page(steps: list[model.StepRun], reads: Reads, folder: Path) -> str:
    run = model.Run("n/p", "r", "failed", TIME.format(0), TIME.format(2), {}, {}, tuple(steps), reads=reads)
    return report.render(run, runtime_store.open(str(folder)), folder / "pages" / "page.html")


def plain(count: int) -> list[model.StepRun]:
    return [step(f"s{i}") for i in range(count)]


def fan(count: int) -> Reads:
    middle = tuple(f"s{i}" for i in range(1, count - 1))
    return {**dict.fromkeys(middle, ("s0",)), f"s{count - 1}": middle}


def long_ones(count: int) -> Reads:
    """Edges that lead from every step over half of the run, and from one to all."""
    return {f"s{i}": tuple(dict.fromkeys((f"s{i - 1}", "s0", f"s{i // 2}"))) for i in range(1, count)}


FAILURE = {
    "kind": "user",
    "type": "E",
    "message": "first " + "x" * 50_000,
    "traceback": "  at\n" * 9_000 + "E: last",
    "location": "a.py:1",
    "help": "h" * 9_000,
}

SHAPES: dict[str, Callable[[int], tuple[list[model.StepRun], Reads]]] = {
    "chain": lambda n: (plain(n), {f"s{i}": (f"s{i - 1}",) for i in range(1, n)}),
    "fan": lambda n: (plain(n), fan(n)),
    "long edges": lambda n: (plain(n), long_ones(n)),
    "map": lambda n: ([step("m", i) for i in range(n)], {}),
    "failures": lambda n: ([step(f"s{i}", status="failed", failure=FAILURE) for i in range(n)], {}),
    "parameters": lambda n: ([step(f"s{i}", parameters={"p": "y" * 20_000}) for i in range(n)], {}),
    "metadata": lambda n: ([step(f"s{i}", metadata={f"k{k}": [k] * 50 for k in range(100)}) for i in range(n)], {}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_steps_make_a_page_four_times_as_large(shape: str, tmp_path: Path) -> None:
    pages = [page(*SHAPES[shape](count), tmp_path) for count in (150, 600)]
    assert len(pages[1]) < 5 * len(pages[0])
    assert len(pages[1]) < 3_500_000
    assert pages[1].count("<rect") == (1 if shape == "map" else 600)


def test_edges_that_are_not_drawn_are_named(tmp_path: Path) -> None:
    shown = page(plain(600), long_ones(600), tmp_path)
    (count,) = re.findall(r"(\d+) edges lead too far to be drawn", shown)
    assert 0 < int(count) < 1800
    assert "<title>from s299</title>" in shown or "<title>from s0" in shown


def test_of_a_long_failure_the_beginning_and_the_end_are_shown_and_failures_come_first(tmp_path: Path) -> None:
    shown = page([*plain(3), step("bad", status="failed", failure=FAILURE)], {}, tmp_path)
    assert "E: last" in shown and "characters …" in shown and len(shown) < 60_000
    assert shown.index('id="step-bad"') < shown.index('id="step-s0"')
    assert 'id="show-failed"' in shown and "<script" not in shown


def test_a_log_is_cut_and_linked_from_where_the_page_lies(tmp_path: Path) -> None:
    key = "runs/n/p/r 1/s%23/.step.log"
    (tmp_path / key).parent.mkdir(parents=True)
    (tmp_path / "pages").mkdir()
    (tmp_path / key).write_text("the beginning\n" + "x" * 99 + "\n" * 2 + "noise\n" * 100_000 + "<b>last</b>\n")
    shown = page([step("s", log=key)], {}, tmp_path)
    assert "&lt;b&gt;last&lt;/b&gt;" in shown and "the beginning" not in shown and len(shown) < 30_000
    (link,) = re.findall(r'href="([^"#]+\.log)"', shown)
    assert (tmp_path / "pages" / unquote(link)).resolve() == (tmp_path / key).resolve()


def test_large_visualisations_are_links(tmp_path: Path) -> None:
    digest = "ab" * 32
    file = {"path": "big.png", "size": 5_000_000, "digest": digest}
    artifact = model.Artifact(
        "runs/n/p/r/s/o.json",
        "o",
        "o",
        None,
        "t:T",
        "m",
        "data",
        "d",
        1,
        (),
        {},
        ({"type": "image", "file": file},),
        None,
        {},
    )
    shown = page([step("s", artifacts=(artifact,))], {}, tmp_path)
    assert f"blobs/ab/{digest[2:]}" in shown and "too large to show here" in shown


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    assert page(plain(80), fan(80), tmp_path) == page(plain(80), fan(80), tmp_path)
