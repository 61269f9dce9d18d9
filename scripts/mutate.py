#!/usr/bin/env python3
"""Change the compiler in small ways and see whether a test notices: `scripts/mutate.py 50 --seed 1`.

Mutants of `zencompile/frontend/` and `zencompile/passes/` are drawn by the seed: a comparison flipped, a condition
negated, a branch dropped, a constant changed, a statement removed. Each runs, in a copy of the project, the tests that
call the function it is in, the quickest of each kind first, until one fails. What survives is printed as a diff: a test
that is missing, or code that nothing needs. Which test calls what is recorded once for a state of the sources.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
MUTATED = ("zencompile/frontend", "zencompile/passes")
TESTS = ("tests/frontend", "tests/passes", "tests/test_goldens.py", "tests/differential")
COPIED: tuple[str, ...] = (
    *("backends", "docs", "examples", "golden", "requirements", "scripts", "templates", "tests"),
    *("zencompile", "zencompile_runtime", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"),
)
CACHE = ROOT / ".pytest_cache" / "mutation"

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Mutant:
    """One change of a file: the text between two positions (in bytes) replaced. `function` is where it is called."""

    file: str
    line: int
    function: int | None
    what: str
    start: int
    end: int
    text: str

    def applied(self, source: str) -> str:
        data = source.encode("utf-8")
        return (data[: self.start] + self.text.encode("utf-8") + data[self.end :]).decode("utf-8")

    def diff(self, source: str) -> str:
        lines = difflib.unified_diff(
            source.splitlines(), self.applied(source).splitlines(), self.file, self.file, n=1, lineterm=""
        )
        return "\n".join(list(lines)[2:])


class Mutants(ast.NodeVisitor):
    """The mutants of a file."""

    def __init__(self, file: str, source: str) -> None:
        self.found: list[Mutant] = []
        self._file = file
        self._data = source.encode("utf-8")
        self._starts = [0]
        for line in self._data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._functions: list[int] = []
        self.visit(ast.parse(source))

    def _add(self, node: ast.expr | ast.stmt, what: str, text: str) -> None:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[node.end_lineno - 1] + node.end_col_offset
        function = self._functions[0] if self._functions else None
        self.found.append(Mutant(self._file, node.lineno, function, what, start, end, text))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """The outermost function counts: what is inside can only be called through it. Annotations mean nothing."""
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self._functions.append(first)
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        self._body(node.body)
        self._functions.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._body(node.body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def _body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._condition(node.test)
        if not node.orelse and self._functions:
            self._add(node, "drop the branch", "pass")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def _condition(self, test: ast.expr) -> None:
        self._add(test, "negate the condition", f"(not ({ast.unparse(test)}))")

    def visit_Compare(self, node: ast.Compare) -> None:
        changed = [FLIPPED[type(node.ops[0])](), *node.ops[1:]]
        self._add(node, "flip the comparison", f"({ast.unparse(ast.Compare(node.left, changed, node.comparators))})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._add(node, "swap and and or", f"({ast.unparse(ast.BoolOp(other, node.values))})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add(node, "swap True and False", str(not node.value))
        elif isinstance(node.value, int):
            self._add(node, "off by one", str(node.value + 1))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Positions inside of f-strings can't be relied on."""

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        self._removal(node)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            self._removal(node)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._removal(node)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._removal(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._removal(node)

    def visit_Break(self, node: ast.Break) -> None:
        self._removal(node)

    def _removal(self, node: ast.stmt) -> None:
        if self._functions:
            self._add(node, "remove the statement", "pass")


def all_mutants() -> Iterator[Mutant]:
    for folder in MUTATED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield from Mutants(name, path.read_text("utf-8")).found


# -- which tests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calls:
    """What each test takes, and who calls each function."""

    seconds: dict[str, float]
    functions: dict[str, list[str]]

    def tests_of(self, mutant: Mutant, budget: float) -> list[str]:
        """The tests that can notice, as many as the budget of seconds allows, the quickest of each test function first.

        A mutant outside of any function concerns whoever calls anything of its file.
        """
        if mutant.function is not None:
            tests = set(self.functions.get(f"{mutant.file}:{mutant.function}", ()))
        else:
            tests = {t for key, ts in self.functions.items() if key.startswith(f"{mutant.file}:") for t in ts}
        rounds: Counter[str] = Counter()
        ranked = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            name = test.partition("[")[0]
            ranked.append((rounds[name], self.seconds[test], test))
            rounds[name] += 1
        chosen: list[str] = []
        for _, seconds, test in sorted(ranked):
            budget -= seconds
            if budget < 0 and chosen:
                break
            chosen.append(test)
        return chosen


def calls(tests: tuple[str, ...]) -> Calls:
    """Who calls what, recorded by running the tests unless that was done for these sources."""
    digest = hashlib.sha256("\n".join(tests).encode())
    for folder in ("zencompile", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    file = CACHE / f"{digest.hexdigest()[:16]}.json"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        print("recording which test calls what", flush=True)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([*roots(ROOT), str(ROOT / "scripts")]),
            "ZENCOMPILE_MUTATION_CALLS": str(file),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "mutation_calls", "-p", "no:cacheprovider", *tests]
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    found = json.loads(file.read_text("utf-8"))
    return Calls(found["seconds"], found["functions"])


def roots(folder: Path) -> list[str]:
    return [str(folder), str(folder / "backends"), str(folder / "templates")]


# -- running -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """`state` is killed, survived, "no test" or "too slow" (which counts as noticed)."""

    mutant: Mutant
    state: str
    tests: int


def copy_of_the_project(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".venv", ".zencompile")
            shutil.copytree(source, folder / name, ignore=ignored, symlinks=True)
        elif source.exists():
            shutil.copy2(source, folder / name)
    return folder


def judged(mutant: Mutant, tests: list[str], calls: Calls, project: Path) -> Outcome:
    """Run the tests on the mutant in this copy of the project. The copy is as it was afterwards."""
    if not tests:
        return Outcome(mutant, "no test", 0)
    path = project / mutant.file
    source = path.read_text("utf-8")
    path.write_text(mutant.applied(source), "utf-8")
    seconds = 30 + 5 * sum(calls.seconds[test] for test in tests)
    try:
        code = run_tests(tests, project, seconds)
    finally:
        path.write_text(source, "utf-8")
    state = {None: "too slow", 0: "survived"}.get(code, "killed")
    return Outcome(mutant, state, len(tests))


def run_tests(tests: list[str], project: Path, seconds: float) -> int | None:
    """The exit code, or None if the time is up. Whatever the tests started ends with them."""
    arguments = project / "tests.txt"
    arguments.write_text("\n".join(tests), "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{arguments}"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(roots(project)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_all(mutants: list[Mutant], calls: Calls, jobs: int, budget: float, tell: Callable[[Outcome], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        projects: Queue[Path] = Queue()
        for number in range(jobs):
            projects.put(copy_of_the_project(Path(folder, f"copy{number}")))

        def work(mutant: Mutant) -> Outcome:
            project = projects.get()
            try:
                return judged(mutant, calls.tests_of(mutant, budget), calls, project)
            finally:
                projects.put(project)

        for outcome in pool.map(work, mutants):
            tell(outcome)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("number", type=int, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="which of them are drawn (0)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (1)")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests for a mutant (60)")
    parser.add_argument("--only", default="", help="files whose path contains this")
    parser.add_argument("--tests", nargs="+", default=list(TESTS), help="where tests are looked for")
    given = parser.parse_args()
    known = [mutant for mutant in all_mutants() if given.only in mutant.file]
    drawn = random.Random(given.seed).sample(known, min(given.number, len(known)))
    counts: Counter[str] = Counter()

    def tell(outcome: Outcome) -> None:
        counts[outcome.state] += 1
        if outcome.state in ("survived", "no test"):
            mutant = outcome.mutant
            print(f"\n{outcome.state} ({outcome.tests} tests): {mutant.file}:{mutant.line}: {mutant.what}")
            print(mutant.diff((ROOT / mutant.file).read_text("utf-8")), flush=True)

    run_all(drawn, calls(tuple(given.tests)), given.jobs, given.budget, tell)
    print(f"\n{len(drawn)} of {len(known)} mutants:", ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))
    return 1 if counts["survived"] or counts["no test"] else 0


if __name__ == "__main__":
    sys.exit(main())
