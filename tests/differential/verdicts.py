"""What a comparison of a program's run with its compilation comes to."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiled_side import Compiled, compiled, shown
from programs import Density, Program, generate
from python_side import Python
from shrinking import shrink

from zencompile.diagnostics import Diagnostic

ATTEMPTS = 10
EXIT = "ZC0023"
"""The script's own exit code, behind its runs."""
NOT_IMPORTABLE = "ZC0206"
"""A step that its module, imported alone, doesn't give."""


class Kind(enum.Enum):
    """`SAME`: both give the same graph, or Python raises and the compiler says so at a line that the exception passed.

    `ELSEWHERE`: Python raises, the compiler refuses at another line. `REFUSED`: only the compiler refuses. `WRONG`: it
    compiles to something else, or though Python raises, or it breaks. `INVALID`: Python can't run the program.
    """

    SAME = "same"
    RIGHTLY_REFUSED = "rightly refused"
    ELSEWHERE = "rightly refused, at another line"
    REFUSED = "refused"
    WRONG = "wrong"
    INVALID = "no program"


@dataclass(frozen=True)
class Verdict:
    """`reason` sorts verdicts of one kind; `details` shows both answers."""

    kind: Kind
    reason: str = ""
    details: str = ""


def compare(program: Program, folder: Path, python: Python) -> Verdict:
    """Write the program into `folder`, run it, compile it."""
    outcome = _run(program, folder, python)
    return outcome if isinstance(outcome, Verdict) else _verdict(outcome, folder, traced=False)[0]


def compare_front_ends(program: Program, folder: Path, python: Python) -> Verdict:
    """The verdict on the front end that runs the program; where it agrees with Python, both must give one IR."""
    outcome = _run(program, folder, python)
    if isinstance(outcome, Verdict):
        return outcome
    verdict, traced = _verdict(outcome, folder, traced=True)
    if verdict.kind is not Kind.SAME or traced is None:
        return verdict
    static = compiled(folder)
    if static.errors:
        return verdict
    for place, one, other in _unlike(_json(static), _json(traced)):
        general = re.sub(r"\d+", "…", place)
        return Verdict(Kind.WRONG, f"two IRs: {general}", f"{place}\nread: {one}\nrun:  {other}")
    return verdict


def _run(program: Program, folder: Path, python: Python) -> dict[str, Any] | Verdict:
    """What Python does; the verdict, if it doesn't do what the program is meant to do."""
    program.write(folder)
    outcome = python.run(folder)
    if "broken" in outcome:
        return Verdict(Kind.INVALID, outcome["broken"].strip().splitlines()[-1], outcome["broken"])
    if (outcome["raised"] is not None) != program.raises:
        return Verdict(Kind.INVALID, _exception(outcome) if outcome["raised"] else "raises nothing")
    return outcome


def _verdict(outcome: dict[str, Any], folder: Path, traced: bool) -> tuple[Verdict, Compiled | None]:
    try:
        answer = compiled(folder, traced)
    except Exception as error:
        return Verdict(Kind.WRONG, f"the compiler raises {type(error).__name__}", repr(error)), None
    judging = _of_a_run if outcome["raised"] is None else _of_a_failure
    return judging(outcome, answer), answer


def _json(answer: Compiled) -> Any:
    return _with_lines([pipeline.model_dump(mode="json") for pipeline in answer.pipelines])


