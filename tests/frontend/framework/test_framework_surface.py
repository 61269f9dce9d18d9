"""The surface: held against the real framework, used by all who read settings, and its page is of now."""

from __future__ import annotations

import json
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
import surface_page

from zencompile.diagnostics import Report
from zencompile.frontend import surface
from zencompile.frontend.framework import spelling
from zencompile.frontend.framework.settings import check_value
from zencompile.frontend.surface import Place

ASK = r"""
import enum, importlib, inspect, json, sys, warnings
warnings.simplefilter("ignore")
from zenml import pipeline, step
from zenml.config.pipeline_run_configuration import PipelineRunConfiguration
from zenml.config.step_configurations import StepConfigurationUpdate
from zenml.pipelines.pipeline_definition import Pipeline
from zenml.steps.base_step import BaseStep

asked = json.load(sys.stdin)
of = lambda function: [name for name in inspect.signature(function).parameters if name not in ("self", "_func")]
answer = {
    "places": {
        "@step": of(step),
        "step.configure": of(BaseStep.configure),
        "step.with_options": of(BaseStep.with_options),
        "steps.<id>": list(StepConfigurationUpdate.model_fields),
        "@pipeline": of(pipeline),
        "pipeline.configure": of(Pipeline.configure),
        "pipeline.with_options": [n for n in (*of(Pipeline.with_options), *of(Pipeline.configure)) if n != "kwargs"],
        "run configuration": [*PipelineRunConfiguration.model_fields],
    },
    "fields": {}, "members": {}, "missing": [],
}
for kind, path in asked["tables"].items():
    module, _, name = path.rpartition(".")
    class_ = getattr(importlib.import_module(module), name)
    fields = getattr(class_, "model_fields", None)
    answer["fields"][kind] = list(fields) if kind != "external" else of(class_.__init__)
enums = importlib.import_module("zenml.enums")
docker = importlib.import_module("zenml.config.docker_settings")
for name in asked["enums"]:
    class_ = getattr(enums, name, None) or getattr(docker, name)
    answer["members"][name] = {member.name: member.value for member in class_}
answer["taken"] = {}
for kind, fields in ((k, f) for k, f in asked["values"].items() if f):
    module, _, name = asked["tables"][kind].rpartition(".")
    class_ = getattr(importlib.import_module(module), name)
    needed = {"model": {"name": "n"}, "tag": {"name": "n"}, "docker": {"parent_image": "i"}}.get(kind, {})
    for field, values in fields.items():
        for value in values:
            try:
                class_(**{**needed, field: value})
                taken = True
            except ValueError:
                taken = False
            answer["taken"][f"{kind}.{field} = {value!r}"] = taken
print("\n" + json.dumps(answer))
"""
VALUES: list[Any] = [None, True, 5, 1.5, "x", "true", "pip", "download", [], ["a"], [1], {}, {"a": 1}]
"""What each field that says what it takes is given."""


