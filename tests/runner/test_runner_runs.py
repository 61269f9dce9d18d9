"""Real runs of scripts, in processes of their own."""

from __future__ import annotations

import json

import pytest

MODES = [[], ["--in-process"], ["--isolation", "full"]]

CHAIN = """
    @step
    def load(n: int) -> list:
        print("loading", n)
        return list(range(n))

    @step
    def total(xs: list, factor: int = 1) -> int:
        return sum(xs) * factor

    @step
    def show(x: int) -> str:
        return f"total {x}"
"""
CHAIN_PLAN = """
    parameters=[n, factor],
    steps=[
        Step("load", "steps:load", parameters={"n": n}),
        Step("total", "steps:total", inputs={"xs": ("load", "output")}, parameters={"factor": factor}),
        Step("show", "steps:show", inputs={"x": ("total", "output")}),
    ],
"""
CHAIN_PARAMS = "n = Param('n', int, default=4)\nfactor = Param('factor', int, default=1)\n"


@pytest.fixture
def chain(project):
    project.write(CHAIN, CHAIN_PLAN, CHAIN_PARAMS)
    return project


@pytest.mark.parametrize("flags", MODES, ids=["fork", "in-process", "full"])
def test_values_go_from_step_to_step_and_a_second_run_is_all_cache_hits(chain, flags):
    first = chain.run(*flags)
    assert first.value("show") == "total 6"
    assert set(first.states.values()) == {"completed"}
    second = chain.run(*flags)
    assert set(second.states.values()) == {"cached"}
    assert second.run != first.run
    assert second.digest("show") == first.digest("show")
    assert second.document["status"] == "completed"
    third = chain.run(*flags, "--no-cache")
    assert set(third.states.values()) == {"completed"}


def test_processes_and_in_process_share_the_cache(chain):
    chain.run("--in-process")
    assert set(chain.run().states.values()) == {"cached"}


def test_parameters_come_from_their_own_flags_and_from_param(chain):
    ran = chain.run("--n", "3", "--param", "factor=10")
    assert ran.value("total") == 30
    assert ran.document["parameters"] == {"n": 3, "factor": 10}
    again = chain.run("--n", "3", "--factor", "2")
    assert again.states == {"load": "cached", "total": "completed", "show": "completed"}


def test_a_step_that_makes_the_same_value_again_spares_what_follows(chain):
    chain.run("--n", "0")
    ran = chain.run("--n", "0", "--factor", "5")
    assert ran.states == {"load": "cached", "total": "completed", "show": "cached"}


def test_what_steps_print_is_shown_and_kept(chain):
    ran = chain.run()
    assert "load  | loading 4" in ran.out
    assert ran.log("load") == "loading 4\n"
    quiet = chain.run("--no-cache", "--no-output")
    assert "loading" not in quiet.out
    assert quiet.log("load") == "loading 4\n"


def test_the_summary_says_where_each_artifact_lies(chain):
    ran = chain.run()
    assert f"artifacts in {ran.folder}/" in ran.out
    assert "load/output.json" in ran.out
    assert (ran.folder / "load" / "output.json").is_file()


