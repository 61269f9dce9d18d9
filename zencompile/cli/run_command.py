"""`zencompile run`: compile for the local runner and run, at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from zencompile.cli import launching, options
from zencompile.cli.session import Session

_FLAGS = (
    "store", "jobs", "in_process", "only", "from_", "no_cache", "resume", "mode", "isolation", "plain", "no_output",
    "log_format", "cluster",
)  # fmt: skip

_FAILED = (1, 4)
"""Exit codes of runs in which a step failed, or ran out of time: exceptions where the program calls the pipeline."""


@click.command("run", context_settings={"ignore_unknown_options": True})
@options.reading
@click.option(
    "--build-dir",
    type=click.Path(path_type=Path),
    help="The folder for what is compiled.  [default: .zencompile/build in the project]",
)
@click.option("--set", "settings", multiple=True, type=options.Pair(), help="An option of the local target.")
@click.option("--python", help="The Python that runs the steps.  [default: this one]")
@click.option("--store", help="Where artifacts live.  [default: .zencompile/store in the project]")
@click.option("--jobs", "-j", type=int, help="How many steps at once.  [default: one a processor]")
@click.option(
    "--in-process", is_flag=True, help="Run every step in one process, one after the other; breakpoints work."
)
@click.option(
    "--executor",
    metavar="NAME",
    help="What runs the steps: process, in-process, docker, dask, ray or slurm.  [default: process]",
)
@click.option("--cluster", metavar="ADDRESS", help="Where the executor's cluster is (dask, ray).")
@click.option("--only", multiple=True, metavar="STEP", help="Run this step alone, on what an earlier run made.")
@click.option("--from", "from_", multiple=True, metavar="STEP", help="Run this step and what follows from it.")
@click.option("--no-cache", is_flag=True, help="Run every step, whatever the cache holds.")
@click.option("--resume", metavar="RUN", help="Go on with an earlier run; `latest` is the last one.")
@click.option("--run", "run_name", metavar="NAME", help="The id of this run.  [default: made of the time]")
@click.option(
    "--mode",
    type=click.Choice(["continue", "stop", "fail-fast"]),
    help="After a failure: run what doesn't need it, start nothing more, or end what runs too.  [default: continue]",
)
@click.option(
    "--isolation", type=click.Choice(["fork", "full"]), help="A step's process: forked, or a new interpreter."
)
@click.option("--plain", is_flag=True, help="Plain lines, on a terminal too.")
@click.option("--no-output", is_flag=True, help="Don't show what steps print; the store keeps it.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How progress is written.")
def command(
    build_dir: Path | None, settings: Any, python: str | None, run_name: str | None, executor: str | None, **given: Any
) -> None:
    """Compile FILE for the local runner and make its runs, one after the other, up to the first that fails.

    FILE:PIPELINE runs that pipeline once, as it stands.

    A parameter that compile-time code uses is compiled in; any other is given to the run.

    Exit codes: 0 completed, 1 a step or the compilation failed, 2 the call or the configuration is wrong, 3 the store
    or the network failed, 4 a step ran out of time; 129, 130 and 143 ended by a closed terminal, Ctrl-C and SIGTERM.
    """
    flags = {key: given.pop(key) for key in _FLAGS}
    flags["run"] = run_name
    if executor is not None:  # images and what is told of resources depend on it
        settings = (*settings, ("local.executor", executor))
    session = Session(**given, running=True)
    runs: list[_Run] = []
    with session.reporting():
        runs = _compile(session, settings, build_dir)
        _for_one_run(session, flags, runs)
    commands = [[python or sys.executable, str(run.script), *_arguments(flags), *run.values] for run in runs]
    for run, words in zip(runs[:-1], commands, strict=False):
        _go_on(run, launching.wait(words).code)
    if not runs[-1].caught:
        launching.become(commands[-1])
    _go_on(runs[-1], launching.wait(commands[-1]).code)


class _Run(NamedTuple):
    """A run of the program: its script, the parameters that it is given, whether the program goes on if it fails."""

    script: Path
    values: list[str]
    caught: bool
    steps: frozenset[str]  # ids of invocations


def _go_on(run: _Run, code: int) -> None:
    """End with the failure of a run, unless the program goes on there."""
    if code and not (run.caught and code in _FAILED):
        sys.exit(code)


def _for_one_run(session: Session, flags: Mapping[str, Any], runs: list[_Run]) -> None:
    """What is said of one run can't be meant for two of one name; a step is meant where all have it, or none."""
    twice = len({run.script for run in runs}) < len(runs)
    for name in ("run", "resume") if twice else ():
        if flags[name]:
            _refuse(session, f"--{name}", "of one name")
    for name in ("only", "from_"):
        for step in flags[name]:
            if len({step in run.steps for run in runs}) > 1:
                _refuse(session, f"--{name.rstrip('_')} {step}", "of which not all have this step")


