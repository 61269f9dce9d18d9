"""Set up and run the main job: compile the quickstart for a target, then run it on the local runner.

python3 scripts/quickstart.py [TARGET]      airflow unless said otherwise
"""

from __future__ import annotations

import sys

from environment import ROOT, ensure, run, say

if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else "airflow"
    python = ensure(minimal=True)
    zencompile = python.parent / "zencompile"
    run(zencompile, "examples/quickstart/run.py", "--target", target)
    run(zencompile, "run", "examples/quickstart/run.py")
    say(f"what was compiled lies in {(ROOT / 'build').relative_to(ROOT)}/: build/{target}/ is what you deploy, read it")
