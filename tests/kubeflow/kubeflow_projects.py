"""Projects as their users write them, compiled and run by the stand-in for a cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import stand_in


class Compiled:
    """A project whose pipeline is compiled for Kubeflow. `files` are its sources by their paths."""

    def __init__(self, folder: Path, files: dict[str, str], *flags: str) -> None:
        self.folder = folder
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "zencompile", "run.py", "--target", "kubeflow", "-o", "kf", *flags]
        self.done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The PipelineSpec, and what else is in the file."""
        assert self.done.returncode == 0, self.done.stderr
        paths = (one for one in sorted((self.folder / "kf").glob("*.yaml")) if not one.name.endswith(".schedule.yaml"))
        return stand_in.read(next(paths))

    def run(self, **parameters: Any) -> stand_in.Run:
        """Run it, each step as a process of its own."""
        worker = stand_in.processes(self.folder, self.folder / "build" / "runtime")
        return stand_in.run(self.documents, self.folder / "outputs", worker, **parameters)


def value(artifact: stand_in.Artifact) -> Any:
    """What an artifact of a builtin type holds."""
    return json.loads((Path(artifact.uri) / "data.json").read_text("utf-8"))
