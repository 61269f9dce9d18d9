"""Real PostgreSQL and MariaDB servers from Debian's packages, on loopback, with their data in a folder of the test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engines import Unavailable, run

PACKAGES = {"postgresql": "postgresql", "mariadb": "mariadb-server"}


def require(package: str, found: bool, install: bool) -> None:
    """Install a server if that is wanted and possible; else it is unavailable."""
    if found:
        return
    if not install or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable(f"{package} is not installed")
    run("apt-get", "update", "--quiet=2")
    run("apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", PACKAGES[package])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql(install: bool = False) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    require("postgresql", bool(_postgresql_bin()), install)
    binaries = _postgresql_bin()
    if binaries is None:
        raise Unavailable("postgresql has no server here")
    port = free_port()
    with _data("postgres") as (folder, user):
        data = folder / "data"
        prepare = [*user, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "zencompile"]
        subprocess.run(prepare, check=True, capture_output=True, cwd="/")
        listen = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        with _server(
            [*user, str(binaries / "postgres"), "-D", str(data), *listen], port, signal.SIGINT
        ):  # open connections don't wait
            yield f"postgresql+psycopg://zencompile@127.0.0.1:{port}/postgres"


def _postgresql_bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found else None


@contextmanager
def mariadb(install: bool = False) -> Iterator[str]:
    """The URL of a fresh MariaDB database."""
    require("mariadb", shutil.which("mariadb-install-db") is not None, install)
    port = free_port()
    with _data("mysql") as (folder, user):
        common = ["--no-defaults", f"--datadir={folder / 'data'}"]
        prepare = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([*user, *prepare], check=True, capture_output=True, cwd="/")
        server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        socket_file = folder / "socket"
        listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={socket_file}", f"--pid-file={folder}/pid"]
        with _server([*user, server, *common, *listen], port):
            words = ["mariadb", "--no-defaults", f"--socket={socket_file}", "-u", "root"]
            subprocess.run([*words, "-e", "create database zencompile"], check=True, capture_output=True)
            yield f"mysql+pymysql://root@127.0.0.1:{port}/zencompile"


@contextmanager
def _data(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder for a server's data, and the words that run a command as its user: servers refuse to run as root.

    It lies directly below the temporary folder, for a test's own folder lets no other user in.
    """
    with tempfile.TemporaryDirectory(prefix="zencompile-db-") as name:
        folder = Path(name)
        if os.geteuid() != 0:
            yield folder, []
            return
        shutil.chown(folder, user, user)
        yield folder, ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@contextmanager
def _server(words: list[str], port: int, ending: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """Run a server until the block is left; it answers on `port` when the block starts. `ending` is how it is ended."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        try:
            for _ in range(300):
                if process.poll() is not None:
                    log.seek(0)
                    raise Unavailable(f"{words[-1]} ended: {log.read().decode()[-500:]}")
                if _answers(port):
                    break
                time.sleep(0.1)
            else:
                raise Unavailable(f"nothing answers on port {port}")
            yield
        finally:
            process.send_signal(ending)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
