"""Pipelines at random, in everything that a DAG file may hold: the same for the same seed.

They are made of the IR alone, so that a file is held against Airflow and its readers' tools whatever the front end can
read of it today. Names and texts are taken from what has broken quoting before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from zencompile.ir import (
    CachePolicy,
    EnvironmentReference,
    Group,
    Hook,
    Hooks,
    ListValue,
    Literal,
    Mapping,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Resources,
    Retry,
    Schedule,
    SecretReference,
    Text,
    Type,
)

TEXTS = (
    "plain",
    "it's",
    'say "hi"',
    "{{ x }}",
    "{% raw %}",
    "back\\slash",
    "two\nlines",
    "tab\there",
    "{brace}",
    "naïve ☃",
    "%s",
    "a" * 130,
    '"""',
    "#",
    "",
    "x.sh",
)
OPERATORS = ("docker", "kubernetes", "bash")
INT, FLOAT, STR, BOOL = (Type(name=name) for name in ("int", "float", "str", "bool"))
PARAMETERS = (
    (FLOAT, 0.5),
    (INT, 3),
    (STR, "it's"),
    (BOOL, True),
    (Type(name="union", arguments=(INT, Type(name="none"))), None),
    (Type(name="literal", values=("a", "b")), "a"),
    (Type(name="list", arguments=(INT,)), [1, 2]),
    (Type(name="dict"), {"a": {"b": [1]}}),
    (Type(name="any"), "x"),
)


def pipelines(hand: Any, seed: int, count: int) -> Iterator[tuple[Pipeline, dict[str, object]]]:
    """`count` pipelines, each with the options that it is compiled with; their `dag_id`s differ."""
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        yield _Maker(hand, chance).pipeline(), {"dag_id": f"generated_{number}", **_options(chance)}


def _options(chance: random.Random) -> dict[str, object]:
    found: dict[str, object] = {"operator": chance.choice(OPERATORS)}
    folder = chance.random() < 0.6
    found["store"] = "/srv/ml" if folder else "s3://acme-ml/artifacts"
    if folder:
        found["volume_claim"] = "artifacts"
    possible: dict[str, object] = {
        "catchup": True,
        "drift": "warn",
        "image_pull_secrets": ("a", "b"),
        "max_active_runs": 1,
        "mounts": ("/etc/ssl:/etc/ssl:ro", "models:/models"),
        "namespace": "acme",
        "network_mode": "host",
        "pool": "gpus",
        "queue": "long",
        "secrets": "variable",
        "service_account": "runner",
        "tags": ("ours",),
    }
    found.update({name: value for name, value in possible.items() if chance.random() < 0.25})
    return found


