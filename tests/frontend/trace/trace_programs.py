"""Generated programs: a project of steps, pipelines and a script, all different, all compiling; a seed gives one."""

from __future__ import annotations

import random
from pathlib import Path

STEPS = '''\
"""Steps and what they take."""

import dataclasses
import enum
from typing import Annotated, Any, Optional

from pydantic import BaseModel
from zenml import step
from zenml.config import ResourceSettings


class Mode(enum.Enum):
    FAST = "fast"
    SLOW = "slow"


class Config(BaseModel):
    rate: float = 0.1
    depth: int = 3
    mode: Mode = Mode.FAST


@dataclasses.dataclass
class Window:
    start: int
    end: int = 10


def failed(error):
    print(error)


@step
def source(path: str, limit: int = 100) -> Annotated[list[int], "rows"]:
    """Read rows."""
    return []


@step(enable_cache=False, on_failure=failed)
def split(rows: list[int], share: float = 0.5) -> tuple[Annotated[list[int], "left"], Annotated[list[int], "right"]]:
    return [], []


@step(settings={"resources": ResourceSettings(cpu_count=2, memory="1GB")})
def fit(rows: list[int], rate: float, config: Optional[Config] = None, window: Optional[Window] = None,
        flag: bool = False, extra: Any = None) -> float:
    return 0.0


@step
def join(parts: list[float], title: str, mode: Mode = Mode.SLOW) -> str:
    return ""


@step
def note(text: str, labels: Optional[dict[str, str]] = None, names: Optional[list[str]] = None) -> None:
    pass


def doubled(values, by=2):
    return [value * by for value in values]
'''

PARAMETERS = [
    ("count", "int", ["2", "3"]),
    ("rate", "float", ["0.5", "1.25"]),
    ("path", "str", ["'a.csv'", "'b/c.csv'"]),
    ("flag", "bool", ["True", "False"]),
    ("names", "list[str]", ["['x', 'y']", "['z']"]),
    ("labels", "dict[str, str]", ["{'k': 'v'}"]),
    ("title", "str | None", ["None", "'T'"]),
    ("limit", "int", ["10", "20"]),
    ("config", "Config", ["Config(rate=0.7)", "Config(mode=Mode.SLOW, depth=4)"]),
    ("mode", "Mode", ["Mode.FAST", "Mode.SLOW"]),
]


