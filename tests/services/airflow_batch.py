"""Many questions to a real Airflow in one process of it, for importing it costs seconds.

    from airflow_batch import ask
    answers = ask(airflow.python, airflow.home, "cron", ["0 3 * * *", …])

Run inside an Airflow environment it reads the questions, as JSON, from standard input. A question is

    cron     an expression: the first runs of Airflow's timetable, as ISO 8601, or the error as a text
    params   {"file": DAG file, "tasks": whether to render, "confs": [conf, …]}: for each parameter what its default
             resolves to; for each conf what the DAG's parameters become, as a trigger validates them, and with "tasks"
             what each task's template fields render to then
    texts    {"file": DAG file, "conf": conf}: the DAG's tags and documentation, and the rendered fields of its tasks
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

RUNS = 4


def ask(python: pathlib.Path, home: pathlib.Path, command: str, questions: list[Any]) -> list[Any]:
    """The answers of the Airflow of an interpreter, one for each question."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    environment = kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [str(python), __file__, command],
        input=json.dumps(questions),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


# -- inside Airflow ----------------------------------------------------------------------------------------------------


def cron(expression: str) -> Any:
    import pendulum
    from airflow.timetables.base import TimeRestriction
    from airflow.timetables.interval import CronDataIntervalTimetable

    found: list[str] = []
    try:
        timetable = CronDataIntervalTimetable(expression, timezone=pendulum.timezone("UTC"))
        timetable.validate()
        window = TimeRestriction(earliest=pendulum.datetime(2026, 1, 1), latest=None, catchup=True)
        last = None
        for _ in range(RUNS):
            run = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=window)
            found.append(run.run_after.isoformat())
            last = run.data_interval
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return found


def params(question: dict[str, Any]) -> Any:
    import airflow_run

    bag = airflow_run._bag(question["file"])
    if bag.import_errors:
        return {"errors": list(bag.import_errors.values())}
    (dag,) = bag.dags.values()
    defaults = {name: _outcome(lambda name=name: dag.params.get_param(name).resolve()) for name in dag.params}
    answer: dict[str, Any] = {"defaults": defaults, "confs": []}
    for conf in question["confs"]:
        given = {name: _outcome(lambda name=name, conf=conf: _given(dag, name, conf)) for name in dag.params}
        one: dict[str, Any] = {"params": given}
        if question.get("tasks") and all("value" in value for value in given.values()):
            one["tasks"] = _rendered(question["file"], {name: value["value"] for name, value in given.items()})
        answer["confs"].append(one)
    return answer


def texts(question: dict[str, Any]) -> Any:
    import airflow_run

    bag = airflow_run._bag(question["file"])
    if bag.import_errors:
        return {"errors": list(bag.import_errors.values())}
    (dag,) = bag.dags.values()
    tasks = airflow_run.rendered(dag, question["conf"])
    return {"tags": sorted(dag.tags), "doc_md": dag.doc_md, "tasks": list(tasks.values())}


def _given(dag: Any, name: str, conf: dict[str, Any]) -> Any:
    param = dag.params.get_param(name)
    return param.resolve(conf[name]) if name in conf else param.resolve()


def _outcome(call: Any) -> dict[str, Any]:
    try:
        return {"value": call()}
    except Exception as problem:
        return {"error": f"{type(problem).__name__}: {str(problem).strip().splitlines()[0]}"}


def _rendered(path: str, given: dict[str, Any]) -> Any:
    import airflow_run

    (dag,) = airflow_run._bag(path).dags.values()
    return airflow_run.rendered(dag, given)


def main(command: str) -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    answers = [{"cron": cron, "params": params, "texts": texts}[command](one) for one in json.load(sys.stdin)]
    print(json.dumps(answers), file=out)


if __name__ == "__main__":
    main(sys.argv[1])
