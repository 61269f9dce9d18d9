"""Looking at runs: the index on real databases, the commands, the report in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
import results_samples

sys.path.append(str(Path(__file__).parents[1] / "cli"))
sys.path.append(str(Path(__file__).parents[1] / "services"))

import databases
import engines
from availability import required, unavailable
from calling import call

from zencompile.results import index, model, report


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results_samples.make(tmp_path_factory.mktemp("runs"))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'index.sqlite'}"
        return
    try:
        with getattr(databases, request.param)(install=required()) as url:
            yield url
    except engines.Unavailable as problem:
        unavailable(str(problem))


def test_the_index_follows_the_store(database: str, store: Path, tmp_path: Path) -> None:
    """Only what changed is read; what is gone goes; a rebuilt index is the same."""
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    opened = index.Index(database, model.open_store(str(copy)))
    assert opened.refresh() == 2
    assert opened.refresh() == 0
    rows = opened.runs()
    assert [(r.run, r.status, r.steps, r.cached) for r in rows] == [("two", "failed", 2, 1), ("one", "completed", 2, 0)]
    assert [r.run for r in opened.runs(pipeline="demo", status="failed")] == ["two"]
    assert opened.runs(pipeline="emo") == []
    assert (
        opened.find("one").endswith("/one")
        and opened.find("tw").endswith("/two")
        and opened.find("latest").endswith("/two")
    )
    with pytest.raises(LookupError, match="no run called `three`"):
        opened.find("three")
    assert opened.rebuild() == 2
    assert opened.runs() == rows
    shutil.rmtree(copy / "runs" / "tests" / "demo" / "one")
    opened.refresh()
    assert [r.run for r in opened.runs()] == ["two"]


def test_two_stores_share_a_database(database: str, store: Path, tmp_path: Path) -> None:
    """Each sees its own runs."""
    (tmp_path / "other").mkdir()
    first = index.Index(database, model.open_store(str(store)))
    second = index.Index(database, model.open_store(str(tmp_path / "other")))
    assert (first.refresh(), second.refresh()) == (2, 0)
    assert (len(first.runs()), len(second.runs())) == (2, 0)


def test_names_and_parameters_of_any_kind_are_kept(database: str, store: Path, tmp_path: Path) -> None:
    """Letters of all scripts, names that differ by their case alone, and long values."""
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    given = {"text": "Δ🎉" * 50_000}
    for name in ("München–Δ🎉", "demo", "Demo"):
        folder = copy / "runs" / "tests" / quote(name, safe="") / "r"
        folder.mkdir(parents=True)
        document = {"schema": 1, "run": "r", "pipeline": f"tests/{name}", "status": "completed", "parameters": given}
        (folder / ".run.json").write_text(json.dumps(document), "utf-8")
    opened = index.Index(database, model.open_store(str(copy)))
    assert opened.refresh() == 5
    assert [row.pipeline for row in opened.runs(pipeline="München–Δ🎉")] == ["tests/München–Δ🎉"]
    assert [row.run for row in opened.runs(pipeline="Demo")] == ["r"]
    assert opened.runs(pipeline="Demo")[0].parameters == given


def test_several_may_bring_an_index_up_to_date_at_once(database: str, store: Path) -> None:
    opened = [index.Index(database, model.open_store(str(store))) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            list(pool.map(lambda one: one.rebuild(), opened))
    assert len(opened[0].runs()) == 2
    with opened[0].engine.connect() as connection:
        assert len(connection.execute(index.STEPS.select()).all()) == 4


def test_a_database_that_is_not_there_is_one_diagnostic(store: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    answer = call("runs", "list", "--store", store, "--index", url)
    assert answer.code == 2
    assert "the index of runs can't be used" in answer.err


def test_runs_are_listed_and_shown(store: Path) -> None:
    listed = json.loads(call("runs", "list", "--store", store, "--json").out)["runs"]
    assert [row["run"] for row in listed] == ["two", "one"]
    shown = call("runs", "show", "one", "--store", store).out
    assert "describe" in shown and "total: 6" in shown and "page" in shown
    failed = call("runs", "show", "two", "--store", store).out
    assert "no <b>4</b> numbers wanted" in failed and "cached" in failed


def test_an_artifact_is_shown_and_exported(store: Path, tmp_path: Path) -> None:
    shown = call("artifact", "show", "one", "load", "--store", store).out
    assert "builtins:list" in shown and "[0, 1, 2, 3]" in shown
    answer = call("artifact", "export", "one", "describe.table", tmp_path / "out", "--store", store)
    assert answer.code == 0
    assert (tmp_path / "out" / "output.csv").read_text() == "a,b\n1,2\n"
    wrong = call("artifact", "show", "one", "describe", "--store", store)
    assert wrong.code == 2 and "has several artifacts" in wrong.err and "describe.page, describe.table" in wrong.err
    wrong = call("artifact", "show", "one", "laod", "--store", store)
    assert wrong.code == 2 and "did you mean `load`" in wrong.err
    assert (
        call("artifact", "show", "load", "--store", store).out
        == call("artifact", "show", "two", "load", "--store", store).out
    )
    assert call("artifact", "export", "load", tmp_path / "last", "--store", store).code == 0
    assert call("artifact", "show", "--store", store).code == 2


def test_a_store_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    for words in (("runs", "list"), ("report", "latest"), ("artifact", "show", "latest", "x")):
        answer = call(*words, "--store", tmp_path / "nothing")
        assert answer.code == 2 and "no artifact store" in answer.err


def test_the_report_needs_nothing_from_anywhere(store: Path, tmp_path: Path) -> None:
    """No script, no link to another host; user text is escaped; the failure and the cache hit are there."""
    assert call("report", "two", "--store", store, "-o", tmp_path / "two.html").code == 0
    page = (tmp_path / "two.html").read_text()
    assert "<script" not in page and "//" not in page.replace("http://www.w3.org/2000/svg", "").replace(str(store), "")
    assert "no &lt;b&gt;4&lt;/b&gt; numbers wanted" in page
    assert 'class="bar cached"' in page and 'class="state failed"' in page


def test_a_timeline_stands_for_the_times(store: Path) -> None:
    opened = model.open_store(str(store))
    run = model.read_run(opened, "runs/tests/demo/one")
    (load,), (describe,) = report.timeline(run)
    assert (load.left, load.label, describe.label) == (0.0, "load", "describe")
    assert describe.left >= load.width * 0.9
    assert abs(describe.left + describe.width - 100) < 0.5


@pytest.mark.browser
def test_a_browser_shows_the_report_and_runs_nothing_of_it(store: Path, tmp_path: Path) -> None:
    """Headless Chromium lays the page out; the HTML artifact is there, in a frame whose script does not run."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None and required() and os.geteuid() == 0:
        engines.run("apt-get", "update", "--quiet=2")
        engines.run("apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", "chromium")
        chromium = shutil.which("chromium")
    if chromium is None:
        unavailable("no Chromium is installed")
        return
    page = tmp_path / "one.html"
    assert call("report", "one", "--store", store, "-o", page).code == 0
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    words = [chromium, *flags, f"--screenshot={tmp_path / 'page.png'}", "--window-size=1000,900", page.as_uri()]
    subprocess.run(words, capture_output=True, timeout=120, check=True)
    assert (tmp_path / "page.png").stat().st_size > 10_000
    done = subprocess.run([chromium, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120)
    assert "<title>tests/demo · one</title>" in done.stdout
    assert done.stdout.count("<rect") == 2 and "sandbox" in done.stdout and "id='found'" in done.stdout


@pytest.mark.parametrize("text", ["", "\0\0\0", '{"schema": 1, "sta', "[1]"])
def test_documents_that_can_t_be_read_are_named(store: Path, tmp_path: Path, text: str) -> None:
    """After a loss of power, or by somebody's hand: which file it is and what to do; the rest is shown."""
    copy = tmp_path / "store"
    shutil.copytree(store, copy)
    run = copy / "runs/tests/demo/one"
    broken = [run / ".run.json", run / "load/.step.json", run / "describe/table.json"]
    for path in broken:
        path.write_text(text)
    shown = call("runs", "show", "one", "--store", copy)
    assert shown.code == 0
    for path in broken:
        assert f"{path} is corrupt (" in shown.err
    assert "help: " in shown.err and "delete them" in shown.err
    rows = {line.split()[0]: line for line in reversed(shown.out.splitlines()) if line.strip()}
    assert "unknown" in rows["load"] and "page" in rows["describe"] and "table" not in rows["describe"]
    missing = call("artifact", "show", "one", "describe.table", "--store", copy)
    assert missing.code == 2 and f"{broken[2]} is corrupt" in missing.err


def test_a_folder_of_something_else_holds_no_runs(tmp_path: Path) -> None:
    """It is not said that it has none."""
    (tmp_path / "thesis.tex").touch()
    for words in (
        ("runs", "list"),
        ("runs", "show", "latest"),
        ("cache", "ls"),
        ("cache", "prune", "--older-than", "1d"),
    ):
        answer = call(*words, "--store", tmp_path)
        assert answer.code == 2 and "is not an artifact store: it holds thesis.tex" in answer.err, answer
    assert sorted(one.name for one in tmp_path.iterdir()) == ["thesis.tex"]
