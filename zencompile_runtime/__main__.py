"""The command: `python -m zencompile_runtime step MODULE:FUNCTION …`; see `spec` for
its flags, `errors` for its exit codes.

`count` takes the same arguments and prints how many elements a mapped step has, as JSON [0, 1, …] for the engine to map
over. `chain` runs several steps, see `chain`. `hooks` takes them when the engine has given the step up, and calls what
it owes: see `owed`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from zencompile_runtime.errors import EXIT_CODES, Fault
from zencompile_runtime.importing import pinned
from zencompile_runtime.spec import StepSpec

USAGE = "usage: python -m zencompile_runtime step MODULE:FUNCTION --id=ID --pipeline=NS/NAME --run=RUN --store=URL …"


def main(argv: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    if not argv or argv[0] not in ("step", "count", "hooks", "chain"):
        print(USAGE, file=sys.stderr)
        return EXIT_CODES["configuration"]
    with pinned():
        try:
            if argv[0] == "chain":
                from zencompile_runtime import chain

                return chain.run(chain.Chain.from_argv(argv[1:]))
            spec = StepSpec.from_argv(argv[1:])
            if argv[0] == "count":
                return _count(spec)
            if argv[0] == "hooks":
                return _hooks(spec)
        except Fault as error:
            print(f"error: {error.message}", file=sys.stderr)
            if error.help:
                print(f"help: {error.help}", file=sys.stderr)
            return EXIT_CODES[error.kind]
        return _step(spec)


def _step(spec: StepSpec) -> int:
    from zencompile_runtime import signals, timeouts
    from zencompile_runtime.names.finder import python_path
    from zencompile_runtime.step import run_step

    os.environ["PYTHONPATH"] = python_path(os.environ.get("PYTHONPATH"))
    timeouts.hard = True
    signals.answer(signal.SIGTERM, _end)
    if spec.executor_input is not None:
        from zencompile_runtime.kubeflow import run_step as run_on_kubeflow

        result = run_on_kubeflow(spec)
    else:
        result = run_step(spec)
    for note in result.notes:
        print(f"note: step `{spec.id}`: {note}", file=sys.stderr)
    if result.failure is not None:
        print(result.failure.render(spec.id), file=sys.stderr)
    elif result.status == "cached":
        print(f"step `{spec.id}`: taken from the cache", file=sys.stderr)
    return result.exit_code


def _count(spec: StepSpec) -> int:
    from zencompile_runtime.inputs import Resolver, count_of, mapped_lengths
    from zencompile_runtime.store import open as open_store

    lengths = mapped_lengths(Resolver(spec, open_store(spec.store), {}))
    print(list(range(count_of(lengths, spec.product))))
    return 0


def _hooks(spec: StepSpec) -> int:
    from zencompile_runtime import owed
    from zencompile_runtime.names.finder import python_path

    os.environ["PYTHONPATH"] = python_path(os.environ.get("PYTHONPATH"))
    notes = owed.call(spec)
    for note in notes:
        print(f"error: step `{spec.id}`: {note}", file=sys.stderr)
    return EXIT_CODES["user"] if notes else 0


def _end(*_: object) -> NoReturn:
    from zencompile_runtime.signals import AskedToEnd

    raise AskedToEnd


def _fixed_hashes() -> None:
    """Hash seeds are random unless the environment says otherwise; sets then come out in another order each time."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


if __name__ == "__main__":
    _fixed_hashes()
    from zencompile_runtime import intact

    intact.keep()
    sys.exit(main(sys.argv[1:]))
