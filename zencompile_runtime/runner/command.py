"""The command line of a generated script: `main(PIPELINE)`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from zencompile_runtime.errors import EXIT_CODES, Fault
from zencompile_runtime.runner.executors import NAMES
from zencompile_runtime.runner.options import Options, project_of, store_of
from zencompile_runtime.runner.plan import REQUIRED, Pipeline
from zencompile_runtime.runner.workers import starting

MODES = {"continue": "continue_on_failure", "stop": "stop_on_failure", "fail-fast": "fail_fast"}
_EPILOGUE = """exit codes: 0 completed, 1 a step failed, 2 wrong flags or configuration,
3 the store or the network failed, 4 a step ran out of time, 129, 130 and 143 ended by
a closed terminal, Ctrl-C and SIGTERM"""


class _Parser(argparse.ArgumentParser):
    """Errors in one line, and where help is."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"error: {message}\nhelp: {self.prog} --help lists the flags\n")
        sys.exit(EXIT_CODES["configuration"])


def main(plan: Pipeline, argv: Sequence[str] | None = None) -> int:
    """Run the pipeline as the arguments say; the exit code. What is wrong is said in one line, with a remedy."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    flags = vars(_parser(plan).parse_args(arguments))
    if flags["list"]:
        _list(plan)
        return 0
    if "ZENCOMPILE_CALLER" in os.environ:
        from zencompile_runtime.runner.workers import lineage

        lineage.end_with_caller()
    try:
        return _run(plan, flags, script=argv is None)
    except Fault as fault:
        sys.stderr.write(f"error: {fault.message}\n" + (f"help: {fault.help}\n" if fault.help else ""))
        return EXIT_CODES[fault.kind]
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        if os.environ.get("ZENCOMPILE_DEBUG"):
            raise
        return _internal(error)


def _run(plan: Pipeline, flags: dict[str, Any], script: bool) -> int:
    given = dict(flags["param"])
    for param in plan.parameters:
        text = flags.get(_destination(param.name))
        if text is not None:
            given[param.name] = text
    executor = "in-process" if flags["in_process"] else flags["executor"]
    if script and (executor or plan.executor) == "in-process":
        _fix_hashes()
    options = Options(
        parameters=given,
        jobs=flags["jobs"],
        executor=executor,
        cluster=flags["cluster"],
        isolation=flags["isolation"],
        mode=MODES[flags["mode"]] if flags["mode"] else None,
        only=tuple(flags["only"]),
        start_from=tuple(flags["from"]),
        cache=not flags["no_cache"],
        resume=flags["resume"],
        run=flags["run"],
        store=flags["store"],
        log_format=flags["log_format"],
        live=not flags["plain"],
        output=not flags["no_output"],
        called=flags["result"] is not None,
    )
    if _will_fork(plan, options):
        starting.ahead(project_of(plan))
    try:
        from zencompile_runtime.runner.run import execute_plan

        result = execute_plan(plan, options)
    finally:
        starting.drop()
    if flags["result"] is not None:
        _tell(flags["result"], result.run, result.store.url)
    return result.exit_code


def _will_fork(plan: Pipeline, options: Options) -> bool:
    """Whether a server will fork steps for certain, as it does where no cache can spare all of them. Hooks of the run
    need one that knows more.
    """
    kind, isolation = options.executor or plan.executor, options.isolation or plan.isolation
    if kind != "process" or isolation not in (None, "fork") or not sys.platform.startswith("linux"):
        return False
    if plan.on_init or plan.on_cleanup or plan.variables or options.resume or not plan.steps:
        return False
    store = store_of(plan, project_of(plan), options.store)
    return not options.cache or ("://" not in store and not Path(store, "cache").exists())


def _internal(error: Exception) -> int:
    """A bug of ours: said in two lines, with the traceback for those who ask."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    sys.stderr.write(f"error: the runner itself failed: {type(error).__name__}: {error}{where}\n")
    sys.stderr.write("help: this is a bug of zencompile; ZENCOMPILE_DEBUG=1 shows the whole traceback, for a report\n")
    return EXIT_CODES["infrastructure"]


