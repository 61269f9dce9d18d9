"""The behaviours of the original that show in configuration: one row each, by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zencompile.ir import EnvironmentReference, SecretReference, Text

TWO = "@pipeline\ndef p(n: int = 1):\n    x = load(n)\n    add(x)\n    add(x)\n"
PLAIN = "@pipeline\ndef p():\n    load()\n"

Row = tuple[str, str, str | None, Callable[[Any], bool]]

ROWS: list[Row] = [
    ("S59 YAML parameters fill the pipeline's", TWO, "parameters: {n: 5}", lambda c: value_of(c, "n") == 5),
    ("S59 an unknown one is an error", TWO, "parameters: {m: 5}", lambda c: c.errors == ["ZC0224"]),
    (
        "S60 a YAML step parameter beats the function's default",
        TWO,
        "steps: {add: {parameters: {b: 9}}}",
        lambda c: c.input("add", "b") == 9 and "b" not in c["add_2"].inputs,
    ),
    (
        "S60 it conflicts with an explicit value of the call",
        "@pipeline\ndef p():\n    add(1, b=3)\n",
        "steps: {add: {parameters: {b: 9}}}",
        lambda c: c.errors == ["ZC0309"],
    ),
    (
        "S60 it can supply a required one",
        "@pipeline\ndef p():\n    add()\n",
        "steps: {add: {parameters: {a: 9}}}",
        lambda c: c.input("add", "a") == 9,
    ),
    (
        "S60 an artifact beats it",
        TWO,
        "steps: {add: {parameters: {a: 9}}}",
        lambda c: c.input("add", "a") == "load.output",
    ),
    (
        "S61 the id addresses one call",
        TWO,
        "steps: {add_2: {enable_cache: false}}",
        lambda c: c["add"].cache.enabled and not c["add_2"].cache.enabled,
    ),
    ("S61 an unknown id is a warning", TWO, "steps: {ad: {enable_cache: false}}", lambda c: c.warnings == ["ZC0310"]),
    (
        "S61 an unknown parameter is an error",
        TWO,
        "steps: {add: {parameters: {zz: 1}}}",
        lambda c: c.errors == ["ZC0217"],
    ),
    (
        "S63 YAML beats with_options and the decorator",
        "@pipeline(enable_cache=True)\ndef q():\n    load()\np = q.with_options(enable_cache=True)\n",
        "enable_cache: false",
        lambda c: not c["load"].cache.enabled,
    ),
    (
        "S64 run_name of with_options beats YAML, extra does not",
        "@pipeline\ndef q():\n    load()\np = q.with_options(run_name='code', extra={'k': 'code', 'm': 1})\n",
        "{run_name: yaml, extra: {k: yaml}}",
        lambda c: c.pipeline.run_name == "code" and c.pipeline.extra == {"k": "yaml", "m": 1},
    ),
    (
        "S65 a YAML flag overwrites the steps' own",
        "@step(enable_cache=True)\ndef s() -> int:\n    return 1\n@pipeline\ndef p():\n    s()\n    s()\n",
        "{enable_cache: false, steps: {s_2: {enable_cache: true}}}",
        lambda c: not c["s"].cache.enabled and c["s_2"].cache.enabled,
    ),
    (
        "S65 a flag of the decorator does not",
        "@step(enable_cache=True)\ndef s() -> int:\n    return 1\n@pipeline(enable_cache=False)\ndef p():\n"
        "    s()\n    load()\n",
        None,
        lambda c: c["s"].cache.enabled and not c["load"].cache.enabled,
    ),
    (
        "S66 extra merges key by key",
        "@step(extra={'b': 2})\ndef s() -> int:\n    return 1\n@pipeline(extra={'a': 1, 'b': 1})\ndef p():\n    s()\n",
        "extra: {c: 3}",
        lambda c: c["s"].extra == {"a": 1, "b": 2, "c": 3},
    ),
    (
        "S67 Docker settings merge by field, lists replace, dictionaries merge",
        "@step(settings={'docker': DockerSettings(requirements=['b'], environment={'Y': '2'})})\n"
        "def s() -> int:\n    return 1\n"
        "D = DockerSettings(requirements=['a'], apt_packages=['git'], environment={'X': '1'})\n"
        "@pipeline(settings={'docker': D})\n"
        "def p():\n    s()\n    load()\n",
        None,
        lambda c: (
            environment(c, "s").requirements == ("b",)
            and environment(c, "s").apt_packages == ("git",)
            and environment(c, "s").build_variables == {"X": Text(value="1"), "Y": Text(value="2")}
            and environment(c, "load").requirements == ("a",)
            and list(c.pipeline.environments) == ["default", "s"]
        ),
    ),
    (
        "S68 resources merge",
        "@step(settings={'resources': ResourceSettings(cpu_count=2)})\ndef s() -> int:\n    return 1\n"
        "@pipeline(settings={'resources': ResourceSettings(cpu_count=1, memory='4GB')})\ndef p():\n    s()\n",
        None,
        lambda c: (c["s"].resources.cpu, c["s"].resources.memory) == (2.0, 4_000_000_000),
    ),
    (
        "S69 an unknown settings key is an error",
        "@pipeline(settings={'dokcer': {}})\ndef p():\n    load()\n",
        None,
        lambda c: c.errors == ["ZC0307"],
    ),
    (
        "S69 settings of a flavour are kept raw",
        "@pipeline(settings={'orchestrator.airflow': {'dag_tags': ['x']}})\ndef p():\n    load()\n",
        None,
        lambda c: c["load"].settings == {"orchestrator.airflow": {"dag_tags": ["x"]}},
    ),
    (
        "S70 a step's retry replaces the pipeline's",
        "@step(retry=StepRetryConfig(delay=4))\ndef s() -> int:\n    return 1\n"
        "@pipeline(retry=StepRetryConfig(max_retries=2, delay=9))\ndef p():\n    s()\n    load()\n",
        None,
        lambda c: (c["s"].retry.max_retries, c["s"].retry.delay) == (1, 4) and c["load"].retry.max_retries == 2,
    ),
    (
        "S72 a variable without value is an error",
        TWO,
        'steps: {add: {parameters: {b: "${NOPE}"}}}',
        lambda c: "ZC0331" in c.errors,
    ),
    (
        "S74 variables of the pipeline reach steps, the step's win",
        "@step(environment={'A': 's'})\ndef s() -> int:\n    return 1\n"
        "@pipeline(environment={'A': 'p', 'B': 3})\ndef p():\n    s()\n",
        None,
        lambda c: c["s"].variables == {"A": Text(value="s"), "B": Text(value="3")},
    ),
    (
        "S74 a number in a step's variables is an error",
        "@step(environment={'A': 1})\ndef s() -> int:\n    return 1\n@pipeline\ndef p():\n    s()\n",
        None,
        lambda c: c.errors == ["ZC0315"],
    ),
    (
        "variables stay references",
        "import os\n@step(environment={'A': os.getenv('TOKEN'), 'B': '{{vault.key}}'})\ndef s() -> int:\n    return 1\n"
        "@pipeline\ndef p():\n    s()\n",
        None,
        lambda c: (
            c["s"].variables == {"A": EnvironmentReference(name="TOKEN"), "B": SecretReference(name="vault", key="key")}
        ),
    ),
    (
        "secrets concatenate, the pipeline's first",
        "@step(secrets=['b'])\ndef s() -> int:\n    return 1\n@pipeline(secrets=['a'])\ndef p():\n    s()\n",
        None,
        lambda c: c["s"].secrets == ("a", "b"),
    ),
    ("S75 an unknown placeholder in the run's name", PLAIN, 'run_name: "x-{nope}"', lambda c: c.errors == ["ZC0322"]),
    (
        "S76 with_options copies, configure changes",
        "@pipeline\ndef q():\n    load()\nq.configure(enable_cache=False)\np = q.with_options(extra={'a': 1})\n",
        None,
        lambda c: not c["load"].cache.enabled and c.pipeline.extra == {"a": 1},
    ),
    (
        "S76 an unknown option is an error with a suggestion",
        "@pipeline\ndef q():\n    load()\np = q.with_options(enable_cahce=False)\n",
        None,
        lambda c: c.errors == ["ZC0201"] and c.pipelines[0].problems[0].helps == ("did you mean `enable_cache`?",),
    ),
    (
        "S77 a schedule needs more than a name",
        PLAIN,
        "schedule: {name: x}",
        lambda c: c.errors == ["ZC0318"],
    ),
    (
        "S77 a schedule",
        PLAIN,
        'schedule: {cron_expression: "0 3 * * *", catchup: true}',
        lambda c: (c.pipeline.schedule.cron, c.pipeline.schedule.catchup) == ("0 3 * * *", True),
    ),
    *[
        (
            f"S78 memory {text}",
            f"@pipeline(settings={{'resources': ResourceSettings(memory='{text}')}})\ndef p():\n    load()\n",
            None,
            lambda c, good=good: c.errors == ([] if good else ["ZC0312"]),
        )
        for text, good in [
            ("4GB", True),
            ("4GiB", True),
            ("512MB", True),
            ("4Gi", False),
            ("0.5GB", False),
            ("4 GB", False),
        ]
    ],
    (
        "S79 on_failure in YAML works, failure_hook_source of the pipeline doesn't",
        PLAIN,
        "{on_failure: hooks.tell, success_hook_source: hooks.cheer}",
        lambda c: c["load"].hooks.on_failure.entrypoint == "hooks:tell" and c["load"].hooks.on_success is None,
    ),
    (
        "S79 success_hook_source of a step works",
        PLAIN,
        "steps: {load: {success_hook_source: hooks.cheer}}",
        lambda c: c["load"].hooks.on_success.entrypoint == "hooks:cheer",
    ),
    (
        "S80 of a pipeline's cache policy the booleans are ignored",
        "@pipeline(cache_policy=CachePolicy(include_step_code=False, expires_after=60))\ndef p():\n    load()\n",
        None,
        lambda c: c["load"].cache.include_step_code and c["load"].cache.expires_after == 60,
    ),
    (
        "S89 a step's hook replaces the pipeline's",
        "def a():\n    pass\ndef b():\n    pass\n@step(on_success=b)\ndef s() -> int:\n    return 1\n"
        "@pipeline(on_success=a)\ndef p():\n    s()\n    load()\n",
        None,
        lambda c: c["s"].hooks.on_success.entrypoint == "run:b" and c["load"].hooks.on_success.entrypoint == "run:a",
    ),
    (
        "S89 a hook with a wrong signature",
        "def a(x, y):\n    pass\n@pipeline(on_failure=a)\ndef p():\n    load()\n",
        None,
        lambda c: c.errors == ["ZC0316"],
    ),
    (
        "S95 trackers and operators are noted and have no effect",
        "@step(experiment_tracker='x', step_operator='y')\ndef s() -> int:\n    return 1\n@pipeline\n"
        "def p():\n    s()\n",
        None,
        lambda c: (
            c.notes == ["ZC0313", "ZC0313"]
            and {i.what for i in c.pipeline.ignored} == {"experiment_tracker", "step_operator"}
        ),
    ),
    (
        "S105 step_configurations beats steps",
        "@pipeline\ndef q():\n    load()\n"
        "yes, no = {'load': {'enable_cache': True}}, {'load': {'enable_cache': False}}\n"
        "p = q.with_options(steps=yes, step_configurations=no)\n",
        None,
        lambda c: not c["load"].cache.enabled,
    ),
    (
        "an unknown Docker field is a warning",
        "@pipeline(settings={'docker': DockerSettings(requirments=['a'])})\ndef p():\n    load()\n",
        None,
        lambda c: c.warnings == ["ZC0304"],
    ),
    (
        "materializers by output",
        "from zenml.materializers.base_materializer import BaseMaterializer\n"
        "class M(BaseMaterializer):\n    ASSOCIATED_TYPES = (int,)\n"
        "@step(output_materializers=M)\ndef s() -> int:\n    return 1\n@pipeline\ndef p():\n    s()\n",
        None,
        lambda c: c["s"].materializers == {"output": ("run:M",)},
    ),
    (
        "materializers of an unknown output",
        "@step(output_materializers={'x': 'a.B'})\ndef s() -> int:\n    return 1\n@pipeline\ndef p():\n    s()\n",
        None,
        lambda c: c.errors == ["ZC0317"],
    ),
    (
        "an execution mode",
        "from zenml.enums import ExecutionMode\n@pipeline(execution_mode=ExecutionMode.FAIL_FAST)\ndef p():\n"
        "    load()\n",
        None,
        lambda c: c.pipeline.execution_mode == "fail_fast",
    ),
]


def value_of(compiled: Any, name: str) -> Any:
    (found,) = [p for p in compiled.pipeline.parameters if p.name == name]
    return found.default.value


def environment(compiled: Any, id_: str) -> Any:
    return compiled.pipeline.environments[compiled[id_].environment]


@pytest.mark.parametrize(("text", "config", "holds"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_configuration(compile_text: Any, text: str, config: str | None, holds: Callable[[Any], bool]) -> None:
    """The row's sentence is true."""
    compiled = compile_text(text, name="p", config=config)
    assert holds(compiled), compiled.report.diagnostics


