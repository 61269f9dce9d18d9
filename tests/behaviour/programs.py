"""The small programs of `programs/`, and what is observed of one.

A file holds several programs, each behind a line `# === name`. A program shows what it observes by `show(…)`, which
prints a line that begins with `@@`; these lines and the exit code are compared. Where a program doesn't say what to
run, it runs the pipeline `p`. What stands behind a line `# --- NAME` is a file that lies beside the program.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HEAD = (HERE / "head.txt").read_text()
FOOT = '\n\nif __name__ == "__main__":\n    p()\n'
_FILE = "\n# --- "
_MARK = re.compile(r"@@ (.*)$")


def programs() -> dict[str, str]:
    """Each program's text by its name, "topic/name"."""
    found = {}
    for file in sorted((HERE / "programs").glob("*.txt")):
        for part in file.read_text("utf-8").split("# === ")[1:]:
            name, _, body = part.partition("\n")
            found[f"{file.stem}/{name.strip()}"] = whole(body)
    return found


def whole(body: str) -> str:
    """A program's text, with what all have in common; files beside it at the end."""
    code, *files = body.split(_FILE)
    foot = "" if "if __name__ ==" in code else FOOT
    return _FILE.join([f"{HEAD}\n\n{code.strip()}\n{foot}", *files])


def lay(text: str, folder: Path) -> None:
    """Write a program and the files beside it into a folder."""
    code, *files = text.split(_FILE)
    (folder / "run.py").write_text(code, "utf-8")
    for one in files:
        name, _, content = one.partition("\n")
        (folder / name.strip()).write_text(content, "utf-8")


def differences() -> dict[str, str]:
    """The programs that observe something else here, with the reason, as `docs/runtime.md` has it."""
    found = {}
    why = ""
    for line in (HERE / "differences.txt").read_text("utf-8").splitlines():
        if line.startswith("  "):
            found.update(dict.fromkeys(line.split(), why))
        elif line:
            why = line
    return found


def observed(output: str, code: int) -> dict[str, Any]:
    """What a program showed, and how it ended."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    lines = [found[1].rstrip() for line in plain.splitlines() if (found := _MARK.search(line))]
    return {"exit": code, "shown": lines}
