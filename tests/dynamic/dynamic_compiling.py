"""Programs compiled for each target in this process, and which of them `compiled.txt` says to compile.

python tests/dynamic/dynamic_compiling.py    writes `compiled.txt`; read the diff
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]

from dynamic_programs import Program, programs  # noqa: E402

from zencompile import api  # noqa: E402
from zencompile.cli.session import Session  # noqa: E402
from zencompile.diagnostics import CompilationFailed, Diagnostic  # noqa: E402
from zencompile.targets import Files  # noqa: E402

TARGETS = ("local", "airflow", "kubeflow")
LISTED = Path(__file__).parent / "compiled.txt"
VENDORED = "runtime/zencompile_runtime/"


@dataclass(frozen=True)
class Compiled:
    """What a target made of a program, None if it refused it, and all that was said."""

    files: Files | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> list[str]:
        return [f"{one.code} {one.message}" for one in self.diagnostics if one.severity.value == "error"]

    def warned(self, code: str) -> bool:
        return any(one.code == code for one in self.diagnostics)

    @property
    def deployed(self) -> list[str]:
        assert self.files is not None
        return list(self.files.deployed.values())

    def write(self, folder: Path) -> list[Path]:
        """The deployed files, on disk.

        The runtime beside them is the package itself; ZENCOMPILE_CODE has to lead it to `build/runtime/code`.
        """
        assert self.files is not None
        places = {folder / "out" / name: text for name, text in self.files.deployed.items()}
        for name, text in self.files.build.items():
            if not name.startswith(VENDORED):
                places[folder / "build" / name] = text
        for place, text in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        (folder / "build" / "runtime").mkdir(exist_ok=True)
        (folder / "build" / VENDORED).symlink_to(ROOT / "zencompile_runtime")
        return [folder / "out" / name for name in self.files.deployed]


def compiled(program: Program, folder: Path) -> dict[str, Compiled]:
    """The program, unpacked to a folder and compiled there, by target."""
    program.unpack(folder)
    return {target: compile_for(program, target, folder) for target in TARGETS}


def compile_for(program: Program, target: str, folder: Path) -> Compiled:
    """What a target makes of a program that lies in this folder."""
    session = Session("run.py", parameters=program.parameters, directory=folder)
    try:
        files = api.compiled(session, target, (), folder / "out", folder / "build", write=False).files
    except CompilationFailed:
        files = None
    return Compiled(files, tuple(session.report))


def without_ids(lines: list[str]) -> list[str]:
    """Lines without the number that a step's name ends with."""
    return [re.sub(r"_\d+(?= )", "", one) for one in lines]


def listed() -> dict[str, list[str]]:
    """The targets that each program compiles for, as `compiled.txt` has them."""
    lines = (line.partition(":") for line in LISTED.read_text("utf-8").splitlines())
    return {name: targets.split() for name, _, targets in lines}


def line(name: str, found: Mapping[str, Compiled]) -> str:
    """A program's line of `compiled.txt`."""
    return " ".join([f"{name}:", *(target for target in TARGETS if found[target].files is not None)])


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = [line(program.name, compiled(program, Path(folder))) for program in programs()]
    LISTED.write_text("".join(f"{one}\n" for one in lines), "utf-8")


if __name__ == "__main__":
    _write()