CALLS = [
    ("p()", {}, 1),
    ('p(n="3")', {}, 3),
    ("p(n=2)", {"n": "4"}, 4),
    ("p.with_options(parameters={'n': 7})()", {}, 7),
]


@pytest.mark.parametrize(("call", "parameters", "expected"), CALLS)
def test_values_of_a_parameter(compile_text: Any, call: str, parameters: dict[str, str], expected: int) -> None:
    """S53: values come from --param, the call, with_options or the default, and are coerced."""
    compiled = compile_text(TWO + f"if __name__ == '__main__':\n    {call}\n", parameters=parameters)
    assert value_of(compiled, "n") == expected


def test_variables_in_parameters(compile_text: Any) -> None:
    """S72: the body sees the text as written, steps get the values that --env gives."""
    text = (
        "@step\ndef say(url: str, tags: list = ['${A}']) -> str:\n    return url\n"
        "@pipeline\ndef p(url: str = ''):\n    say(url)\n    say(f'{url}/x')\n"
        "    if url.startswith('$'):\n        say('${B}', [url, '${A}'], id='seen')\n"
    )
    config = "parameters: {url: '${A}/churn.csv'}\nsteps: {say: {parameters: {tags: ['${A}']}}}\n"
    compiled = compile_text(text, name="p", config=config, environment={"A": "s3://b"})
    assert compiled.errors == []
    assert sorted(compiled.ids) == ["say", "say_2", "seen"]
    assert value_of(compiled, "url") == "s3://b/churn.csv"
    assert compiled.input("say", "tags") == ["s3://b"]
    assert compiled.input("say_2", "url") == "s3://b/churn.csv/x"
    assert compiled.input("seen", "tags") == ["s3://b/churn.csv", "s3://b"]
    assert compiled.input("seen", "url") == "${B}"


