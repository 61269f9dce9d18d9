"""`zencompile run`: compile for the local runner and run, at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from zencompile.cli import options
from zencompile.cli.session import Session


@click.command("run", context_settings={"ignore_unknown_options": True})
@options.reading
@click.option("--build-dir", type=click.Path(path_type=Path), help="The folder for what is compiled.  [default: build]")
@click.option("--set", "settings", multiple=True, type=options.Pair(), help="An option of the local target.")
@click.option("--python", help="The Python that runs the steps.  [default: this one]")
@click.option("--store", help="Where artifacts live.  [default: .zencompile/store in the project]")
@click.option("--jobs", "-j", type=int, help="How many steps at once.  [default: one a processor]")
@click.option(
    "--in-process", is_flag=True, help="Run every step in one process, one after the other; breakpoints work."
)
@click.option("--only", multiple=True, metavar="STEP", help="Run this step alone, on what an earlier run made.")
@click.option("--from", "from_", multiple=True, metavar="STEP", help="Run this step and what follows from it.")
@click.option("--no-cache", is_flag=True, help="Run every step, whatever the cache holds.")
@click.option("--resume", metavar="RUN", help="Go on with an earlier run.")
@click.option("--run", "run_name", metavar="NAME", help="A name for this run.")
@click.option("--mode", type=click.Choice(["continue", "stop", "fail-fast"]), help="What happens after a failure.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How progress is written.")
def command(build_dir: Path | None, settings: Any, python: str | None, run_name: str | None, **given: Any) -> None:
    """Compile the pipelines of FILE for the local runner and run them, one after the other."""
    flags = {
        key: given.pop(key)
        for key in ("store", "jobs", "in_process", "only", "from_", "no_cache", "resume", "mode", "log_format")
    }
    flags["run"] = run_name
    session = Session(**given)
    scripts: list[Path] = []
    with session.reporting():
        scripts = _compile(session, settings, build_dir)
    for script in scripts:
        code = _run([python or sys.executable, str(script), *_arguments(flags)])
        if code:
            sys.exit(code)


def _compile(session: Session, settings: Any, build_dir: Path | None) -> list[Path]:
    from zencompile import output
    from zencompile.cli import job

    result = job.compile_for(session, "local", settings, None, build_dir)
    try:
        output.write(result.staged())
    except output.OutputError as error:
        session.report.error("ZC0006", f"`{error.path}` can't be written: {error.reason}")
        session.report.check()
    return [result.folders.output / path for path in sorted(result.files.deployed)]


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


def _run(command_line: list[str]) -> int:
    """Run the script in this terminal. Ctrl-C reaches it too: it ends its children, and we wait for that."""
    with subprocess.Popen(command_line) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