def test_json_lines_tell_a_program_everything(chain):
    ran = chain.run("--log-format", "json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert events[0]["event"] == "run_started" and events[-1]["event"] == "run_finished"
    assert events[-1]["states"] == {"completed": 3}
    assert {"event": "step_output", "step": "load", "text": "loading 4"}.items() <= events[2].items()
    assert len(events[-1]["artifacts"]) == 3


def test_the_store_lies_where_it_is_said_and_by_default_in_the_project(chain, tmp_path):
    chain.run("--store", str(tmp_path / "elsewhere"))
    assert (tmp_path / "elsewhere" / "runs" / "t" / "p").is_dir()
    assert not chain.store.exists()
    chain.run()
    assert (chain.folder / ".zencompile" / ".gitignore").read_text() == "*\n"


def test_list_names_steps_and_parameters_and_runs_nothing(chain):
    ran = chain.run("--list")
    assert "total  steps:total  after load" in ran.out
    assert "parameter n = 4" in ran.out
    assert not chain.store.exists()


@pytest.mark.parametrize(
    ("flags", "message", "help"),
    [
        (["--param", "m=1"], "no parameter 'm'", "its parameters: n, factor"),
        (["--param", "facto=1"], "no parameter 'facto'", "did you mean 'factor'"),
        (["--n", "many"], "parameter `n`", "--param n="),
        (["--only", "tota"], "no step 'tota'", "did you mean 'total'"),
        (["--from", "x"], "no step 'x'", "its steps: load, total, show"),
        (["--only", "show"], "no earlier run has the outputs of `total`", "run the whole pipeline once"),
        (["--resume", "yesterday"], "no run 'yesterday'", "holds no run"),
        (["--jobs", "0"], "'0' is not a number from 1", "--help"),
        (["--param", "n"], "NAME=VALUE", "--help"),
        (["--frobnicate"], "--frobnicate", "--help"),
        (["--mode", "panic"], "panic", "--help"),
        (["--store", "nosuch://bucket"], "nosuch", ""),
    ],
)
def test_wrong_flags_end_with_one_line_and_a_remedy(chain, flags, message, help):
    ran = chain.run(*flags, code=2)
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert lines[0].startswith("error: ") and message in lines[0]
    assert not help or (lines[1].startswith("help: ") and help in lines[1])


def test_a_parameter_without_a_value_and_one_that_is_fixed_are_refused(project):
    project.write(
        CHAIN,
        "parameters=[n, m], steps=[Step('load', 'steps:load', parameters={'n': n})]",
        "n = Param('n', int)\nm = Param('m', int, fixed=5, reason='`range(m)` at run.py:9')\n",
    )
    missing = project.run(code=2)
    assert "no value for the parameter `n`" in missing.err and "--param n=" in missing.err
    fixed = project.run("--n", "1", "--param", "m=6", code=2)
    assert "fixed to 5" in fixed.err and "`range(m)` at run.py:9" in fixed.err and "compile it again" in fixed.err
    assert project.run("--n", "1", "--param", "m=5").value("load") == [0]


FAILING = """
    import os
    import sys
    import time

    @step
    def crash() -> int:
        print("last words", flush=True)
        os._exit(9)

    @step
    def killed() -> int:
        os.kill(os.getpid(), 9)

    @step
    def leave() -> int:
        sys.exit("I am done")

    @step
    def fail() -> int:
        raise ValueError("no such luck")

    @step
    def fine() -> int:
        time.sleep(0.3)
        return 1

    @step
    def use(x: int) -> int:
        return x + 1
"""


def test_a_crash_harms_no_other_step(project):
    project.write(
        FAILING,
        """
        steps=[
            Step("crash", "steps:crash"),
            Step("killed", "steps:killed"),
            Step("leave", "steps:leave"),
            Step("fail", "steps:fail"),
            Step("fine", "steps:fine"),
            Step("use", "steps:use", inputs={"x": ("fine", "output")}),
            Step("never", "steps:use", inputs={"x": ("crash", "output")}),
        ],
        """,
    )
    ran = project.run("--jobs", "3", code=1)
    assert ran.states == {
        "crash": "failed",
        "killed": "failed",
        "leave": "failed",
        "fail": "failed",
        "fine": "completed",
        "use": "completed",
        "never": "blocked",
    }
    failures = {id: entry["failure"] for id, entry in ran.document["steps"].items() if "failure" in entry}
    assert "exit code 9" in failures["crash"]["message"]
    assert "SIGKILL" in failures["killed"]["message"] and "memory" in failures["killed"]["help"]
    assert failures["leave"]["message"] == "I am done"
    assert failures["fail"]["message"] == "no such luck" and failures["fail"]["location"].startswith("steps.py:")
    assert ran.log("crash") == "last words\n"
    record = json.loads((ran.folder / "crash" / ".step.json").read_text())
    assert record["status"] == "failed"


@pytest.mark.parametrize("flags", MODES[:2], ids=["fork", "in-process"])
def test_a_failure_shows_the_users_own_traceback(project, flags):
    project.write(FAILING, "steps=[Step('fail', 'steps:fail')]")
    ran = project.run(*flags, code=1)
    assert 'steps.py", line' in ran.out and "ValueError: no such luck" in ran.out
    assert "zencompile_runtime" not in ran.out.split("artifacts in")[0].split("store", 1)[1]
    assert f"--resume {ran.run}" in ran.out


def test_modes_after_a_failure(project):
    project.write(
        FAILING,
        """
        steps=[
            Step("fail", "steps:fail"),
            Step("fine", "steps:fine"),
            Step("use", "steps:use", inputs={"x": ("fine", "output")}),
        ],
        """,
    )
    go_on = project.run("--jobs", "2", code=1)
    assert go_on.states == {"fail": "failed", "fine": "completed", "use": "completed"}
    stop = project.run("--jobs", "2", "--mode", "stop", "--no-cache", code=1)
    assert stop.states == {"fail": "failed", "fine": "completed", "use": "not run"}
    fast = project.run("--jobs", "2", "--mode", "fail-fast", "--no-cache", code=1)
    assert fast.states == {"fail": "failed", "fine": "cancelled", "use": "not run"}


FLAKY = """
    from pathlib import Path

    @step
    def flaky(times: int) -> int:
        marker = Path("attempts.txt")
        count = int(marker.read_text()) if marker.exists() else 0
        marker.write_text(str(count + 1))
        if count < times:
            raise ConnectionError("try again")
        return count
"""


@pytest.mark.parametrize("flags", MODES[:2], ids=["fork", "in-process"])
def test_a_flaky_step_is_tried_again(project, flags):
    project.write(FLAKY, "steps=[Step('flaky', 'steps:flaky', parameters={'times': 2}, retries=2, retry_delay=0.01)]")
    ran = project.run(*flags)
    assert ran.value("flaky") == 2
    assert ran.document["steps"]["flaky"]["attempts"] == 3
    assert "tries again in 0.01 s" in ran.out


def test_a_step_that_can_never_start_is_not_tried_again(project):
    project.write(FLAKY, "steps=[Step('a', 'steps:nothing', retries=5)]")
    ran = project.run(code=2)
    assert ran.document["steps"]["a"]["attempts"] == 1
    assert "no 'nothing'" in ran.out


SLOW = """
    import time
    import subprocess

    @step
    def slow() -> int:
        subprocess.Popen(["sleep", "61.7"])
        time.sleep(60)
        return 1

    @step
    def stubborn() -> int:
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass
"""


def test_a_step_that_runs_too_long_is_ended_with_all_that_it_started(project):
    project.write(SLOW, "steps=[Step('slow', 'steps:slow', timeout=0.3)]")
    ran = project.run(code=4, seconds=30)
    assert ran.states == {"slow": "failed"}
    assert ran.document["steps"]["slow"]["failure"]["kind"] == "timeout"
    assert not running("sleep 61.7")


def test_a_step_that_won_t_end_is_ended(project):
    project.write(SLOW, "steps=[Step('stubborn', 'steps:stubborn', timeout=0.3)]")
    ran = project.run(code=4, seconds=40)
    assert ran.document["steps"]["stubborn"]["failure"]["kind"] == "timeout"


def running(command: str) -> bool:
    import subprocess

    return command in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


ISOLATED = """
    import os
    import steps

    STATE = []

    @step
    def touch(name: str, after: int = 0) -> list:
        STATE.append(name)
        os.environ["LEAKED"] = name
        return list(STATE)

    @step
    def environment(key: str) -> str:
        return os.environ.get(key, "")

    @step
    def noise() -> float:
        import numpy
        return float(numpy.random.rand())
"""


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])
def test_no_step_sees_what_another_did_to_its_process(project, flags):
    project.write(
        ISOLATED,
        """
        steps=[
            Step("a", "steps:touch", parameters={"name": "a"}),
            Step("b", "steps:touch", parameters={"name": "b"}, after=["a"]),
            Step("leak", "steps:environment", parameters={"key": "LEAKED"}, after=["b"]),
            Step("stage", "steps:environment", parameters={"key": "STAGE"}, variables={"STAGE": "dev"}),
            Step("other", "steps:environment", parameters={"key": "STAGE"}, variables={"STAGE": "prod"}),
            Step("none", "steps:environment", parameters={"key": "STAGE"}),
            Step("home", "steps:environment", parameters={"key": "PLACE"}, variables={"PLACE": FromEnvironment("H")}),
            Step("token", "steps:environment", parameters={"key": "T"}, variables={"T": FromSecret("api", "token")}),
            Step("seed", "steps:environment", parameters={"key": "PYTHONHASHSEED"}),
        ],
        """,
    )
    ran = project.run(*flags, H="there", ZENCOMPILE_SECRET_API_TOKEN="s3cret")
    assert (ran.value("a"), ran.value("b")) == (["a"], ["b"])
    names = ("leak", "stage", "other", "none", "home", "token", "seed")
    assert [ran.value(name) for name in names] == ["", "dev", "prod", "", "there", "s3cret", "0"]


