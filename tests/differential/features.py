"""Programs that use one template each: which feature is it that a program of many can't be compiled for?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from expressions import EXPRESSIONS, LITERALS
from grammar import NotApplicable, Scope, Tables, Writer
from programs import Module, Program
from statements import MODULE_LEVEL, OBSERVED, SMALL, templates

FILLINGS = 4


@dataclass(frozen=True)
class Feature:
    """A template: an expression of some kind (`subject`), or a statement about some subject."""

    subject: str
    template: str
    expression: bool

    def __str__(self) -> str:
        return f"{self.subject}: {self.template}"


def features() -> Iterator[Feature]:
    for kind, expressions in EXPRESSIONS.items():
        for template in expressions:
            yield Feature(kind, template, expression=True)
    for subject, statements in {**MODULE_LEVEL, "small": SMALL}.items():
        for template in statements:
            yield Feature(subject, template, expression=False)


def program(feature: Feature, seed: int) -> Program:
    """A program that has something of each kind, uses the template a few times, and shows what came of it."""
    chance = random.Random(f"{seed}/{feature}")
    writer = Writer(chance, Tables({}, LITERALS, SMALL), 0, 0.3)
    module = Module("run")
    for template in templates("one_of_each"):
        module.texts.append(writer.statement(template, module.scope))
    known = dict(module.scope.names)
    for _ in range(FILLINGS):
        text = _use(feature, writer, module.scope)
        if text:
            module.texts.append(text)
    shown = [OBSERVED[kind].format(name) for name, kind in module.scope.names.items() if kind in OBSERVED]
    assert set(known) <= set(module.scope.names)
    body = "\n".join(f"    show({text})" for text in shown)
    module.texts.append(f"@step\ndef show(value: object) -> None:\n    pass\n\n@pipeline\ndef main():\n{body}")
    module.texts.append('if __name__ == "__main__":\n    main()')
    return Program(seed, {"run.py": module.text()})


def _use(feature: Feature, writer: Writer, scope: Scope) -> str:
    try:
        if not feature.expression:
            return writer.statement(feature.template, scope)
        text = writer.filled(feature.template, scope, 1)
    except NotApplicable:
        return ""
    name = writer.new_name(feature.subject)
    scope.bind(name, feature.subject)
    return f"{name} = {text}"