@pytest.fixture(scope="module")
def real(zenml_python: Path) -> Any:
    """What ZenML itself has of what the table names."""
    asked = {
        "tables": {kind: table.path for kind, table in surface.TABLES.items() if table.path},
        "values": {
            kind: {field.name: VALUES for field in table.fields if field.takes is not Any}
            for kind, table in surface.TABLES.items()
        },
        "enums": [name.name for name in surface.NAMES.values() if name.kind == "enum" and not name.until],
    }
    done = subprocess.run(
        [str(zenml_python), "-c", ASK], input=json.dumps(asked), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # what comes before is its log


# Names of `configure` arguments that a run configuration takes as well, in ZenML too: it hands the rest on.
HANDED_ON = {"on_start", "on_end", "on_success", "on_failure", "on_init", "on_init_kwargs", "on_cleanup", "on_pause"}
HANDED_ON |= {"on_resume"}


@pytest.mark.parametrize("place", Place, ids=lambda place: place.value)
def test_each_place_takes_what_it_takes_in_zenml(real: Any, place: Place) -> None:
    """Not one argument more, and not one less."""
    ours = surface.at(place, old=False)
    if place in (Place.YAML, Place.STEP_YAML):
        ours -= HANDED_ON
    assert ours == set(real["places"][place.value])


@pytest.mark.parametrize("kind", [kind for kind, table in surface.TABLES.items() if table.path])
def test_each_table_has_the_fields_of_its_class(real: Any, kind: str) -> None:
    """Rows that are marked as older may be gone."""
    table = surface.TABLES[kind]
    now = {field.name for field in table.fields if not field.until}
    theirs = set(real["fields"][kind]) if kind != "external" else {"data"}
    if kind == "external":
        now = {"data"} if now else now  # its arguments are those of the data that it makes
    assert now == theirs


def test_each_enum_has_the_members_of_its_class(real: Any) -> None:
    """With their texts."""
    ours = {name.name: dict(name.members) for name in surface.NAMES.values() if name.kind == "enum" and not name.until}
    assert ours == real["members"]


def test_each_field_takes_what_it_takes_in_zenml(real: Any) -> None:
    """Values of the wrong kind are refused, others never."""
    ours = {}
    for kind, table in surface.TABLES.items():
        for field in table.fields:
            for value in VALUES if field.takes is not Any else ():
                report = Report()
                check_value(table, field, value, None, report)
                ours[f"{kind}.{field.name} = {value!r}"] = not report.errors
    assert {what: taken for what, taken in ours.items() if taken != real["taken"][what]} == {}


def test_each_name_of_now_exists_in_zenml() -> None:
    """The list of its names is written by `scripts/framework_names.py`."""
    _, known = spelling.known_names()
    theirs = {"DEFAULT_SERVICE_START_STOP_TIMEOUT", "run_with_accelerate"}  # of integrations, which are not listed
    theirs |= {"AirflowOrchestratorSettings", "KubeflowOrchestratorSettings", "KubernetesOrchestratorSettings"}
    theirs |= {"KubernetesPodSettings", "VertexCustomJobParameters", "VertexOrchestratorSettings"}
    assert {name.name for name in surface.NAMES.values() if not name.until} - known - theirs == set()


def test_a_row_goes_somewhere_or_says_why_not() -> None:
    """Never both, never neither."""
    rows = [*surface.SETTINGS, *(field for table in surface.TABLES.values() for field in table.fields)]
    assert [row.name for row in rows if bool(row.into) is bool(row.dropped)] == []
    below = {row.below for row in rows if row.below} - {"settings.*", "steps.*"}
    assert below <= set(surface.TABLES)


def test_the_page_is_of_now() -> None:
    """`docs/surface.md`."""
    assert surface_page.PAGE.read_text("utf-8") == surface_page.page(), "python tests/surface_page.py"


MISSPELT = """
import zenml
from zenml import pipeline, step


@step({step})
def load() -> int:
    return 1


@pipeline({pipeline})
def training():
    load{call}()


if __name__ == "__main__":
    training{run}()
"""


def _compile(folder: Path, source: str, config: str = "") -> list[Any]:
    from zencompile.diagnostics import Report
    from zencompile.frontend import Request, read

    (folder / "pyproject.toml").touch()
    (folder / "run.py").write_text(source)
    (folder / "c.yaml").write_text(config)
    report = Report()
    read(Request(folder / "run.py"), report)
    return list(report)


def _every_level(name: str) -> dict[str, Any]:
    """For each place of a nested field, a mapping in which it is misspelt."""
    made: dict[str, Any] = {}

    def descend(table: surface.Table, wrap: Any, path: str, depth: int) -> None:
        made[f"{path}.{name}"] = wrap({name: 1})
        for field in table.fields if depth else ():
            if field.below:
                below = surface.TABLES[field.below]
                descend(below, lambda inner, f=field.name: wrap({f: inner}), f"{path}.{field.name}", depth - 1)

    for setting in surface.SETTINGS:
        if setting.below in surface.TABLES and not setting.below.endswith(".*"):
            table = surface.TABLES[setting.below]
            descend(table, lambda inner, s=setting.name: {s: inner}, setting.name, 2)
    for key in ("docker", "resources", "orchestrator.airflow", "orchestrator.kubeflow", "orchestrator.kubernetes"):
        table = surface.TABLES[key]
        descend(table, lambda inner, k=key: {"settings": {k: inner}}, f"settings.{key}", 3)
    return made


LEVELS = _every_level("no_such_field")


@pytest.mark.parametrize("where", LEVELS)
def test_unknown_fields_are_reported_at_any_depth(tmp_path: Path, where: str) -> None:
    """In decorators, `with_options` and run configurations alike."""
    given = LEVELS[where]
    (key,) = given
    setting = next(setting for setting in surface.SETTINGS if setting.name == key)
    places = {
        Place.STEP: {"step": f"{key}={given[key]!r}"},
        Place.PIPELINE: {"pipeline": f"{key}={given[key]!r}"},
        Place.STEP_OPTIONS: {"call": f".with_options({key}={given[key]!r})"},
        Place.PIPELINE_OPTIONS: {"run": f".with_options({key}={given[key]!r})"},
    }
    blanks = {"step": "", "pipeline": "", "call": "", "run": ""}
    for place, filled in places.items():
        if place in setting.on:
            found = _compile(tmp_path, MISSPELT.format(**{**blanks, **filled}))
            assert any("no_such_field" in d.message for d in found), (place, [d.message for d in found])
            (told,) = [d for d in found if "no_such_field" in d.message]
            assert told.span is not None and told.span.file == "run.py"
    if Place.YAML in setting.on:
        run = {"run": '.with_options(config_path="c.yaml")'}
        found = _compile(tmp_path, MISSPELT.format(**{**blanks, **run}), json.dumps(given))
        assert any("no_such_field" in d.message and d.span.file == "c.yaml" for d in found)
    if Place.STEP_YAML in setting.on:
        for keyword in ("steps", "step_configurations"):
            given_here = {"run": f".with_options({keyword}={{'load': {given!r}}})"}
            found = _compile(tmp_path, MISSPELT.format(**{**blanks, **given_here}))
            assert any("no_such_field" in d.message and d.span.file == "run.py" for d in found)
        run = {"run": '.with_options(config_path="c.yaml")'}
        found = _compile(tmp_path, MISSPELT.format(**{**blanks, **run}), json.dumps({"steps": {"load": given}}))
        assert any("no_such_field" in d.message and d.span.file == "c.yaml" for d in found)


@pytest.mark.parametrize(
    ("key", "told"), [("orchestrator.airflows", True), ("orchestrator.kubernets", True), ("orchestrator.tekton", False)]
)
def test_flavours_that_are_nearly_those_of_targets_are_told(tmp_path: Path, key: str, told: bool) -> None:
    """Others belong to stacks that nothing is compiled to."""
    program = MISSPELT.format(step=f"settings={{'{key}': {{}}}}", pipeline="", call="", run="")
    found = _compile(tmp_path, program)
    assert any(d.code == "ZC0304" and key in d.message for d in found) is told


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("from zenml import stepp", "ZC0102", "Did you mean: 'step'?"),
        ("from zenml import Modell", "ZC0102", "Did you mean: 'Model'?"),
        ("from zenml.config import DockerSetting", "ZC0102", "Did you mean: 'DockerSettings'?"),
        ("from zenml.steps import BaseParameter", "ZC0102", "Did you mean: 'BaseParameters'?"),
        ("from zenml.materialzers import base", "ZC0102", "No module named 'zenml.materialzers'"),
        ("import zenml.clientt", "ZC0102", "No module named 'zenml.clientt'"),
        ("zenml.pipline", "ZC0102", "Did you mean: 'pipeline'?"),
        ("from zenml import something_else", "ZC0270", "has no `something_else`"),
    ],
)
def test_misspelt_names_are_told(tmp_path: Path, line: str, code: str, text: str) -> None:
    """What is nearly a name raises, as it does in Python; of what is like none a warning says so."""
    source = MISSPELT.format(step="", pipeline="", call="", run="")
    found = _compile(tmp_path, source.replace("import zenml\n", f"import zenml\n{line}\n"))
    assert any(d.code == code and text in d.message for d in found), [(d.code, d.message) for d in found]


