"""Both front ends agree on every project of `styles/projects/` and on every golden case: the same IR, byte for byte.

The static front end may refuse what only running decides. Where it compiles, and running gives something else, the case
is listed here with the reason, which is Python's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib

from zencompile import frontend
from zencompile.diagnostics import Report
from zencompile.frontend import Request, trace
from zencompile.frontend.trace import wire
from zencompile.ir.schema import to_json

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "tests" / "frontend" / "styles"), str(ROOT / "tests")]

import goldens  # noqa: E402 (the folders of both are no packages)
import styles  # noqa: E402

CASES = [case for project in sorted(styles.PROJECTS.glob("*.txt")) for case in styles.cases(project)]

OLD_PYDANTIC = "pydantic 2 has no `BaseSettings`, and raises when it is imported"
DIFFERENT = {
    **{
        f"integrations src/pipelines/{name}": OLD_PYDANTIC
        for name in ("train.py:train_pl", "serve.py:serving", "deploy_and_alert.py:pl", "hf.py:hf_pipeline",
                     "cond.py:cond", "reqd.py:reqd")
    },
    "features settings_p.py:configured": "it asks for the number of its process",
    "unknown_values p.py:settings_req": "its settings need a variable of the environment",
    "unknown_values p.py:envreq": "it computes with a variable of the environment",
    "unknown_values p.py:thirdparty_loop": "what a module holds that nobody has decides how often it loops",
    "unknown_values p.py:thirdparty_cfg": "what a module holds that nobody has are the arguments of a step",
    "unknown_values p.py:asserts": "what a module holds that nobody has decides whether it goes on",
    "unknown_values p.py:datecond": "it asks for the date",
    "unknown_values p.py:pdread": "it reads a file that isn't there",
    "unknown_values p.py:subproc": "it asks for the commit of what is no repository",
    "layouts missing/pipe.py:miss": "it imports a module of its own that isn't there, which reading doesn't see",
    "layouts scripts/train_script.py:scripted": "a trace puts what `sys.path.insert` adds behind the library",
    "layouts_2 hack2/scripts/go.py:hack2": "a trace puts what `sys.path.insert` adds behind the library",
    "releases_forms post_execution/run.py:flow": "its script loops over the steps of a run that isn't made",
    "old_forms_2 oldnb.py:mnist_pipeline": "its `types.py` stands before Python's, which numpy imports",
    "old_forms_2 params.py:par": "its `types.py` stands before Python's, which numpy imports",
    "old_forms_2 types.py:typed": "its `types.py` stands before Python's, which numpy imports",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Callable[[Request, Path], tuple[list[str], Report]]]:
    """Traces a request in a process that is forked from one that has the compiler loaded."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__).with_name("trace_server.py"))]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def read(request: Request, folder: Path) -> tuple[list[str], Report]:
            job, answer = folder / "job.json", folder / "answer.json"
            job.write_text(json.dumps(wire.request_to_json(request)))
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{job} {answer}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
            report = Report()
            found = json.loads(answer.read_text())
            return [to_json(run.pipeline) for run in trace.taken(found, report)], report

        yield read
        assert process.stdin is not None
        process.stdin.close()


def _read(request: Request) -> tuple[list[str], Report]:
    report = Report()
    return [to_json(pipeline) for pipeline in frontend.read(request, report)], report


def _codes(report: Report) -> list[str]:
    return [diagnostic.code for diagnostic in report.errors]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 tells a frame's line, not its column")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_styles(case: styles.Case, tmp_path: Path, server: Any) -> None:
    """A project means the same, read or run."""
    pytest.importorskip("pandas")
    folder, beside = tmp_path / "project", tmp_path / "beside"
    folder.mkdir()
    beside.mkdir()
    styles.unpack(case.project, folder)
    request = styles.request(case, folder)
    read, report = _read(request)
    ran, told = server(styles.request(case, folder, stubs=("all",), trace_timeout=60.0), beside)
    if case.name in DIFFERENT:
        assert read and not report.errors and ran != read, "it is no exception any more"
    elif report.errors:
        assert told.errors or ran, "refused without a word"
    else:
        assert (ran, _codes(told)) == (read, []), list(told.errors)


@pytest.mark.parametrize("case", goldens.compile_cases(), ids=lambda case: case.name)
def test_goldens(case: Path) -> None:
    """A golden case means the same, read or run."""
    pytest.importorskip("sklearn")
    settings = tomllib.loads((case / "case.toml").read_text("utf-8"))
    base = ROOT if settings["source"].startswith("examples/") else case
    request = Request(
        base / settings["source"],
        pipeline=settings.get("pipeline", "").removeprefix(":") or None,
        arguments=tuple(settings["arguments"]) if "arguments" in settings else None,
        parameters=dict(settings.get("parameters", ())),
        config=case / settings["config"] if "config" in settings else None,
        working_directory=ROOT,
    )
    read, report = _read(request)
    told = Report()
    ran = [to_json(pipeline) for pipeline in trace.read(request, told)]
    assert (ran, _codes(told)) == (read, _codes(report))
    assert ran
