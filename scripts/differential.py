#!/usr/bin/env python3
"""Compare many generated programs with Python: `scripts/differential.py 10000 --jobs 2`.

Prints how many programs are the same, refused (by reason) and wrong. Failing programs go to the folder of `--keep`,
made smaller with `--shrink`. The exit code is 1 if any is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates"), str(ROOT / "tests" / "differential")]

from programs import DENSE, Density, Program  # noqa: E402
from python_side import Python  # noqa: E402
from verdicts import Kind, Verdict, judge, shrunk  # noqa: E402

CHUNK = 20


@dataclass(frozen=True)
class Options:
    """What each process needs to know. Without a `size`, half of the programs are tiny."""

    size: Density | None
    traced: bool
    shrink: bool


@dataclass(frozen=True)
class Result:
    """A program that was judged."""

    program: Program
    verdict: Verdict


def judged(seeds: range, options: Options) -> list[Result]:
    """The verdicts on some seeds. Of those of one reason, the first is made smaller."""
    results: list[Result] = []
    reasons: set[str] = set()
    with Python() as python, tempfile.TemporaryDirectory(prefix="differential-") as folder:
        place = Path(folder, "program")
        for seed in seeds:
            program, verdict = judge(seed, place, python, options.size, options.traced)
            fault = verdict.kind in (Kind.WRONG, Kind.REFUSED, Kind.ELSEWHERE)
            if options.shrink and fault and verdict.reason not in reasons:
                reasons.add(verdict.reason)
                program, verdict = shrunk(program, verdict, place, python, options.traced)
            results.append(Result(program, verdict))
    return results


def all_judged(seeds: range, options: Options, jobs: int) -> Iterator[Result]:
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    if jobs == 1:
        for chunk in chunks:
            yield from judged(chunk, options)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(judged, chunks, [options] * len(chunks)):
            yield from results


def keep(folder: Path, result: Result) -> None:
    """Write the program into a folder of its own, with the two answers beside it."""
    place = folder / f"{result.verdict.kind.name.lower()}-{result.program.seed}"
    result.program.write(place)
    (place / "answers.txt").write_text(f"{result.verdict.reason}\n{result.verdict.details}\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("number", type=int, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--dense", action="store_true", help="dense programs alone")
    parser.add_argument("--trace", action="store_true", help="with the front end that runs the program")
    parser.add_argument("--keep", type=Path, help="where wrong and refused programs go")
    parser.add_argument("--shrink", action="store_true", help="make them smaller first")
    given = parser.parse_args()
    options = Options(DENSE if given.dense else None, given.trace, given.shrink)
    kinds: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    wrong: list[int] = []
    for result in all_judged(range(given.seed, given.seed + given.number), options, given.jobs):
        verdict = result.verdict
        kinds[verdict.kind.value] += 1
        if verdict.kind in (Kind.WRONG, Kind.REFUSED, Kind.ELSEWHERE):
            reasons[verdict.kind.value, verdict.reason] += 1
            if given.keep is not None:
                keep(given.keep, result)
        if verdict.kind is Kind.WRONG:
            wrong.append(result.program.seed)
    for kind, count in kinds.most_common():
        print(f"{count:6} {kind}")
    for (kind, reason), count in reasons.most_common():
        print(f"{count:6} {kind}: {reason}")
    if wrong:
        print("wrong seeds:", *wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