@pytest.mark.parametrize(
    "line",
    [
        "from zenml.steps import Output, StepContext, BaseParameters",
        "from zenml.model import ModelArtifactConfig",
        "from zenml.post_execution import get_pipeline",
        "from zenml.integrations.whatever.steps import some_step",
        "from zenml.config.global_config import GlobalConfiguration",
        "from zenml.artifacts.utils import log_artifact_metadata",
        textwrap.dedent(
            """
            try:
                from zenml import stepp
            except ImportError:
                pass
            """
        ),
    ],
)
def test_names_of_all_releases_are_quiet(tmp_path: Path, line: str) -> None:
    """Of now, of older releases, of integrations; and what the program itself is prepared to miss."""
    source = MISSPELT.format(step="", pipeline="", call="", run="")
    found = _compile(tmp_path, source.replace("import zenml\n", f"import zenml\n{line}\n"))
    assert [(d.code, d.message) for d in found if d.code in ("ZC0102", "ZC0270")] == []


PLAIN = """
from zenml import pipeline, step


def hook():
    pass


@step({step})
def load(n: int = 1) -> int:
    return n


@pipeline({pipeline})
def training(m: int = 2):
    {before}
    load{call}()


if __name__ == "__main__":
    {configured}
    training{run}()
"""

SAMPLES: dict[str, Any] = {
    "enable_cache": False,
    "enable_artifact_metadata": False,
    "enable_artifact_visualization": False,
    "environment": {"A": "1"},
    "secrets": ["token"],
    "settings": {"docker": {"parent_image": "acme:1"}, "resources": {"cpu_count": 2}, "orchestrator": {"dag_id": "x"}},
    "extra": {"a": 1},
    "tags": ["a"],
    "model": {"name": "m", "version": "1"},
    "retry": {"max_retries": 3, "delay": 1, "backoff": 2},
    "substitutions": {"who": "ada"},
    "cache_policy": {"expires_after": 60},
    "group": {"id": "g", "name": "g"},
    "execution_mode": "fail_fast",
    "run_name": "nightly",
    "schedule": {"cron_expression": "0 3 * * *"},
    **dict.fromkeys((*surface.HOOKS, *surface.RUN_HOOKS), "run.hook"),
}
"""A value for each setting that reaches the IR whatever the program is, and differs from its default."""