def test_random_numbers_of_two_steps_differ(project):
    project.write(ISOLATED, "steps=[Step('a', 'steps:noise', cache=False), Step('b', 'steps:noise', cache=False)]")
    ran = project.run()
    assert ran.value("a") != ran.value("b")


def test_a_variable_that_is_not_set_fails_its_step_alone(project):
    project.write(
        ISOLATED,
        """
        steps=[
            Step("a", "steps:environment", parameters={"key": "A"}, variables={"A": FromEnvironment("NOT_SET_HERE")}),
            Step("b", "steps:touch", parameters={"name": "b"}),
        ],
        """,
    )
    ran = project.run(code=2)
    assert ran.states == {"a": "failed", "b": "completed"}
    assert "set NOT_SET_HERE" in ran.out


HOOKS = """
    from pathlib import Path

    STATE = {}

    def note(text):
        with open("hooks.txt", "a") as file:
            file.write(text + "\\n")

    def init(size):
        note("init")
        STATE["made"] = size
        return {"size": size, "function": lambda: size}

    def cleanup():
        note(f"cleanup {STATE}")

    def started():
        note("start")

    def failed(error):
        note(f"failure {error}")

    @step
    def size() -> int:
        from zenml import get_step_context
        note("step")
        return get_step_context().pipeline_state["function"]()

    @step
    def fail() -> int:
        raise ValueError("no")

    def broken():
        raise RuntimeError("no database")
"""
HOOKED = """
    on_init="steps:init", on_init_keywords={"size": 3}, on_cleanup="steps:cleanup",
    steps=[
        Step("a", "steps:size", on_start="steps:started", cache=False),
        Step("b", "steps:size", cache=False, after=["a"]),
        Step("c", "steps:fail", on_failure="steps:failed", retries=1, after=["b"]),
    ],
"""