def _refuse(session: Session, option: str, which: str) -> None:
    message = f"`{option}` is meant for one run, and the program makes several {which}"
    helps = f"name the pipeline to run it once, as it stands: `{session.path}:NAME`"
    session.usage("ZC0016", message, helps=(helps,))


def _compile(session: Session, settings: Any, build_dir: Path | None) -> list[_Run]:
    """The runs of the program, in order."""
    from zencompile.cli import job

    for key, _ in settings:
        if key.partition(".")[0] not in ("local", "docker"):
            session.usage(
                "ZC0008", f"`--set {key}=…` sets nothing here", helps=("a local run takes `local.…` and `docker.…`",)
            )
    output = build_dir / "local" if build_dir else None
    homes: list[Path] = []

    def place(root: Path) -> Path:
        homes.append(root / ".zencompile")
        return launching.build(homes[-1], *_beside_the_file(session, settings))

    result = job.compile_for(session, "local", settings, output, build_dir, own=place)
    later = run_values(dict(session.parameters), result.pipelines)
    if later:  # the scripts are the same whatever a run is given
        session.parameters = tuple(pair for pair in session.parameters if pair[0] not in later)
        session.report.diagnostics.clear()
        result = job.compile_for(session, "local", settings, output, build_dir, own=place)
    launching.leave_out(session.report, result)
    home = homes[-1] if homes else result.folders.build / ".zencompile"
    launching.write(result, session, home, () if build_dir else "name a folder with --build-dir, and one with --store")
    pipelines = {pipeline.name: pipeline for pipeline in result.pipelines}
    runs = []
    for name, caught in session.runs:
        (script,) = result.deployed(name)
        mine = [f"{p.name}={later[p.name]}" for p in pipelines[name].parameters if p.name in later]
        words = [word for pair in mine for word in ("--param", pair)]
        steps = frozenset(invocation.id for invocation in pipelines[name].invocations)
        runs.append(_Run(result.folders.output / script, words, caught, steps))
    return runs


def _beside_the_file(session: Session, settings: Any) -> list[str]:
    """What of the call decides what is compiled, besides the file."""
    options = (session.parameters, session.environment, session.config, session.arguments, session.profile, settings)
    return [repr(options), session.frontend] if any(options) or session.frontend != "static" else []


def run_values(given: Mapping[str, str], pipelines: Iterable[Any]) -> dict[str, str]:
    """Those of the given parameters that no compile-time code uses: a run takes them."""
    known = [parameter for pipeline in pipelines for parameter in pipeline.parameters]
    free = {p.name for p in known if p.bound == "runtime"} - {p.name for p in known if p.bound != "runtime"}
    return {name: text for name, text in given.items() if name in free}


def _arguments(flags: dict[str, Any]) -> list[str]:
    words = []
    for name, value in flags.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(flag)
        elif isinstance(value, tuple):
            words += [word for item in value for word in (flag, item)]
        elif value is not None and value is not False:
            words += [flag, str(value)]
    return words
