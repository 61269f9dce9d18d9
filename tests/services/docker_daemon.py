"""A Docker daemon, a Python base image and a registry for the tests.

    python tests/services/docker_daemon.py up [--install]    prints what to export: DOCKER_HOST and others
    python tests/services/docker_daemon.py down [--keep]     stops what `up` started; --keep leaves images in place

`up` takes the daemon that the environment already offers. Where there is none it starts a private one, which needs
root and Debian packages (`--install` gets them with apt-get). Its state lies in `$ZENCOMPILE_DOCKER_DIR`. The base
image is made of Debian packages where no image registry can be reached. A second call finds the first one's daemon.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines import Unavailable, cache, locked, run, say

HERE = Path(__file__).parent
BASE_IMAGE = "python:3.11-slim-bookworm"
PACKAGES = {"dockerd": "docker.io", "runc": "runc", "docker-registry": "docker-registry", "mmdebstrap": "mmdebstrap"}
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Docker:
    """A daemon that answers. `registry` is "host:port" of one on loopback, or None where it can't be started."""

    host: str
    base_image: str
    registry: str | None


def up(install: bool = False) -> Docker:
    """A running daemon that has the base image. Raises `Unavailable` with the reason where there can't be one."""
    folder = state()
    with locked(folder / "lock"):
        offered = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        private = f"unix://{folder}/docker.sock"
        host = next((h for h in (offered, private) if answers(h)), None)
        if host is None:
            require_packages(install)
            host = start_daemon(folder, private)
        if not has_image(host, BASE_IMAGE):
            provide_base_image(host, install)
        return Docker(host, BASE_IMAGE, start_registry(folder))


def down(keep: bool = False) -> None:
    """Stop the private daemon and the registry by their process ids, and remove their state."""
    folder = state()
    host = f"unix://{folder}/docker.sock"
    if answers(host):
        running = docker(host, "ps", "--quiet").split()
        if running:
            docker(host, "kill", *running)
    for name in ("registry", "dockerd"):
        stop(folder / f"{name}.pid", folder)
    if keep:
        return
    unmount(folder)
    shutil.rmtree(folder, ignore_errors=True)