@pytest.mark.parametrize("flags", MODES[:2], ids=["fork", "in-process"])
def test_init_and_cleanup_run_once_around_the_run(project, flags):
    project.write(HOOKS, HOOKED)
    ran = project.run(*flags, code=1)
    assert (ran.value("a"), ran.value("b")) == (3, 3)
    said = (project.folder / "hooks.txt").read_text().splitlines()
    assert said == ["init", "start", "step", "step", "failure no", "cleanup {'made': 3}"]


def test_a_failed_init_fails_the_run(project):
    project.write(HOOKS, "on_init='steps:broken', steps=[Step('a', 'steps:size'), Step('b', 'steps:size')]")
    ran = project.run("--jobs", "1", code=1)
    assert "on_init failed: no database" in ran.out
    assert sorted(ran.states.values()) == ["failed", "not run"]


MAPPED = """
    @step
    def parts(n: int) -> list:
        return list(range(n))

    @step
    def square(x: int, offset: int = 0) -> int:
        return x * x + offset

    @step
    def double(x: int) -> int:
        return 2 * x

    @step
    def add(xs: list) -> int:
        return sum(xs)

    @step
    def pair(a: int, b: str) -> str:
        return f"{a}{b}"

    @step
    def join(texts: list) -> str:
        return " ".join(texts)
"""


@pytest.mark.parametrize("flags", MODES[:2], ids=["fork", "in-process"])
def test_a_map_runs_for_each_element_and_its_results_are_gathered(project, flags):
    project.write(
        MAPPED,
        """
        parameters=[n],
        steps=[
            Step("parts", "steps:parts", parameters={"n": n}),
            Step("square", "steps:square", parameters={"offset": 1}),
            Step("double", "steps:double", inputs={"x": ("square", "output")}),
            Step("add", "steps:add", inputs={"xs": ("double", "output")}),
        ],
        controls=[Map("map_square", {"x": ("parts", "output")}, ["square", "double"])],
        """,
        "n = Param('n', int, default=4)\n",
    )
    ran = project.run(*flags)
    assert ran.value("add") == 2 * (1 + 2 + 5 + 10)
    assert ran.value("double/2") == 10
    assert "input `x` has no elements to map over" in project.run(*flags, "--n", "0", code=2).out
    again = project.run(*flags)
    assert set(again.states.values()) == {"cached"} and again.states["square[3]"] == "cached"


