"""Conditions that KFP evaluates itself hold exactly where Python's do: on its server, and in the SDK's local runner.

Values are those that an annotation allows and that a parameter holds: an int beyond a double's range is in none, and
fails the run where a condition asks for it.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kubeflow_samples import Compiled, call, kind, pipeline, step
from stand_in_cel import Condition as Cel

from zencompile.ir import Condition, Expression, Literal, OutputRef, Type, Value
from zencompile.ir.expressions import Source

_SIDES = ("heads", "tails", "on the edge")
_TYPES: dict[str, Type] = {
    "count": kind("int"),
    "flag": kind("bool"),
    "side": Type(name="literal", values=_SIDES),
    "score": kind("float"),
    "name": kind("str"),
}
_EDGE = 1 << 53
_INTS = st.one_of(st.integers(-3, 3), st.integers(-_EDGE + 1, _EDGE - 1), st.sampled_from([_EDGE - 1, 1 - _EDGE, 0]))
_VALUES = st.fixed_dictionaries({"count": _INTS, "flag": st.booleans(), "side": st.sampled_from(_SIDES)})
_LITERALS = st.one_of(_INTS, st.booleans(), st.sampled_from([*_SIDES, "", "it's"]), st.just(None), st.just(2.5))
_STEPS = [step(name, outputs={"output": one}) for name, one in _TYPES.items()]
_NOTE = step("note", {"text": kind("any")})


def _output(name: str) -> OutputRef:
    return OutputRef(invocation=name, output="output")


def _compared(operator: str, name: str, value: Any, turned: bool) -> Value:
    operands = (_output(name), Literal(value=value))
    return Expression(operator=operator, operands=operands[::-1] if turned else operands)


def _combined(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    pairs = st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3))
    both = pairs.map(lambda pair: Expression(operator=pair[0], operands=tuple(pair[1])))
    return both | inner.map(lambda one: Expression(operator="not", operands=(one,)))


_OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_NAMES = st.sampled_from(sorted(_TYPES))
_MEMBERS = st.tuples(st.sampled_from(["in", "not in"]), _NAMES, st.lists(_LITERALS, max_size=3))
TESTS: st.SearchStrategy[Value] = st.recursive(
    st.builds(_compared, _OPERATORS, _NAMES, _LITERALS, st.booleans())
    | _NAMES.map(_output)
    | _MEMBERS.map(lambda one: Expression(operator=one[0], operands=(_output(one[1]), Literal(value=one[2])))),
    _combined,
    max_leaves=4,
)


def _in_the_sdk(condition: str, values: dict[str, Any]) -> bool:
    """What `ConditionEvaluator.evaluate_condition` of kfp/local/orchestrator comes to: texts in a text, and `eval`."""
    text = condition
    for name, value in values.items():
        shown = f"'{value}'" if isinstance(value, str) else str(value)
        text = text.replace(f"inputs.parameter_values['{name}']", shown)
    text = text.replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"!\s*\(", "not (", text)
    return bool(eval(text, {"__builtins__": {}, "true": True, "false": False}))


@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(TESTS, st.lists(_VALUES, min_size=1, max_size=5))
def test_a_condition_in_cel_holds_where_pythons_does(test: Value, rows: list[dict[str, Any]]) -> None:
    made = Compiled(
        pipeline(
            [*_STEPS, _NOTE],
            [*(call(name) for name in _TYPES), call("note", inputs={"text": 1})],
            controls=(Condition(id="c", test=test, then=("note",)),),
        )
    )
    if any(name.startswith("exec-decide") for name in made.spec["deploymentSpec"]["executors"]):
        return  # Python decides
    condition = made.task("if-c")["triggerPolicy"]["condition"]
    written = Source()
    text = written.text(test)
    for row in rows:
        named = {f"pipelinechannel--{name}--output": value for name, value in row.items()}
        wanted = bool(eval(text, {**row, "score": 0.5, "name": "x"}))
        doubles = {name: float(one) if type(one) is int else one for name, one in named.items()}
        assert Cel(condition).holds(doubles) is wanted, condition
        assert _in_the_sdk(condition, named) is wanted, condition
