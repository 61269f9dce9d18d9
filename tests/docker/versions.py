"""The versions that image tags cover, and what each stands for.

    python tests/docker/versions.py                  count up what has changed, and record it
    python tests/docker/versions.py --unreleased     record without counting up: no image of this version is anywhere

An image's tag says that it need not be built again. Were its recipe or the runtime in it changed without another
version, an old image would be taken for a new one.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECORD = HERE / "versions.json"
PLACES = {"recipe": ROOT / "zencompile/passes/images.py", "runtime": ROOT / "zencompile_runtime/version.py"}
_NUMBER = re.compile(r'^((?:RECIPE|VERSION|__version__)\b[^=\n]*= *"?(?:\d+\.)*)(\d+)', re.M)


def current() -> dict[str, dict[str, str]]:
    """Version and digest of each, as they are now."""
    from docker_samples import recipe_digest, runtime_digest

    digests = {"recipe": recipe_digest(), "runtime": runtime_digest()}
    return {name: {"version": _version(path), "digest": digests[name]} for name, path in PLACES.items()}


def _version(path: Path) -> str:
    found = _NUMBER.search(path.read_text("utf-8"))
    if found is None:
        raise SystemExit(f"{path} names no version")
    return found.group().partition("=")[2].strip().strip('"')


def recorded() -> dict[str, dict[str, str]]:
    """The same as it was when it was last looked at."""
    found: dict[str, dict[str, str]] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return found


def _count_up(path: Path) -> None:
    text = path.read_text("utf-8")
    path.write_text(_NUMBER.sub(lambda m: f"{m.group(1)}{int(m.group(2)) + 1}", text, count=1), "utf-8")


def main(arguments: list[str]) -> None:
    before, now = recorded(), current()
    for name, entry in now.items():
        old = before.get(name, entry)
        if entry["digest"] != old["digest"] and entry["version"] == old["version"] and "--unreleased" not in arguments:
            _count_up(PLACES[name])
            entry["version"] = _version(PLACES[name])
        if entry != before.get(name):
            print(f"{name}: version {entry['version']}")
    RECORD.write_text(json.dumps(now, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.path[:0] = [str(HERE), *(str(ROOT / part) for part in ("", "backends", "templates"))]
    main(sys.argv[1:])
