"""Ask the real framework for its answers to the table anew: `python tests/coercion/refresh.py [PYTHON]`.

PYTHON is one with the framework installed, by default the tests' own environment of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ANSWERS = FOLDER / "answers.json"


def answers(python: str) -> dict[str, dict[str, str]]:
    """What the framework makes of each pair that it accepts; CalledProcessError if it can't be run."""
    command = [python, str(FOLDER / "coercion_table.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def main() -> None:
    """Write the answers."""
    sys.path.insert(0, str(FOLDER.parent / "services"))
    import engines

    python = sys.argv[1] if len(sys.argv) > 1 else str(engines.interpreter("zenml"))
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in answers(python).items()]
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
