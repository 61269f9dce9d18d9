"""Slurm's own commands, and what they say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault

SECONDS = 60  # that a command may take: controllers are slow when they are busy

# https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES
WAITING = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD"})
RUNNING = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING"})


@dataclass(frozen=True)
class Status:
    """What Slurm says of a job: its state, why it waits, how it ended (`signal` is 0 for none)."""

    state: str
    reason: str = ""
    code: int = 0
    signal: int = 0

    @property
    def over(self) -> bool:
        """Whether it has come to an end."""
        return self.state not in WAITING and self.state not in RUNNING


def submit(arguments: Sequence[str], script: str) -> str:
    """Queue a script; the job's id."""
    said = call(["sbatch", "--parsable", *arguments], script, "Slurm doesn't take the job")
    return said.strip().split(";")[0]  # ID;CLUSTER


def queue(ids: Iterable[str]) -> dict[str, Status]:
    """Those of the jobs that Slurm has in its queue."""
    wanted = set(ids)
    said = call(["squeue", "--me", "--noheader", "--states=all", "--format=%i|%T|%r"])
    found = {}
    for line in said.splitlines():
        id, state, reason = (*line.strip().split("|", 2), "", "")[:3]
        if id in wanted:
            found[id] = Status(state.split()[0] if state else "", reason)
    return found


def accounts(ids: Iterable[str]) -> dict[str, Status]:
    """What the accounts say of jobs; nothing where a cluster keeps none."""
    command = ["sacct", "--parsable2", "--noheader", "--allocations", "--format=JobIDRaw,State,ExitCode"]
    try:
        said = call([*command, f"--jobs={','.join(ids)}"])
    except (InfrastructureFault, ConfigurationFault):
        return {}
    found = {}
    for line in said.splitlines():
        id, state, ended = (*line.split("|"), "", "")[:3]
        code, _, signal = ended.partition(":")
        word = state.split()[0] if state else ""  # "CANCELLED by 1000"
        found[id] = Status(word, "", int(code or 0), int(signal or 0))
    return found


def cancel(ids: Sequence[str], at_once: bool = False) -> None:
    """End jobs; at once: without a word."""
    if ids:
        call(["scancel", *(["--signal=KILL", "--full"] if at_once else []), *ids])


def of_runners() -> Mapping[str, str]:
    """The comments of this user's jobs that wait or run, by id."""
    said = call(["squeue", "--me", "--noheader", "--format=%i|%k"])
    pairs = (line.strip().partition("|") for line in said.splitlines())
    return {id: comment for id, _, comment in pairs if comment}


def call(command: Sequence[str], text: str = "", failed: str = "") -> str:
    """What a command says; its failure is a fault. It has a session of its own, for Ctrl-C and a terminal that closes
    are for us to answer: an `sbatch` that they end may have queued its job already, and nobody would know which it is.
    """
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ConfigurationFault(
            f"the executor `slurm` needs Slurm's command {command[0]}, which isn't on the path",
            help="run where jobs are submitted from: a login node",
        ) from None
    except subprocess.TimeoutExpired:
        raise InfrastructureFault(f"{command[0]} gave no answer in {SECONDS} s") from None
    if done.returncode:
        words = " ".join(done.stderr.split())[:500] or f"exit code {done.returncode}"
        kind = ConfigurationFault if failed else InfrastructureFault
        raise kind(f"{failed or f'{command[0]} failed'}: {words}")
    return done.stdout
