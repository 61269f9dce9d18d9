"""Values that are too long for a command line, and travel as files instead.

Linux takes no single argument of more than 128 KiB (`MAX_ARG_STRLEN` in `execve(2)`), and an engine writes what it is
given into arguments of its own, some of it twice and with its quotes escaped. So a call's longest values are written to
files, each called by its digest, which travel with the facts of code: into images, and onto workers. What names such a
file is a literal again, `{"$": "file", "sha256": …}`, which the runtime reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from zencompile.ir.literals import is_text
from zencompile.ir.model import Invocation, Pipeline
from zencompile.ir.values import External, ListValue, Literal, Mapping, ParameterRef, Value

Json = Any

FOLDER = "runtime/code/values"
"""Where the files lie below the build folder; the runtime finds them beside the facts of code."""

MOST = 32 * 1024
"""Bytes of all values of a call, as JSON, that stay in arguments."""

_LEAST = 1024  # what is shorter is no relief


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Long(NamedTuple):
    """A value that travels as a file."""

    digest: str
    text: str


def digests(pipeline: Pipeline, invocation: Invocation) -> Iterator[str]:
    """The digests of an invocation's long values."""
    yield from (long.digest for long in _long(pipeline, invocation).values())


def files(pipeline: Pipeline) -> dict[str, str]:
    """The files of the long values that the steps of a pipeline name: name below `FOLDER` → text."""
    found = {}
    for invocation in pipeline.invocations:
        named = pipeline.steps[invocation.step].values
        for long in _long(pipeline, invocation).values() if named else ():
            if long.digest in named:
                found[f"{long.digest}.json"] = long.text
    return dict(sorted(found.items()))


def relieved(pipeline: Pipeline, invocation: Invocation) -> Invocation:
    """The invocation with references in the place of its long values, as far as its step names them."""
    named = pipeline.steps[invocation.step].values
    found = _long(pipeline, invocation) if named else {}
    return _without(pipeline, invocation, {text: long for text, long in found.items() if long.digest in named})


def relief(pipeline: Pipeline, invocation: Invocation) -> tuple[Invocation, dict[str, str]]:
    """The invocation with references in the place of its long values, and their files: name below `FOLDER` → text."""
    found = _long(pipeline, invocation)
    return _without(pipeline, invocation, found), {f"{long.digest}.json": long.text for long in found.values()}


def _without(pipeline: Pipeline, invocation: Invocation, chosen: dict[str, Long]) -> Invocation:
    if not chosen:
        return invocation
    fixed = _fixed(pipeline)
    inputs = {name: _replaced(value, chosen, fixed) for name, value in invocation.inputs.items()}
    return invocation.model_copy(update={"inputs": inputs})


def _long(pipeline: Pipeline, invocation: Invocation) -> dict[str, Long]:
    """The longest values of an invocation, as many as it takes, by their text in an argument."""
    fixed = _fixed(pipeline)
    sizes: dict[str, int] = {}
    total = 0
    for value in invocation.inputs.values():
        for known in _known(value, fixed):
            text = _ENCODER.encode(known.value)
            sizes[text] = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
            total += sizes[text]
    found: dict[str, Long] = {}
    for text, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])) if total > MOST else ():
        if total <= MOST or size < _LEAST:
            break
        held = json.dumps(json.loads(text), ensure_ascii=not is_text(text), indent=1) + "\n"
        found[text] = Long(hashlib.sha256(held.encode()).hexdigest(), held)
        total -= size
    return found


def _fixed(pipeline: Pipeline) -> dict[str, Literal]:
    """The parameters whose value is known, by name."""
    return {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}


def _known(value: Value, fixed: dict[str, Literal]) -> Iterator[Literal | External]:
    """The literals that a value is made of, but for those inside of expressions."""
    if isinstance(value, ListValue):
        for item in value.items:
            yield from _known(item, fixed)
    elif isinstance(value, Mapping):
        for item in value.items.values():
            yield from _known(item, fixed)
    elif isinstance(value, ParameterRef):
        if value.name in fixed:
            yield fixed[value.name]
    elif isinstance(value, (Literal, External)):
        yield value


def _replaced(value: Value, chosen: dict[str, Long], fixed: dict[str, Literal]) -> Value:
    if isinstance(value, ListValue):
        return value.model_copy(update={"items": tuple(_replaced(item, chosen, fixed) for item in value.items)})
    if isinstance(value, Mapping):
        items = {key: _replaced(item, chosen, fixed) for key, item in value.items.items()}
        return value.model_copy(update={"items": items})
    known = next(_known(value, fixed), None)
    long = chosen.get(_ENCODER.encode(known.value)) if known is not None else None
    if known is None or long is None:
        return value
    return known.model_copy(update={"value": {"$": "file", "sha256": long.digest}})