DROPPED = {"step_type": "tool_call", "runtime": "inline", "heartbeat_healthy_threshold": 20, "depends_on": []}


def _ir(folder: Path, config: dict[str, Any] | None = None, **parts: str) -> tuple[dict[str, Any], list[str]]:
    """The pipeline of the program with these parts, as JSON without places, and what was said of errors."""
    from zencompile.diagnostics import Report
    from zencompile.frontend import Request, read

    blanks = dict.fromkeys(("step", "pipeline", "call", "run"), "") | {"before": "pass", "configured": "pass"}
    (folder / "pyproject.toml").touch()
    if config is not None:
        (folder / "c.yaml").write_text(json.dumps(config))
        parts["run"] = '.with_options(config_path="c.yaml")'
    (folder / "run.py").write_text(PLAIN.format(**{**blanks, **parts}))
    report = Report()
    (pipeline,) = read(Request(folder / "run.py"), report)
    errors = [d.message for d in report if d.severity.value == "error"]
    return json.loads(pipeline.model_dump_json(exclude={"files", "modules", "span"})), errors


def _written(setting: surface.Setting, place: Place, value: Any) -> dict[str, Any]:
    """The parts of a program that say a setting at a place."""
    argument = f"{setting.name}={value!r}"
    if place is Place.YAML:
        return {"config": {setting.name: value}}
    if place is Place.STEP_YAML:
        return {"config": {"steps": {"load": {setting.name: value}}}}
    parts = {
        Place.STEP: {"step": argument},
        Place.STEP_CONFIGURE: {"before": f"load.configure({argument})"},
        Place.STEP_OPTIONS: {"call": f".with_options({argument})"},
        Place.PIPELINE: {"pipeline": argument},
        Place.PIPELINE_CONFIGURE: {"configured": f"training.configure({argument})"},
        Place.PIPELINE_OPTIONS: {"run": f".with_options({argument})"},
    }
    return parts[place]


def _without_places(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_places(value) for key, value in node.items() if "span" not in key}
    if isinstance(node, list):
        return [_without_places(item) for item in node]
    return node


REACHING = [
    (setting, place)
    for setting in surface.SETTINGS
    if setting.name in SAMPLES
    for place in Place
    if place in setting.on
]


@pytest.mark.parametrize(("setting", "place"), REACHING, ids=lambda one: getattr(one, "name", ""))
def test_a_setting_reaches_the_same_place_from_everywhere(
    tmp_path: Path, setting: surface.Setting, place: Place
) -> None:
    """Of steps from all that is a step's, of pipelines from all that is a pipeline's."""
    plain, _ = _ir(tmp_path)
    (changed, errors) = _ir(tmp_path, **_written(setting, place, SAMPLES[setting.name]))
    assert errors == []
    assert _without_places(changed) != _without_places(plain)
    of_step = place in {one for one in Place if "step" in one.value}
    first = next(
        one for one in Place if one in setting.on and (one in {p for p in Place if "step" in p.value}) is of_step
    )
    (like, _) = _ir(tmp_path, **_written(setting, first, SAMPLES[setting.name]))
    if place is Place.YAML:  # it sets flags at each step, as ZenML does, which only their contexts show
        changed, like = _without_flags(changed), _without_flags(like)
    assert _without_places(changed) == _without_places(like)