def test_conflicting_values(compile_text: Any) -> None:
    """S59: the run configuration and the call may not differ."""
    main = "if __name__ == '__main__':\n    p.with_options(config_path='c.yaml')(n=2)\n"
    compiled = compile_text(TWO + main, files={"c.yaml": "parameters: {n: 5}\n"})
    assert compiled.errors == ["ZC0223"]
    compiled = compile_text(TWO + main, files={"c.yaml": "parameters: {n: 2}\n"})
    assert value_of(compiled, "n") == 2


@pytest.mark.parametrize(
    ("signature", "given", "code"),
    [("n: int", {"n": "x"}, "ZC0225"), ("n: int = None", {}, None), ("n: int", {"m": "1"}, "ZC0224")],
)
def test_parameters_of_the_pipeline(compile_text: Any, signature: str, given: dict[str, str], code: str | None) -> None:
    """S53: what doesn't fit is refused; `int = None` is accepted, as in old releases."""
    compiled = compile_text(f"@pipeline\ndef p({signature}):\n    load(n)\n", name="p", parameters=given)
    assert compiled.errors[:1] == ([code] if code else [])


def test_model_parameter(compile_text: Any) -> None:
    """S53: a dictionary becomes the model that the body reads."""
    text = (
        "from pydantic import BaseModel\nclass C(BaseModel):\n    k: int = 2\n"
        "@pipeline\ndef p(c: C):\n    for i in range(c.k):\n        load(i)\n"
    )
    compiled = compile_text(text, name="p", parameters={"c": '{"k": 3}'})
    assert compiled.ids == ["load", "load_2", "load_3"]


def test_binding_time(compile_text: Any) -> None:
    """A parameter that is only handed on can be given at run time; one that decides something is fixed, with a note."""
    text = (
        "@pipeline\ndef p(a: int = 1, b: int = 2, c: int = 3):\n    load(a)\n    add(a, b=b * 2)\n    total([a, c])\n"
    )
    compiled = compile_text(text, name="p")
    assert {p.name: p.bound for p in compiled.pipeline.parameters} == {"a": "runtime", "b": "compile", "c": "runtime"}
    assert compiled.notes == ["ZC0229"]
    fixed = compiled.pipeline.parameters[1]
    assert fixed.value.value == 2
    assert (fixed.reason, fixed.reason_span.line) == ("b * 2", compiled.report.diagnostics[0].span.line)
    assert compiled.input("load", "n") == "$a"
    assert compiled.input("add", "b") == 4
    assert compiled.input("total", "items") == ["$a", "$c"]
