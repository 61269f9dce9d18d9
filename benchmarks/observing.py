"""What observing a step costs: a trivial step, an import of pandas, calls of the project's functions.

    python benchmarks/observing.py [--module pandas] [--rounds 9]

CPU seconds of this machine; observed and not in turn, medians (of calls the least).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CALLS = 2_000_000

_HEAD = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from zencompile_runtime import importing, observing
observing.prepare()
with importing.pinned():
    importing.prepare()
folder = os.getcwd()
"""
_IMPORT = """
began = time.process_time()
if {observed}:
    observing.begin(folder)
import {module}
if {observed}:
    observing.end()
print(time.process_time() - began)
"""
_TRIVIAL = """
found = []
for _ in range(300):
    began = time.process_time()
    observing.begin(folder)
    observing.end()
    found.append(time.process_time() - began)
print(sorted(found)[150])
"""
_CALLS = """
import h
if {observed}:
    observing.begin(folder)
    work = h.work
else:
    names = {{}}
    exec(compile(open("h.py").read(), "plain.py", "exec"), names)
    work = names["work"]
best = 9e9
for _ in range(3):
    began = time.process_time()
    work({calls})
    best = min(best, time.process_time() - began)
print(best)
"""


def seconds(code: str, folder: str) -> float:
    """What a program says that it took."""
    done = subprocess.run([sys.executable, "-c", _HEAD + code], cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", default="pandas")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "h.py").write_text(
            "def f(x):\n    return x + 1\n\ndef work(n):\n    for i in range(n):\n        f(i)\n"
        )
        print(f"a trivial step: {seconds(_TRIVIAL, folder) * 1000:.3f} ms")
        for name, code in {"import": _IMPORT, "calls": _CALLS}.items():
            pairs = [
                [
                    seconds(code.format(observed=one, module=options.module, calls=CALLS), folder)
                    for one in (False, True)
                ]
                for _ in range(options.rounds)
            ]
            middle = min if name == "calls" else statistics.median
            plain, observed = (middle(one) for one in zip(*pairs, strict=True))
            print(f"{name}: {plain:.3f} s, observed {observed:.3f} s ({(observed / plain - 1) * 100:+.1f} %)")
    print(f"in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