def _without_flags(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "invocations": [{**one, "flags": {}} for one in found["invocations"]]}


WITHOUT = [
    (setting, place)
    for setting in surface.SETTINGS
    if setting.dropped and not setting.until and not setting.of_run
    for place in Place
    if place in setting.on
]


@pytest.mark.parametrize(("setting", "place"), WITHOUT, ids=lambda one: getattr(one, "name", ""))
def test_a_setting_without_effect_is_listed(tmp_path: Path, setting: surface.Setting, place: Place) -> None:
    """In the IR, with its reason."""
    changed, errors = _ir(tmp_path, **_written(setting, place, DROPPED.get(setting.name, True)))
    assert errors == []
    listed = {(one["what"], one["reason"]) for one in changed["ignored"]}
    assert (setting.name, setting.dropped) in listed


BELOW = [
    ({"settings": {key: {field.name: "x"}}}, f"{table.name}.{field.name}", field.dropped)
    for key in (*surface.SETTINGS_KEYS, "orchestrator.airflow", "orchestrator.kubeflow", "orchestrator.kubernetes")
    for table in surface.tables_of_settings(key)
    for field in table.fields
    if field.dropped
] + [
    ({name: {field.name: "x", **needed}}, f"{surface.TABLES[name].name}.{field.name}", field.dropped)
    for name, needed in (("model", {"name": "m"}), ("group", {"id": "g"}))
    for field in surface.TABLES[name].fields
    if field.dropped
]


@pytest.mark.parametrize(("given", "what", "reason"), BELOW, ids=[what for _, what, _ in BELOW])
def test_a_field_without_effect_is_listed(tmp_path: Path, given: dict[str, Any], what: str, reason: str) -> None:
    """Of a step's settings, of the pipeline's, and of a run configuration's."""
    keyword, value = next(iter(given.items()))
    argument = f"{keyword}={value!r}"
    programs = [{"step": argument}, {"config": given}]
    if keyword != "group":
        programs.append({"pipeline": argument})
    else:
        programs[1] = {"config": {"steps": {"load": given}}}
    for parts in programs:
        listed = {(one["what"], one["reason"]) for one in _ir(tmp_path, **parts)[0]["ignored"]}
        assert (what, reason) in listed


def test_every_setting_is_tried() -> None:
    """Whoever adds one gives it a sample, or says here why it has none."""
    elsewhere = {"name", "dynamic", "parameters", "output_materializers", "outputs", "on_init_kwargs", "merge"}
    rows = {s.name for s in surface.SETTINGS if not s.until and not s.dropped}
    assert rows - set(SAMPLES) - elsewhere == {"steps", "step_configurations", "config_path"}


OLD = """
from zenml.pipelines import pipeline
from zenml.steps import step


@step
def load() -> int:
    return 1


@pipeline
def training(load):
    load()


made = training(load=load())
{line}
"""


@pytest.mark.parametrize(
    "line", ["made.with_confg('c.yaml').run()", "made.runn()", "made.confgure(enable_cache=False)"]
)
def test_misspelt_methods_of_old_pipelines_are_told(tmp_path: Path, line: str) -> None:
    """What is nearly a method raises, as in Python."""
    found = _compile(tmp_path, OLD.format(line=line))
    assert any(d.code == "ZC0102" and "AttributeError" in d.message for d in found), [d.message for d in found]


@pytest.mark.parametrize("line", ["made.run()", "made.configure(enable_cache=False)", "made.get_runs()", "made.steps"])
def test_methods_of_old_pipelines_are_quiet(tmp_path: Path, line: str) -> None:
    """Of all releases."""
    assert [d for d in _compile(tmp_path, OLD.format(line=line)) if d.code == "ZC0102"] == []


def test_an_output_has_no_format_of_its_own(tmp_path: Path) -> None:
    """Its text may stand anywhere that no step depends on."""
    program = MISSPELT.format(step="", pipeline="", call="", run="")
    for text, refused in (("{value:.2f}", True), ("{value}", False)):
        found = _compile(tmp_path, program.replace("    load()\n", f'    value = load()\n    print(f"{text}")\n'))
        assert any("__format__" in d.message for d in found) is refused