def state() -> Path:
    """The folder of the private daemon; short, for the path of a socket has at most 107 bytes."""
    folder = Path(os.environ.get("ZENCOMPILE_DOCKER_DIR") or f"/tmp/zencompile-docker-{os.getuid()}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def client() -> str:
    """The `docker` command that belongs to Debian's daemon, or any other."""
    found = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else shutil.which("docker")
    if found is None:
        raise Unavailable("the `docker` command is not installed")
    return found


def docker(host: str, *arguments: str) -> str:
    """What a `docker` command prints; `Unavailable` if it fails."""
    done = subprocess.run(
        [client(), *arguments], env={**os.environ, "DOCKER_HOST": host}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"`docker {' '.join(arguments)}` failed: {done.stderr.strip()[-800:]}")
    return done.stdout


def build(host: str, dockerfile: Path, tag: str, context: Path) -> None:
    """Build an image with BuildKit, as `docker build -f DOCKERFILE -t TAG CONTEXT` does on a developer's machine."""
    command = [client(), "build", "--network", "host", "--file", str(dockerfile), "--tag", tag, str(context)]
    environment = {**os.environ, "DOCKER_HOST": host, "DOCKER_BUILDKIT": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`docker build` failed:\n{done.stderr[-4000:]}")


def tag(host: str, image: str, name: str) -> None:
    """Give an image a further name."""
    docker(host, "tag", image, name)


def has_image(host: str, image: str) -> bool:
    return bool(docker(host, "image", "ls", "--quiet", image).strip())


def answers(host: str) -> bool:
    """Whether a daemon answers at `host`."""
    if host.startswith("unix://"):
        path = host.removeprefix("unix://")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(path)
                connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.recv(64)
            except OSError:
                return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def require_packages(install: bool) -> None:
    """What a private daemon needs: Linux, root, and programs that apt-get may install if `install` says so."""
    if sys.platform != "linux" or os.getuid() != 0:
        raise Unavailable("no Docker daemon answers, and only root on Linux can start one")
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not missing:
        return
    if not install or shutil.which("apt-get") is None:
        raise Unavailable(f"no Docker daemon answers, and to start one these packages are missing: {' '.join(missing)}")
    say(f"installing {' '.join(missing)}")
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        run("apt-get", "update", "-qq")
        run(*command)


def start_daemon(folder: Path, host: str) -> str:
    """Start dockerd with everything of its own, so that it disturbs no other."""
    say(f"starting a Docker daemon in {folder}")
    clear_leftovers(folder)
    log = folder / "dockerd.log"
    log.unlink(missing_ok=True)
    for driver in ("overlay2", "vfs"):
        command = ["dockerd", "--host", host, "--pidfile", f"{folder}/dockerd.pid", "--data-root", f"{folder}/data"]
        command += ["--exec-root", f"{folder}/exec", "--storage-driver", driver, "--bridge=none", "--iptables=false"]
        # Containers may not ask for more open files than this machine allows, and the daemon's own default would.
        command += ["--ip6tables=false", "--ip-forward=false", "--default-ulimit", "nofile=1024:1024"]
        process = spawn(command, log)
        # A daemon that was killed with many containers about takes its time to clear them away.
        if wait_for(lambda: answers(host), process, seconds=120):
            docker(host, "container", "prune", "--force")
            return host
        end_group(process)
        clear_leftovers(folder)
    raise Unavailable(f"dockerd does not start: {tail(log)}")


def clear_leftovers(folder: Path) -> None:
    """What a daemon that was killed left behind: its containerd, its sockets, its containers' mounts and namespaces.

    Images and build caches stay.
    """
    stop(folder / "exec" / "containerd" / "containerd.pid", folder)
    unmount(folder / "exec")
    shutil.rmtree(folder / "exec", ignore_errors=True)
    for leftover in ("docker.sock", "dockerd.pid"):
        (folder / leftover).unlink(missing_ok=True)


def command_line(pidfile: Path) -> str:
    """The command line of the process whose id is in `pidfile`; empty if there is none."""
    try:
        return Path(f"/proc/{int(pidfile.read_text())}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (OSError, ValueError):
        return ""


def unmount(folder: Path) -> None:
    """Unmount everything below `folder`, the innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False)


def provide_base_image(host: str, install: bool) -> None:
    """The base image from its registry, or where that can't be reached, from Debian's packages."""
    if (
        subprocess.run(
            [client(), "pull", "--quiet", BASE_IMAGE],
            env={**os.environ, "DOCKER_HOST": host},
            capture_output=True,
            check=False,
        ).returncode
        == 0
    ):
        return
    require_packages(install)
    recipe = HERE / "base_image.sh"
    archive = cache() / f"base-image-{hashlib.sha256(recipe.read_bytes()).hexdigest()[:12]}.tar"
    if not archive.exists():
        say("making the base image from Debian's packages")
        run("bash", str(recipe), str(archive), str(CERTIFICATES))
    changes = [
        "CMD python3",
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "ENV LANG=C.UTF-8",
    ]
    changes.append(f"ENV SSL_CERT_FILE={CERTIFICATES}")
    docker(host, "import", *(f"--change={change}" for change in changes), str(archive), BASE_IMAGE)


def start_registry(folder: Path) -> str | None:
    """The address of a registry on loopback, started if it doesn't run; None if the program is not installed."""
    record = folder / "registry.json"
    if record.exists():
        address = json.loads(record.read_text())
        if registry_answers(address):
            return str(address)
    if shutil.which("docker-registry") is None:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    configuration = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{folder}/registry"}, "delete": {"enabled": True}},
        "http": {"addr": address},
    }
    (folder / "registry.yml").write_text(json.dumps(configuration))
    process = spawn(["docker-registry", "serve", f"{folder}/registry.yml"], folder / "registry.log")
    (folder / "registry.pid").write_text(str(process.pid))
    if not wait_for(lambda: registry_answers(address), process):
        raise Unavailable(f"the registry does not start: {tail(folder / 'registry.log')}")
    record.write_text(json.dumps(address))
    return address


def registry_answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, close_fds=True
        )


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 15) -> bool:
    """Wait until `ready`, or the process ends, or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        if ready():
            return True
        time.sleep(0.1)
    return False


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process of `spawn` and those that it started."""
    for sent, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 2.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def stop(pidfile: Path, folder: Path) -> None:
    """End the process whose id is in `pidfile`, if it runs and is one of `folder`: ids are given anew after a while."""
    if str(folder) not in command_line(pidfile):
        pidfile.unlink(missing_ok=True)
        return
    pid = int(pidfile.read_text())
    for sent, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 2.0)):
        end = time.monotonic() + patience
        try:
            os.kill(pid, sent)
            while time.monotonic() < end:
                os.kill(pid, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            break
    pidfile.unlink(missing_ok=True)


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:] if log.exists() else "no log"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["down"]:
        down(keep="--keep" in arguments)
        return 0
    if arguments[:1] != ["up"]:
        say(str(__doc__))
        return 2
    try:
        found = up(install="--install" in arguments)
    except Unavailable as problem:
        say(str(problem))
        return 1
    print(f"export DOCKER_HOST={found.host}")
    print(f"export ZENCOMPILE_REGISTRY={found.registry or ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