def _with_lines(value: Any) -> Any:
    """JSON with file and line of each span: of `list(map(step, …))` the call that makes the step's is either."""
    if isinstance(value, list):
        return [_with_lines(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: item[:2] if key == "span" and item else _with_lines(item) for key, item in value.items()}


def _unlike(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ, and what stands there."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from _unlike(one[key], other[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _unlike(left, right, f"{place}[{index}]")
    elif one != other:
        yield place, one, other


def judge(
    seed: int, folder: Path, python: Python, size: Density | None = None, traced: bool = False
) -> tuple[Program, Verdict]:
    """The first program of this seed that Python can run (or that raises on purpose), and the verdict on it."""
    for attempt in range(ATTEMPTS):
        program = generate(seed, attempt, size)
        verdict = (compare_front_ends if traced else compare)(program, folder, python)
        if verdict.kind is not Kind.INVALID:
            break
    return program, verdict


def shrunk(
    program: Program, verdict: Verdict, folder: Path, python: Python, traced: bool = False, tries: int = 300
) -> tuple[Program, Verdict]:
    """A smaller program with the same verdict for the same reason."""
    judging = compare_front_ends if traced else compare

    def shows(candidate: Program) -> bool:
        if not traced and not _may_give(candidate, verdict, folder):
            return False
        other = judging(candidate, folder, python)
        return (other.kind, other.reason) == (verdict.kind, verdict.reason)

    smaller = shrink(program, shows, tries)
    return smaller, judging(smaller, folder, python)


def _may_give(program: Program, verdict: Verdict, folder: Path) -> bool:
    """Whether the compiler's half of the verdict still stands: quickly told."""
    program.write(folder)
    answer = compiled(folder)
    if verdict.kind is Kind.WRONG:
        return not answer.errors
    return bool(answer.errors) and verdict.reason.endswith(_general(answer))


def _exception(outcome: dict[str, Any]) -> str:
    raised = outcome["raised"]
    places = " < ".join(f"{file}:{line}" for file, line in reversed(raised["places"]))
    return f"{raised['type']}: {raised['text']} ({places})"


def _of_a_failure(outcome: dict[str, Any], answer: Compiled) -> Verdict:
    said = _messages(answer)
    both = f"Python: {_exception(outcome)}\ncompiled: {said or 'without an error'}"
    if not answer.errors:
        if any(one.code == EXIT and _is_at(one, outcome) for one in answer.told):
            return Verdict(Kind.SAME)
        return Verdict(Kind.WRONG, f"compiles though Python raises {outcome['raised']['type']}", both)
    if any(_is_at(error, outcome) for error in answer.errors):
        return Verdict(Kind.RIGHTLY_REFUSED)
    return Verdict(Kind.ELSEWHERE, f"Python raises {outcome['raised']['type']}, {_general(answer)}", both)


def _is_at(diagnostic: Diagnostic, outcome: dict[str, Any]) -> bool:
    """Whether it stands at a line that the exception passed."""
    span = diagnostic.span
    passed = {(file, line) for file, line in outcome["raised"]["places"]}
    return span is not None and any(file == span.file and span.line <= line <= span.end_line for file, line in passed)


def _of_a_run(outcome: dict[str, Any], answer: Compiled) -> Verdict:
    if answer.errors:
        alone = any("raises" in step for step in outcome["at_run_time"].values())
        if alone and all(error.code == NOT_IMPORTABLE for error in answer.errors):
            return Verdict(Kind.RIGHTLY_REFUSED)
        return Verdict(Kind.REFUSED, _general(answer), _messages(answer))
    runs = outcome["runs"]
    pipelines = [shown(pipeline) for pipeline in answer.pipelines]
    if len(runs) != len(pipelines):
        return Verdict(Kind.WRONG, "runs", f"Python: {len(runs)} runs\ncompiled: {len(pipelines)} pipelines")
    for run, pipeline in zip(runs, pipelines, strict=True):
        for reason, details in _differences(run, pipeline, outcome["at_run_time"]):
            return Verdict(Kind.WRONG, reason, details)
    return Verdict(Kind.SAME)


def _differences(
    run: dict[str, Any], pipeline: dict[str, Any], at_run_time: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    recorded = {invocation["id"]: invocation for invocation in run["invocations"]}
    found = pipeline["invocations"]
    if sorted(recorded) != sorted(found):
        yield "invocations", f"Python: {sorted(recorded)}\ncompiled: {sorted(found)}"
        return
    for name, invocation in recorded.items():
        other = found[name]
        yield from _differs("inputs", name, invocation["inputs"], other["inputs"], invocation["defaults"])
        if sorted(set(invocation["after"])) != other["after"]:
            yield "order", f"{name}\nPython: {invocation['after']}\ncompiled: {other['after']}"
        yield from _other_step(name, invocation, other, at_run_time)


def _differs(what: str, name: str, right: Any, found: Any, defaults: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where inputs differ. One that the compiler gives though the call leaves it out is the default."""
    for key in {**right, **found}:
        expected = right.get(key, defaults.get(key, "(missing)"))
        given = found.get(key, "(missing)" if key in right else expected)
        if canonical(expected) != canonical(given):
            alike = canonical(_without_tuples(expected)) == canonical(_without_tuples(given))
            yield (
                f"{what}: a tuple and a list" if alike else what,
                f"{name}({key})\nPython:   {canonical(expected)}\ncompiled: {canonical(given)}",
            )


def _other_step(
    name: str, invocation: dict[str, Any], other: dict[str, Any], at_run_time: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Whether the process that runs the step will find the function that was called, with the same defaults."""
    entrypoint = f"{invocation['module']}:{invocation['qualname']}"
    if other["entrypoint"] != entrypoint:
        yield "entrypoint", f"{name}\nPython: {entrypoint}\ncompiled: {other['entrypoint']}"
        return
    later = at_run_time.get(entrypoint, {"failure": "defined in a function"})
    if "raises" in later:  # alone, the module can't be imported: that is the program's own fault
        return
    if "failure" in later:
        yield "step can't be found", f"{name}: {entrypoint}: {later['failure']}"
        return
    if later["line"] != invocation["line"]:
        yield (
            "another step at run time",
            f"{name}: {entrypoint} of line {invocation['line']} is that of {later['line']}",
        )
    for key, value in invocation["defaults"].items():
        if key not in other["inputs"] and canonical(later["defaults"].get(key)) != canonical(value):
            yield "default at run time", f"{name}({key})\nPython: {value}\nat run time: {later['defaults'].get(key)}"


def _without_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_tuples(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "tuple":
        return [_without_tuples(item) for item in value["items"]]
    return {name: _without_tuples(item) for name, item in value.items()}


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _messages(answer: Compiled) -> str:
    return "\n".join(
        f"{e.code} {e.message} ({e.span.file}:{e.span.line})" if e.span is not None else f"{e.code} {e.message}"
        for e in answer.errors
    )


def _general(answer: Compiled) -> str:
    """The first error without the names of the program."""
    error = answer.errors[0]
    texts = [error.message, *(f"({note})" for note in error.notes[:1])]
    return f"{error.code} " + re.sub(r"`[^`]*`|'[^']*'|\d+", "…", " ".join(texts))
