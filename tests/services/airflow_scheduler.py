"""A whole Airflow: scheduler, DAG processor and REST API as processes of their own, on this machine alone.

    with airflow_scheduler.start(python, home, dags) as airflow:
        run = airflow.trigger("digits", n=5)
        airflow.wait("digits", run)

Airflow 3 runs tasks by its LocalExecutor. Airflow 2 allows SQLite only one task at a time (`SequentialExecutor`).
Processes are ended by the ids of the sessions that they were started in: Airflow leaves children behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 240  # seconds, on a machine that others use, too
ENDED = ("success", "failed")
_SETTINGS = {
    "API__HOST": "127.0.0.1",
    "API__WORKERS": "1",
    "API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__FERNET_KEY": "",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__PARALLELISM": "4",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "LOGGING__LOGGING_LEVEL": "WARNING",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "SCHEDULER__PARSING_PROCESSES": "1",
    "WEBSERVER__WORKERS": "1",
    "WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
}
COMPONENTS = {2: ("scheduler", "webserver"), 3: ("api-server", "scheduler", "dag-processor")}


class Refused(Exception):
    """The API answered with an error; `status` is its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


@dataclass
class Running:
    """An Airflow that runs."""

    major: int
    url: str
    home: Path
    command: list[str]
    environment: dict[str, str]
    token: str = ""
    _number: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers. Raises `Refused`.

        A server whose SQLite another component has locked answers 500; it is asked again, and what is there
        by then has been done.
        """
        for attempt in range(6):
            try:
                return self._ask(method, path, body)
            except Refused as refused:
                if attempt and refused.status == 409:
                    return None
                if refused.status < 500 or attempt == 5:
                    raise
            time.sleep(1)
        return None

    def _ask(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()[:1000]) from None

    def trigger(self, dag: str, **conf: object) -> str:
        """Start a run with these parameters; its id."""
        run = f"manual_{next(self._number)}"
        body = {"dag_run_id": run, "conf": conf, **({"logical_date": None} if self.major == 3 else {})}
        self.call("POST", f"/dags/{dag}/dagRuns", body)
        return run

    def state(self, dag: str, run: str) -> str:
        """The state of a run."""
        found: str = self.call("GET", f"/dags/{dag}/dagRuns/{run}")["state"]
        return found

    def wait(self, dag: str, run: str) -> str:
        """The state in which a run ends."""
        until(lambda: self.state(dag, run) in ENDED, f"the run {run} to end", self)
        return self.state(dag, run)

    def tasks(self, dag: str, run: str) -> dict[str, tuple[str, int]]:
        """The state and the number of attempts of each task."""
        listed = self.call("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {one["task_id"]: (one["state"], one["try_number"]) for one in listed}

    def pause(self, dag: str, paused: bool) -> None:
        """Let no run of a DAG go on, or all of them."""
        self.call("PATCH", f"/dags/{dag}", {"is_paused": paused})

    def clear(self, dag: str, run: str, task: str) -> None:
        """Let a task of an ended run, and all that follow it, run again."""
        options = {"dry_run": False, "only_failed": False, "include_downstream": True, "reset_dag_runs": True}
        self.call("POST", f"/dags/{dag}/clearTaskInstances", {"dag_run_id": run, "task_ids": [task], **options})

    def backfill(self, dag: str, first: str, last: str) -> list[str]:
        """Make up for the runs between two days: the ids of the runs, when two have ended."""
        if self.major == 3:
            body = {"dag_id": dag, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z"}
            more = {"run_backwards": False, "dag_run_conf": {}, "reprocess_behavior": "none", "max_active_runs": 2}
            self.call("POST", "/backfills", {**body, **more})
        else:
            words = ["dags", "backfill", dag, "--start-date", first, "--end-date", last]
            subprocess.run([*self.command, *words], env=self.environment, capture_output=True, check=True)
        until(lambda: len(self._backfilled(dag)) > 1, "the backfill to end", self)
        return self._backfilled(dag)

    def _backfilled(self, dag: str) -> list[str]:
        runs = self.call("GET", f"/dags/{dag}/dagRuns")["dag_runs"]
        return [r["dag_run_id"] for r in runs if r["run_type"] == "backfill" and r["state"] in ENDED]

    def logs(self) -> str:
        """The ends of what the components said."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-2500:]}" for log in sorted(self.home.glob("*.log")))


def until(true: Callable[[], bool], what: str, airflow: Running | None = None) -> None:
    """Wait for something to be true; what keeps it from being so is an AssertionError with all logs."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, Refused):
            if true():
                return
        time.sleep(0.3)
    raise AssertionError(f"waited {PATIENCE} s for {what}\n{airflow.logs() if airflow else ''}")


@contextlib.contextmanager
def start(python: Path, home: Path, dags: Path, major: int) -> Iterator[Running]:
    """An Airflow with the DAGs of a folder; it has ended when the block has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    prefix = "/api/v2" if major == 3 else "/api/v1"
    environment = _environment(python, home, dags, port, major)
    command = [str(python.with_name("airflow"))]
    migrated = subprocess.run([*command, "db", "migrate"], env=environment, capture_output=True, text=True, check=False)
    assert migrated.returncode == 0, migrated.stderr[-3000:]
    with contextlib.closing(sqlite3.connect(home / "airflow.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")  # who reads doesn't lock those out who write
    airflow = Running(major, f"http://127.0.0.1:{port}{prefix}", home, command, environment)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for component in COMPONENTS[major]:
            with (home / f"{component}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        [*command, component],
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
        if major == 3:
            until(lambda: bool(_token(airflow, port)), "the API server", airflow)
        wanted = {path.stem for path in dags.glob("*.py")}
        listed = lambda: {one["dag_id"] for one in airflow.call("GET", "/dags")["dags"]}  # noqa: E731
        until(lambda: wanted <= listed(), "the DAGs to be read", airflow)
        yield airflow
    finally:
        _end([process.pid for process in started])
        for process in started:
            process.wait()


def _environment(python: Path, home: Path, dags: Path, port: int, major: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    own = {
        "API__PORT": str(port),
        "API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "CORE__DAGS_FOLDER": str(dags),
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "CORE__EXECUTOR": "LocalExecutor" if major == 3 else "SequentialExecutor",
        "WEBSERVER__SECRET_KEY": secrets.token_hex(16),
        "WEBSERVER__WEB_SERVER_PORT": str(port),
    }
    if major == 2:  # nobody signs in
        (home / "webserver_config.py").write_text('AUTH_ROLE_PUBLIC = "Admin"\nWTF_CSRF_ENABLED = False\n')
    settings = {f"AIRFLOW__{name}": value for name, value in {**_SETTINGS, **own}.items()}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, **settings, "AIRFLOW_HOME": str(home), "PATH": path, "PYTHONWARNINGS": "ignore"}


def _token(airflow: Running, port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/auth/token", timeout=10) as answer:
        airflow.token = json.loads(answer.read())["access_token"]
    return airflow.token


def _end(sessions: list[int]) -> None:
    """End every process of these sessions: asked first, then killed."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(20 if sign == signal.SIGTERM else 1):
            left = [pid for pid in _processes() if _session(pid) in sessions]
            if not left:
                return
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
            time.sleep(0.2)


def _processes() -> list[int]:
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]


def _session(pid: int) -> int | None:
    """The session of a process that lives; None for one that is only waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return os.getsid(pid) if state != "Z" else None
    except (OSError, IndexError):
        return None
