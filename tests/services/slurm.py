"""A stand-in for Slurm's commands, for none can run here: jobs are processes of this machine, a folder is the queue.

    python slurm.py FOLDER      writes sbatch, squeue, sacct and scancel into FOLDER, to be put on the path

It knows what the executor uses: `sbatch --parsable` with a script as its input, `squeue --format` with %i, %T, %r and
%k, `sacct --parsable2`, `scancel`. `SLURM_STAND_IN` may hold faults: `no-accounts`, `hold` (jobs wait for ever, for
BadConstraints), `node-fail` (the first job is lost with its node), `slow` (`sbatch` answers two seconds after its job
has begun), `no-answer` (it dies then).
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

FAULTS = os.environ.get("SLURM_STAND_IN", "").split()


def install(folder: Path) -> None:
    """Write the commands."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sbatch", "squeue", "sacct", "scancel"):
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} {folder} {name} "$@"\n')
        command.chmod(0o755)


class Queue:
    """Jobs as files: `ID.json` says what is known, `ID.done` how it ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "queue"
        self.folder.mkdir(exist_ok=True)

    def jobs(self) -> dict[str, dict]:
        found = {}
        for path in sorted(self.folder.glob("*.json"), key=lambda one: int(one.stem)):
            found[path.stem] = job = json.loads(path.read_text())
            done = path.with_suffix(".done")
            if done.exists() and job["state"] in ("RUNNING", "PENDING"):
                job.update(json.loads(done.read_text()))
        return found

    def sbatch(self, arguments: list[str], script: str) -> None:
        options = dict(one.removeprefix("--").partition("=")[::2] for one in arguments)
        if options.get("partition") == "nowhere":
            sys.exit("sbatch: error: invalid partition specified: nowhere")
        if int(options.get("cpus-per-task", 1)) > 64:
            sys.exit("sbatch: error: Batch job submission failed: Requested node configuration is not available")
        number = next(n for n in range(len(list(self.folder.glob("*.json"))) + 1, 1 << 30) if self._claim(n))
        job = {"state": "PENDING", "reason": "Priority", "code": 0, "signal": 0, **options, "script": script}
        if "hold" in FAULTS:
            job["reason"] = "BadConstraints"
        else:
            watcher = subprocess.Popen(
                [sys.executable, __file__, str(self.folder.parent), "watch", str(number)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            job.update(state="RUNNING", reason="None", watcher=watcher.pid)
        self._write(number, job)
        if "slow" in FAULTS:
            time.sleep(2)
        if "no-answer" in FAULTS:
            os.kill(os.getpid(), signal.SIGKILL)
        print(number)

    def _claim(self, number: int) -> bool:
        try:
            os.close(os.open(self.folder / f"{number}.claim", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def _write(self, number: int | str, job: dict) -> None:
        path = self.folder / f"{number}.json"
        path.with_suffix(".new").write_text(json.dumps(job))
        path.with_suffix(".new").rename(path)

    def watch(self, number: str) -> None:
        """Run the script of a job, in a process beside."""
        path = self.folder / f"{number}.json"
        while not path.exists():
            time.sleep(0.01)
        job = json.loads(path.read_text())
        with Path(job["output"]).open("ab") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-s"], stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=job["chdir"],
                start_new_session=True, text=True,
            )  # fmt: skip
        (self.folder / f"{number}.pid").write_text(str(process.pid))
        assert process.stdin is not None
        process.stdin.write(job["script"])
        process.stdin.close()
        if "node-fail" in FAULTS and number == "1":
            while not (Path(job["chdir"]) / "told").read_text().strip():  # where the step says that it has begun
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._done(number, {"state": "NODE_FAIL", "code": 0, "signal": 0})
            return
        try:
            code = process.wait(60 * int(job["time"]) if "time" in job else None)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            self._done(number, {"state": "TIMEOUT", "code": 0, "signal": 15})
            return
        state = (
            "COMPLETED" if code == 0 else "CANCELLED" if (self.folder / f"{number}.cancelled").exists() else "FAILED"
        )
        self._done(number, {"state": state, "code": max(code, 0), "signal": max(-code, 0)})

    def _done(self, number: str, status: dict) -> None:
        path = self.folder / f"{number}.done"
        path.with_suffix(".ending").write_text(json.dumps(status))
        path.with_suffix(".ending").rename(path)

    def squeue(self, form: str) -> None:
        for id, job in self.jobs().items():
            over = job["state"] not in ("RUNNING", "PENDING")
            if over and "%T" not in form:
                continue
            fields = {"%i": id, "%T": job["state"], "%r": job.get("reason", "None"), "%k": job.get("comment", "")}
            print(re.sub("%.", lambda found, fields=fields: fields[found[0]], form))

    def sacct(self, ids: list[str]) -> None:
        if "no-accounts" in FAULTS:
            sys.exit("sacct: error: Slurm accounting storage is disabled")
        for id, job in self.jobs().items():
            if id in ids:
                print(f"{id}|{job['state']}|{job['code']}:{job['signal']}")

    def scancel(self, ids: list[str], at_once: bool) -> None:
        for id in ids:
            job = self.jobs().get(id)
            if job is None or job["state"] not in ("RUNNING", "PENDING"):
                continue
            (self.folder / f"{id}.cancelled").touch()
            if "watcher" not in job:
                self._done(id, {"state": "CANCELLED", "code": 0, "signal": 0})
                continue
            pid = self.folder / f"{id}.pid"
            while not pid.exists():
                time.sleep(0.01)
            try:
                os.killpg(int(pid.read_text()), signal.SIGKILL if at_once else signal.SIGTERM)
            except ProcessLookupError:
                continue


def main(arguments: list[str]) -> None:
    if len(arguments) == 1:
        install(Path(arguments[0]).resolve())
        return
    queue, name, rest = Queue(Path(arguments[0])), arguments[1], arguments[2:]
    flags = [one for one in rest if one.startswith("--")]
    if name == "sbatch":
        queue.sbatch(flags, sys.stdin.read())
    elif name == "squeue":
        queue.squeue(next(one for one in flags if one.startswith("--format=")).partition("=")[2])
    elif name == "sacct":
        queue.sacct(next(one for one in flags if one.startswith("--jobs=")).partition("=")[2].split(","))
    elif name == "scancel":
        queue.scancel([one for one in rest if not one.startswith("--")], "--signal=KILL" in flags)
    else:
        queue.watch(rest[0])


if __name__ == "__main__":
    main(sys.argv[1:])
