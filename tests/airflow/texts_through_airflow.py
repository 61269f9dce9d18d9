"""Sends generated texts and values through DAGs that a real Airflow renders, and compares what arrives at the step.

    python tests/airflow/texts_through_airflow.py 10000 [--seed 1] [--engine airflow3]

Each text is an argument, a key and a part of a nested value, an environment variable, an id, a note; each DAG has some
as its tags, docstring, namespace, defaults and values of its parameters. Operators take turns. Prints what differs.
"""

from __future__ import annotations

import argparse
import datetime
import random
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(ROOT / part) for part in (".", "backends", "templates", "tests/services")]

from airflow_batch import ask

from zencompile.ir import Literal, Mapping, Parameter, ParameterRef, Text, Type, encode
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.values.literals import decode

OPERATORS = ("bash", "docker", "kubernetes")
TASKS = 100  # of a DAG
PIECES = (
    *("{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "{% raw %}", "{% endraw %}", "{%- endraw -%}", "{{ params.p }}"),
    *("{{ 1/0 }}", "{% set x = 1 %}", "{%+ endraw", "-%}", "{{-", "##", "# for", "${", "$(id)", "`id`", "$HOME", "!!"),
    *(
        "\n",
        "\r\n",
        "\r",
        "\t",
        "'",
        '"',
        '"""',
        "'''",
        "\\",
        "\\n",
        "\\u007b",
        "\\x",
        " ",
        "é",
        "😀",
        "\u2028",
        "\x85",
    ),
    *("a.sh", ".bash", ".env", ".yaml", ".yml", ".json", ".sql", "--id=", "--", "-m", "=", "#", "%", "%%", "%s", "x"),
    *("<&>", "</script>", "\x01", "\x7f", "\x1b[0m", "\ufeff", "\u202e", "NOTSET", "None", "null", "true", "1e5", "~"),
    *("f'{x}'", "{x}", "{0}", "\N{BULLET}", "*", "?", "&&", ";", "|", ">", "\x0c", "\x0b", "__", "'\"'\"'", "r'", "//"),
)


def texts(chosen: random.Random, count: int) -> Iterator[str]:
    """Awkward texts, without the zero that no argument can hold, and without halves of surrogate pairs."""
    for _ in range(count):
        parts = (_part(chosen) for _ in range(chosen.choice((0, 1, 1, 2, 2, 3, 4, 6))))
        yield "".join(parts)


def _part(chosen: random.Random) -> str:
    if chosen.random() < 0.75:
        return chosen.choice(PIECES)
    most = chosen.choice((0x7F, 0xFF, 0xFFFF, 0x10FFFF))
    return "".join(c for c in (chr(chosen.randint(1, most)) for _ in range(3)) if not "\ud800" <= c <= "\udfff")


def value(chosen: random.Random, text: str, depth: int = 0) -> Any:
    """A value that holds the text somewhere."""
    if depth > 2:
        return chosen.choice((text, text.encode(), None, True, 0, 10**30, -0.0, 1e-300, datetime.date(2026, 1, 2)))
    made: Callable[[], Any] = chosen.choice(
        (
            lambda: text,
            lambda: [value(chosen, text, depth + 1) for _ in range(2)],
            lambda: {text: value(chosen, text, depth + 1), "$": 1},
            lambda: (value(chosen, text, depth + 1), text),
            lambda: {7: value(chosen, text, depth + 1)},
            lambda: {text, "x"},
        )
    )
    return made()


def dag(hand: Any, chosen: random.Random, listed: list[str], number: int, folder: Path) -> tuple[dict[str, Any], Any]:
    """The question about one DAG, and what is to arrive."""
    values = [value(chosen, text) for text in listed]
    invocations = [
        hand.invocation(
            f"{place} {text}",
            step="s",
            inputs={
                "text": Literal(value=text),
                "value": Literal(value=encode(held)),
                "given": Mapping(items={text: ParameterRef(name="p"), "b": ParameterRef(name="items")}),
            },
            variables={"TEXT": Text(value=text)},
            extra={"note": text, text: 1},
        )
        for place, (text, held) in enumerate(zip(listed, values, strict=True))
    ]
    default, conf, namespace = (chosen.choice(listed) for _ in range(3))
    namespace = namespace.replace("/", "") or "n"
    tags = tuple(dict.fromkeys(text for text in listed if text and len(text) <= 100))[:20]
    pipeline = hand.pipeline(
        *invocations,
        parameters=tuple(
            Parameter(name=name, type=Type(name="str"), default=Literal(value=default)) for name in ("p", "items")
        ),
        namespace=namespace,
        tags=tags,
        docstring=f"First.\n\n{chosen.choice(listed)}|\n{chosen.choice(listed)}.",
    )
    emitted = hand.emit(pipeline, operator=OPERATORS[number % 3], dag_id=f"texts_{number}")
    assert not emitted.report.errors, emitted.codes
    file = emitted.write(folder)
    question = {"file": str(file), "conf": {"p": conf}}
    return question, (pipeline, values, conf, default, OPERATORS[number % 3])


def wrong(answer: Any, expected: Any, listed: list[str]) -> Iterator[Any]:
    """What did not arrive as it was sent."""
    pipeline, values, conf, default, operator = expected
    if "errors" in answer:
        yield answer["errors"]
        return
    if sorted(answer["tags"]) != sorted(pipeline.tags):
        yield "tags", sorted(set(pipeline.tags) ^ set(answer["tags"]))
    lines = pipeline.docstring.strip().splitlines()
    if "\n".join(lines[1:]).strip() not in "\n".join((answer["doc_md"] or "").splitlines()):
        yield "docstring", pipeline.docstring, answer["doc_md"]
    for text, held, invocation, fields in zip(listed, values, pipeline.invocations, answer["tasks"], strict=True):
        argv, environment = _process(operator, fields)
        spec = StepSpec.from_argv(argv[argv.index("step") + 1 :])
        arrived = {
            "id": (spec.id, invocation.id),
            "pipeline": (spec.pipeline, f"{pipeline.namespace}/{pipeline.name}"),
            "text": (decode(spec.params["text"]), text),
            "value": (repr(_sorted(decode(spec.params["value"]))), repr(_sorted(held))),
            "given": (decode(spec.params["given"]), {text: conf, "b": default} if text != "b" else {"b": default}),
            "note": (spec.extra, {"note": text, text: 1} if text != "note" else {"note": 1}),
            "tags": (spec.tags, pipeline.tags),
            "variable": (environment["TEXT"], text),
        }
        yield from ((operator, what, text, *pair) for what, pair in arrived.items() if pair[0] != pair[1])


def _sorted(held: Any) -> Any:
    """The value with its sets in order."""
    if isinstance(held, (list, tuple)):
        return type(held)(_sorted(item) for item in held)
    if isinstance(held, dict):
        return {key: _sorted(item) for key, item in held.items()}
    return ("set", sorted(held)) if isinstance(held, set) else held


def _process(operator: str, fields: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of the process that the operator starts."""
    if operator == "docker":
        return fields["command"], fields["environment"]
    if operator == "kubernetes":
        return fields["cmds"], {one["name"]: one["value"] for one in fields["env_vars"]}
    return shlex.split(fields["bash_command"]), fields["env"]


def differences(hand: Any, python: Path, home: Path, folder: Path, count: int, seed: int) -> list[Any]:
    """What of `count` texts does not arrive in the Airflow of an interpreter."""
    chosen = random.Random(seed)
    listed = list(texts(chosen, count))
    chunks = [listed[start : start + TASKS] for start in range(0, count, TASKS)]
    asked = [dag(hand, chosen, chunk, number, folder) for number, chunk in enumerate(chunks)]
    answers = ask(python, home, "texts", [question for question, _ in asked])
    return [
        one
        for answer, (_, expected), chunk in zip(answers, asked, chunks, strict=True)
        for one in wrong(answer, expected, chunk)
    ]


def main() -> int:
    import engines
    from conftest import Hand

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="append", choices=("airflow2", "airflow3"))
    chosen = parser.parse_args()
    found = 0
    for engine in chosen.engine or ("airflow3", "airflow2"):
        with tempfile.TemporaryDirectory() as folder:
            home, dags = Path(folder, "home"), Path(folder, "dags")
            listed = differences(Hand(), engines.interpreter(engine), home, dags, chosen.count, chosen.seed)
        for one in listed[:20]:
            print(engine, one)
        print(f"{engine}: {chosen.count} texts, {len(listed)} differences")
        found += len(listed)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