class Program:
    """One program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.rows = 0
        self.scores: list[str] = []
        self.known: dict[str, str] = {}

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def likely(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def emit(self, text: str, depth: int) -> None:
        self.lines += ["    " * depth + line for line in text.splitlines()]

    # values of the kinds that steps take

    def number(self) -> str:
        made = [str(self.random.randint(1, 9))]
        made += [n for n in ("limit", "count") if n in self.known]
        made += ["[5, 6, 7, 8][count]", "len(range(count))", "sum([count, 1])"] if "count" in self.known else []
        made += ["limit * 2", "limit + 1"] if "limit" in self.known and self.likely(0.3) else []
        return self.random.choice(made)

    def rate(self) -> str:
        made = ["0.25", "RATES[0]", "max(RATES)"]
        made += ["rate", "rate"] if "rate" in self.known else []
        made += ["rate / 2", "round(rate, 1)"] if "rate" in self.known and self.likely(0.3) else []
        return self.random.choice(made)

    def text(self) -> str:
        made = ["'plain'", "HERE.name", "str(HERE / 'data.csv')", "'-'.join(['a', 'b'])"]
        made += ["path"] * 3 if "path" in self.known else []
        made += ["title or 'none'"] if "title" in self.known else []
        made += (
            ["'%s-%s' % (path, 1)", "path[:3]", "path + '.bak'", "os.path.join('d', path)", "str(Path('e') / path)"]
            if ("path" in self.known and self.likely(0.2))
            else []
        )
        made += ["f'{path}!'", "path.upper()"] if "path" in self.known and self.likely(0.3) else []
        return self.random.choice(made)

    # statements

    def statement(self, depth: int, loop: str = "") -> None:
        kind = self.random.choice([self.fit, self.fit, self.note, self.branch, self.loop, self.nested, self.more])
        kind(depth, loop)

    def step(self, name: str) -> str:
        if not self.likely(0.4):
            return name
        options = self.pick(
            "enable_cache=False", "retry=StepRetryConfig(max_retries=2, delay=5)", "extra={'owner': 'me'}",
            "settings={'resources': ResourceSettings(cpu_count=4)}",
            "settings={'docker': DockerSettings(apt_packages=['git'])}",
        )  # fmt: skip
        return f"{name}.with_options({options})"

    def fit(self, depth: int, loop: str) -> None:
        arguments = [self.pick("rows", "left", "rows=right"), f"rate={self.rate()}"]
        if self.likely(0.4):
            arguments.append("config=" + self.pick("Config(depth=5)", *(["config"] if "config" in self.known else [])))
        if self.likely(0.3):
            arguments.append("window=" + self.pick("Window(1)", "Window(start=1, end=2)"))
        if self.likely(0.3):
            arguments.append("flag=" + self.pick("True", *(["flag"] * 3 if "flag" in self.known else [])))
        if self.likely(0.3):
            arguments.append(
                "extra=" + self.pick("{'a': [1, (2, 3)]}", "doubled([1, 2])", "ExternalArtifact(value=[1])")
            )
        if loop:
            arguments.append(f"id=f'fit_{{{loop}}}_{len(self.lines)}'")
        elif self.likely(0.2):
            arguments.append("after=['source']")
        self.emit(f"scores.append({self.step('fit')}({', '.join(arguments)}))", depth)

    def note(self, depth: int, loop: str) -> None:
        arguments = [self.text()]
        if "labels" in self.known and self.likely():
            arguments.append("labels=" + self.pick("labels", "{**labels, 'n': 'm'}", "{'k': labels['k']}"))
        if "names" in self.known and self.likely():
            arguments.append("names=" + self.pick("names", "[*names, 'w']", "names[:1]"))
        self.emit(f"{self.step('note')}({', '.join(arguments)})", depth)

    def branch(self, depth: int, loop: str) -> None:
        if depth > 2:
            return self.fit(depth, loop)
        tests = ["len(RATES) > 1", "Mode('fast') is Mode.FAST"]
        tests += ["count > 2", "count in (2, 3)"] if "count" in self.known else []
        tests += ["flag", "not flag"] if "flag" in self.known else []
        tests += ["title", "title is None"] if "title" in self.known else []
        tests += ["mode is Mode.FAST", "mode == Mode.SLOW"] if "mode" in self.known else []
        self.emit(f"if {self.random.choice(tests)}:", depth)
        self.statement(depth + 1, loop)
        if self.likely():
            self.emit("else:", depth)
            self.statement(depth + 1, loop)
        return None

    def loop(self, depth: int, loop: str) -> None:
        if depth > 1:
            return self.note(depth, loop)
        items = ["range(2)", "enumerate(['p', 'q'])", "doubled(range(2))", "RATES"]
        items += ["range(count)"] if "count" in self.known else []
        items += ["names", "sorted(names)"] if "names" in self.known else []
        iterable = self.random.choice(items)
        target = f"i{depth}"
        self.emit(
            f"for {target}, _ in {iterable}:" if "enumerate" in iterable else f"for {target} in {iterable}:", depth
        )
        self.statement(depth + 1, target)
        return None

    def nested(self, depth: int, loop: str) -> None:
        arguments = ["rows"] + ([f"rate={self.rate()}"] if self.likely() else [])
        self.emit(f"scores.append(inner({', '.join(arguments)}))", depth)

    def more(self, depth: int, loop: str) -> None:
        self.emit(f"scores += [fit(part, rate={self.rate()}) for part in (left, right)]", depth)

    # files

    def pipeline(self, name: str) -> str:
        chosen = sorted(self.random.sample(PARAMETERS, self.random.randint(2, 6)), key=PARAMETERS.index)
        self.known = {n: t for n, t, _ in chosen}
        signature = ", ".join(f"{n}: {t} = {self.random.choice(d)}" for n, t, d in chosen)
        decorator = self.pick(
            "@pipeline", "@pipeline(enable_cache=False)", "@pipeline(settings={'docker': docker}, tags=['t'])",
            f"@pipeline(name='named_{name}', model=Model(name='m', version='1'))",
        )  # fmt: skip
        self.lines = [decorator, f"def {name}({signature}):", f'    """Pipeline {name}."""']
        self.emit(f"rows = source({self.text()}, limit={self.number()})", 1)
        self.emit("left, right = split(rows)", 1)
        self.emit("scores = []", 1)
        for _ in range(self.random.randint(2, 5)):
            self.statement(1)
        self.emit("logger.info('%s scores', len(scores))", 1)
        self.emit(f"join([*scores, fit(rows, 0.1)], title={self.text()}" + self.pick("", ", mode=Mode.FAST") + ")", 1)
        self.emit(self.pick("return rows", "return left, right", "print(rows)"), 1)
        return "\n".join(self.lines)

    def write(self, folder: Path) -> None:
        """Write the project into a folder."""
        first, second = self.pipeline("first"), self.pipeline("second")
        (folder / "steps.py").write_text(STEPS)
        (folder / "pipelines.py").write_text(HEADER + first + "\n\n\n" + second + "\n")
        (folder / "config.yaml").write_text(CONFIG)
        (folder / "run.py").write_text(
            RUN.format(value=self.pick("{'enable_cache': True}", "{}"), other=self.pick("first", "second"))
        )


HEADER = '''\
"""Pipelines."""

import os
from pathlib import Path

from steps import Config, Mode, Window, doubled, fit, join, note, source, split
from zenml import ExternalArtifact, Model, pipeline
from zenml.config import DockerSettings, ResourceSettings
from zenml.config.retry_config import StepRetryConfig
from zenml.logger import get_logger

logger = get_logger(__name__)
HERE = Path(__file__).parent / "data"
RATES = [float(text) for text in "0.5 0.75".split()]
docker = DockerSettings(
    requirements=["numpy"],
    environment={"TOKEN": os.getenv("TOKEN"), "REGION": os.environ.get("REGION", "eu"), "HOME_OF": str(HERE)},
)


@pipeline
def inner(rows, rate: float = 0.9):
    return fit(rows, rate=rate)


'''

CONFIG = """\
enable_cache: false
tags: [configured]
steps:
  source:
    enable_cache: true
"""

RUN = '''\
"""Runs a pipeline."""

import os

import click
from pipelines import first, second


@click.command()
@click.option("--second", "other", is_flag=True)
@click.option("--cached/--no-cached", default=True)
@click.option("--name", default=None)
def main(other: bool, cached: bool, name: str | None) -> None:
    options = {value}
    if not cached:
        options["enable_cache"] = False
    options["config_path"] = os.path.join(os.path.dirname(os.path.realpath(__file__)), "config.yaml")
    if name:
        options["run_name"] = f"{{name}}-run"
    chosen = second if other else {other}
    chosen.with_options(**options)()


if __name__ == "__main__":
    main()
'''