class _Maker:
    """Makes one pipeline of what its chance gives."""

    def __init__(self, hand: Any, chance: random.Random) -> None:
        self.hand, self.chance = hand, chance

    def often(self, share: float = 0.3) -> bool:
        return self.chance.random() < share

    def pipeline(self) -> Pipeline:
        chance = self.chance
        chosen = [PARAMETERS[n] for n in sorted(chance.sample(range(len(PARAMETERS)), chance.randint(0, 4)))]
        self.parameters = tuple(self._parameter(f"p{n}", *each) for n, each in enumerate(chosen))
        self.images = ["main", *(["big"] if self.often(0.5) else [])]
        ids: list[str] = []
        invocations = []
        for number in range(chance.choice((1, 2, 3, 5, 9, 14))):
            ids.append(self._id(number))
            invocations.append(self._invocation(ids[-1], ids[:-1]))
        steps = {
            name: self.hand.step(name, outputs=(Output(name="output", type=self.hand.any),))
            for name in {invocation.step for invocation in invocations}
        }
        made: Pipeline = self.hand.pipeline(
            *invocations,
            steps=steps,
            parameters=self.parameters,
            images={key: self.hand.image(key, requirements=(f"{key}==1",)) for key in self.images},
            docstring=self._docstring(),
            schedule=self._schedule(),
            tags=("a", "it's")[: chance.randint(0, 2)],
            hooks=Hooks(on_init=Hook(entrypoint="hooks:init", keywords={"a": self._text()}))
            if self.often()
            else Hooks(),
            extra={"owner": self._text()} if self.often() else {},
            execution_mode=chance.choice(("continue_on_failure", "fail_fast")),
        )
        return made

    def _id(self, number: int) -> str:
        return self.chance.choice(
            (f"fit_{number}", f"fit {number}", f"Größe{number}", f"run.{number}.sh", f"DAG{number}")
        )

    def _invocation(self, id: str, earlier: list[str]) -> Any:
        chance = self.chance
        return self.hand.invocation(
            id,
            step=chance.choice(("fit", "load", "class", "a_rather_long_name_of_a_step_that_somebody_chose")),
            inputs={name: self._value(earlier) for name in ("data", "n", "model")[: chance.randint(0, 3)]},
            after=tuple(chance.sample(earlier, min(len(earlier), chance.randint(0, 3)))),
            image=chance.choice(self.images),
            variables=self._variables(),
            secrets=("registry",) if self.often(0.15) else (),
            retry=Retry(max_retries=2, delay=chance.choice((0, 5, 90)), backoff=2) if self.often() else None,
            timeout=chance.choice((None, None, 90, 7200)),
            resources=Resources(cpu=0.5, memory=2 * 10**9, gpu=chance.choice((None, 1))) if self.often() else None,
            cache=CachePolicy(enabled=False) if self.often() else CachePolicy(),
            hooks=Hooks(on_failure=Hook(entrypoint="hooks:alert")) if self.often() else Hooks(),
            group=Group(id=f"group {chance.randint(0, 1)}", name="Some fits") if self.often() else None,
        )

    def _value(self, earlier: list[str], depth: int = 0) -> Any:
        kind = self.chance.randint(0, 5 if depth < 2 else 2)
        if kind == 0 and earlier:
            return OutputRef(invocation=self.chance.choice(earlier), output="output")
        if kind == 1 and self.parameters:
            return ParameterRef(name=self.chance.choice(self.parameters).name)
        if kind == 4:
            return ListValue(items=tuple(self._value(earlier, depth + 1) for _ in range(self.chance.randint(0, 3))))
        if kind == 5:
            return Mapping(items={self._text(): self._value(earlier, depth + 1)})
        return Literal(
            value=self.chance.choice((1, 2.5, None, True, self._text(), [self._text()], {"k": self._text()}))
        )

    def _variables(self) -> dict[str, Any]:
        kinds = {
            "STAGE": Text(value=self._text()),
            "HOME_DIR": EnvironmentReference(name="HOME_DIR", default="/x"),
            "REGION": EnvironmentReference(name="REGION"),
            "TOKEN": SecretReference(name="acme_db", key="password"),
        }
        return {name: value for name, value in kinds.items() if self.often(0.2)}

    def _parameter(self, name: str, type_: Type, value: Any) -> Parameter:
        if self.often(0.2):
            return Parameter(name=name, type=type_, bound="compile", value=Literal(value=value))
        return Parameter(name=name, type=type_, default=Literal(value=value))

    def _schedule(self) -> Schedule | None:
        start = "2026-02-01T00:00:00+01:00"
        return self.chance.choice(
            (
                None,
                None,
                Schedule(cron="15 4 * * 1", timezone="Europe/Berlin", start=start),
                Schedule(cron="@daily", end="2030-01-01T00:00:00+00:00"),
                Schedule(interval=5400, start=start, catchup=True),
                Schedule(run_once=start),
            )
        )

    def _docstring(self) -> str | None:
        text = self._text().strip()
        return self.chance.choice((None, text or None, f"Fit it.\n\n{text}\n\n    {text}"))

    def _text(self) -> str:
        return self.chance.choice(TEXTS)