def _tell(file: str, run: str, store: str) -> None:
    """Tell the program that started us which run this was and where it lies."""
    Path(file).write_text(json.dumps({"run": run, "store": store}), "utf-8")


def _parser(plan: Pipeline) -> _Parser:
    parser = _Parser(
        description=plan.description or f"Run the pipeline {plan.name}.",
        epilog=_EPILOGUE,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--param", "-p", action="append", type=_pair, default=[], metavar="K=V", help="a parameter: JSON, or else text")
    add("--jobs", "-j", type=_jobs, metavar="N", help="how many steps at once (default: one a processor)")
    add("--in-process", action="store_true", help="run the steps one by one in this process, so that breakpoints work")
    add("--executor", metavar="NAME", help=f"what runs the steps: {', '.join(NAMES)}")
    add("--cluster", metavar="ADDRESS", help="where the executor's engine is (dask, ray)")
    add(
        "--isolation", choices=("fork", "full"), help="a step's process: forked (default on Linux) or a new interpreter"
    )
    add("--only", action="append", default=[], metavar="STEP", help="run this step alone, on what an earlier run made")
    add("--from", action="append", default=[], metavar="STEP", help="run this step and all that follows from it")
    add("--no-cache", action="store_true", help="run every step, whatever the cache holds")
    add("--resume", metavar="RUN", help='go on with an earlier run, by its id or name; "latest" is the last one')
    add("--run", metavar="NAME", help="the id of the new run (default: made of the time)")
    add("--store", metavar="URL", help="a folder or URL for the artifacts (default: .zencompile/store in the project)")
    add("--mode", choices=tuple(MODES), help="what happens after a failure: go on, start nothing more, end all at once")
    add("--log-format", choices=("text", "json"), default="text", help="how progress is written")
    add("--plain", action="store_true", help="plain lines, on a terminal too")
    add("--no-output", action="store_true", help="don't show what steps print; the store keeps it")
    add("--result", metavar="FILE", help=argparse.SUPPRESS)
    add("--list", action="store_true", help="list the steps and the parameters, and do nothing")
    _add_parameters(parser, plan)
    return parser


def _add_parameters(parser: _Parser, plan: Pipeline) -> None:
    """A flag for each parameter that can be given and whose name is not taken by a flag of ours."""
    group = parser.add_argument_group("parameters of the pipeline")
    taken = set(parser._option_string_actions)
    for param in plan.parameters:
        flag = f"--{param.name.replace('_', '-')}"
        if flag in taken or param.fixed is not REQUIRED:
            continue
        taken.add(flag)
        annotation = getattr(param.annotation, "__name__", str(param.annotation))
        default = "required" if param.default is REQUIRED else f"default: {param.default!r}"
        help = f"{'' if annotation == 'Any' else annotation + ', '}{default}".replace("%", "%%")
        group.add_argument(flag, dest=_destination(param.name), metavar="V", help=help)


def _destination(name: str) -> str:
    return f"parameter {name}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} should read NAME=VALUE")
    return name, value


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _list(plan: Pipeline) -> None:
    print(plan.name + (f": {plan.description}" if plan.description else ""))
    for param in plan.parameters:
        if param.fixed is not REQUIRED:
            print(f"  parameter {param.name} = {param.fixed!r}, fixed when compiled")
        else:
            print(f"  parameter {param.name}" + ("" if param.default is REQUIRED else f" = {param.default!r}"))
    from zencompile_runtime.runner.graph import Graph

    graph = Graph(plan)
    for step in plan.steps:
        upstream = ", ".join(sorted(graph.nodes[step.id].upstream))
        print(f"  {step.id}  {step.entrypoint}" + (f"  after {upstream}" if upstream else ""))


def _fix_hashes() -> None:
    """Begin again with fixed hash seeds, which every step's process has, and with what marks all that the steps start;
    not under a debugger, which would lose us.
    """
    from zencompile_runtime.runner.workers import watcher

    mine = watcher.token()
    fixed = os.environ.get("PYTHONHASHSEED") == "0" and watcher.bears(mine, os.environ)
    if fixed or sys.gettrace() is not None or watcher.debugged():
        return
    os.environ["PYTHONHASHSEED"] = "0"
    watcher.mark(mine, os.environ)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
