"""What a step's process runs besides its function: hooks, materializers, classes of the values that reach it."""

from __future__ import annotations

from collections.abc import Iterator

from zencompile.frontend.lowering.config import NO_HOOKS
from zencompile.ir import External, Literal, Map, OutputRef, Pipeline, Type, Value, leaves
from zencompile.ir.expressions import names_in
from zencompile.ir.literals import Json


def roots(pipeline: Pipeline) -> dict[str, set[str]]:
    """By key of the step, the "module:name" of all that its invocations run besides the step itself.

    A step loads a value with the materializer of the value's class and may call its methods, whether or not it
    names the class: what the step before it declares to return counts.
    """
    found: dict[str, set[str]] = {}
    for invocation in pipeline.invocations:
        external = [v.materializer for v in invocation.inputs.values() if v.__class__ is External and v.materializer]
        if not invocation.materializers and invocation.hooks is NO_HOOKS and not external:
            continue
        own = found.setdefault(invocation.step, set())
        own.update(path for paths in invocation.materializers.values() for path in paths)
        own.update(external)
        own.update(hook.entrypoint for _, hook in invocation.hooks if hook is not None)
    for step, classes in _received(pipeline):
        found.setdefault(step, set()).update(classes)
    for invocation in pipeline.invocations:
        names = {name for value in invocation.inputs.values() for name in _named(value)}
        if names:
            found.setdefault(invocation.step, set()).update(names)
    return found


def _named(value: Value) -> Iterator[str]:
    """The classes of an argument, and what it names of packages, as "module:name"."""
    for leaf in leaves(value):
        if leaf.__class__ is Literal and leaf.value.__class__ in (dict, list):
            yield from _named_in(leaf.value)


def _named_in(value: Json) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named_in(item)
    elif isinstance(value, dict):
        tag = value.get("$")
        if tag in ("model", "enum"):
            yield value["class"]
        elif tag == "symbol":
            yield value["path"].replace(".", ":", 1)
        elif tag == "expression":
            yield from (name.replace(".", ":", 1) for name, _ in names_in(value["text"], value.get("given", ())))
        for item in value.values():
            yield from _named_in(item)


def _received(pipeline: Pipeline) -> Iterator[tuple[str, frozenset[str]]]:
    """The project's classes and materializers of what each invocation gets, in the order in which they run."""
    made = {
        key: frozenset(one for output in step.outputs for one in (*_made(output.type), *output.materializers))
        for key, step in pipeline.steps.items()
    }
    if not any(made.values()) and not any(invocation.materializers for invocation in pipeline.invocations):
        return
    anything = {key for key, step in pipeline.steps.items() if any(o.type.name == "any" for o in step.outputs)}
    mapped = {c.body[0]: c.over.values() for c in pipeline.controls if c.__class__ is Map and c.body}
    given: dict[str, frozenset[str]] = {}
    for invocation in pipeline.invocations:
        values = (*invocation.inputs.values(), *mapped.get(invocation.id, ()))
        sources = {leaf.invocation for value in values for leaf in leaves(value) if leaf.__class__ is OutputRef}
        received = frozenset().union(*(given.get(source, frozenset()) for source in sources))
        if received:
            yield invocation.step, received
        explicit = (path for paths in invocation.materializers.values() for path in paths)
        passed = received if invocation.step in anything else frozenset()
        given[invocation.id] = made.get(invocation.step, frozenset()).union(explicit, passed)


def _made(type: Type) -> Iterator[str]:
    """The project's classes in an annotation."""
    if ":" in type.name:
        yield type.name
    for argument in type.arguments:
        yield from _made(argument)