def test_a_product_combines_everything_with_the_last_one_fastest(project):
    project.write(
        MAPPED,
        """
        steps=[
            Step("parts", "steps:parts", parameters={"n": 2}),
            Step("pair", "steps:pair"),
            Step("join", "steps:join", inputs={"texts": ("pair", "output")}),
        ],
        controls=[Map("map_pair", {"a": ("parts", "output"), "b": Value(["x", "y", "z"])}, ["pair"], product=True)],
        """,
    )
    assert project.run().value("join") == "0x 0y 0z 1x 1y 1z"


def test_mapped_inputs_of_different_lengths_are_refused(project):
    project.write(
        MAPPED,
        """
        steps=[Step("parts", "steps:parts", parameters={"n": 2}), Step("pair", "steps:pair")],
        controls=[Map("map_pair", {"a": ("parts", "output"), "b": Value(["x"])}, ["pair"])],
        """,
    )
    assert "differ in length" in project.run(code=2).out


@pytest.mark.parametrize(("n", "taken"), [("3", "then"), ("1", "otherwise"), ("7", "otherwise")])
def test_a_condition_takes_one_branch(project, n, taken):
    project.write(
        MAPPED,
        """
        parameters=[n],
        steps=[
            Step("parts", "steps:parts", parameters={"n": n}),
            Step("total", "steps:add", inputs={"xs": ("parts", "output")}),
            Step("then", "steps:double", inputs={"x": ("total", "output")}),
            Step("otherwise", "steps:square", inputs={"x": ("total", "output")}),
        ],
        controls=[
            If(
                "if_1",
                Test("total > 2 and n != 7", {"total": ("total", "output"), "n": n}),
                ["then"],
                ["otherwise"],
            ),
        ],
        """,
        "n = Param('n', int)\n",
    )
    ran = project.run("--n", n)
    assert ran.states[taken] == "completed"
    assert sorted(ran.states.values()) == ["completed", "completed", "completed", "skipped"]


def test_lists_dictionaries_and_parameters_may_hold_outputs(project):
    project.write(
        """
        @step
        def one(n: int) -> int:
            return n

        @step
        def see(xs: list, table: dict, plain: tuple) -> str:
            return repr((xs, table, plain))
        """,
        """
        parameters=[n],
        steps=[
            Step("a", "steps:one", parameters={"n": n}),
            Step("b", "steps:one", parameters={"n": 2}),
            Step(
                "see",
                "steps:see",
                inputs={
                    "xs": [("a", "output"), ("b", "output"), n, Value((1, 2))],
                    "table": {"a": ("a", "output"), "n": n},
                },
                parameters={"plain": (n, {"k": n})},
            ),
        ],
        """,
        "n = Param('n', int, default=7)\n",
    )
    assert project.run().value("see") == "([7, 2, 7, (1, 2)], {'a': 7, 'n': 7}, (7, {'k': 7}))"


def test_pandas_and_scikit_learn_work_in_forked_processes(project):
    for name in ("pandas", "pyarrow", "sklearn"):
        pytest.importorskip(name)
    project.write(
        """
        import pandas
        import sklearn

        @step
        def load() -> pandas.DataFrame:
            from sklearn.datasets import load_wine
            return load_wine(as_frame=True).frame

        @step
        def fit(data: pandas.DataFrame, depth: int) -> float:
            from sklearn.ensemble import RandomForestClassifier
            model = RandomForestClassifier(max_depth=depth, n_estimators=5, random_state=0, n_jobs=2)
            model.fit(data.drop(columns="target"), data["target"])
            return round(float(model.score(data.drop(columns="target"), data["target"])), 6)
        """,
        """
        steps=[
            Step("load", "steps:load"),
            Step("shallow", "steps:fit", inputs={"data": ("load", "output")}, parameters={"depth": 1}),
            Step("deep", "steps:fit", inputs={"data": ("load", "output")}, parameters={"depth": 9}),
        ],
        """,
    )
    ran = project.run()
    assert ran.value("shallow") < ran.value("deep")
    inside = project.run("--in-process", "--no-cache")
    for step in ("load", "shallow", "deep"):
        assert inside.digest(step) == ran.digest(step)


def test_sources_that_changed_since_compilation_run_uncached(chain):
    chain.run()
    path = chain.folder / "steps.py"
    path.write_text(path.read_text().replace("sum(xs)", "sum(xs) + 100"))
    ran = chain.run()
    assert ran.value("total") == 106
    assert "sources changed since compilation" in ran.out
    assert set(ran.states.values()) == {"completed"}
