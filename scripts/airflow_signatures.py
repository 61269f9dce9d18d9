"""The table of what Airflow's operators, its DAG and the models of pods take, made of the real ones.

    python scripts/airflow_signatures.py AIRFLOW2_PYTHON AIRFLOW3_PYTHON

It writes `backends/zencompile_airflow/signatures.json`.
Each interpreter runs this file in itself (`--collect`) and prints what it has. An argument's kind is its annotation; of
two kinds the first is of Airflow 2, the second of Airflow 3, and null stands where one lacks the argument.
"""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "backends" / "zencompile_airflow" / "signatures.json"
_MODEL = re.compile(r"\b(?:Core)?V1\w+")


def collect() -> dict[str, Any]:
    """Versions, signatures, templated fields, enumerations and models of the Airflow that runs this."""
    from importlib.metadata import version

    classes = _classes()
    signatures = {name: _signature(class_) for name, class_ in classes.items()}
    named = {found for kinds in signatures.values() for kind in kinds.values() for found in _MODEL.findall(kind)}
    return {
        "versions": {
            name: version(name)
            for name in (
                "apache-airflow",
                "apache-airflow-providers-docker",
                "apache-airflow-providers-cncf-kubernetes",
                "kubernetes",
                "docker",
            )
        },
        "signatures": signatures,
        "templated": {
            name: {"fields": sorted(class_.template_fields), "endings": sorted(class_.template_ext)}
            for name, class_ in classes.items()
            if hasattr(class_, "template_fields")
        },
        "enumerations": {one.__name__: sorted(member.value for member in one) for one in _enumerations()},
        "models": _models({*named, "V1Pod"}),
    }


def _classes() -> dict[str, Any]:
    try:
        from airflow.sdk import DAG, BaseOperator
    except ImportError:
        from airflow import DAG
        from airflow.models.baseoperator import BaseOperator
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from airflow.providers.docker.operators.docker import DockerOperator

    try:
        from airflow.providers.standard.operators.bash import BashOperator
    except ImportError:
        from airflow.operators.bash import BashOperator
    return {
        "DAG": DAG,
        "BaseOperator": BaseOperator,
        "BashOperator": BashOperator,
        "DockerOperator": DockerOperator,
        "KubernetesPodOperator": KubernetesPodOperator,
    }


def _enumerations() -> tuple[Any, ...]:
    from airflow.providers.cncf.kubernetes.utils.pod_manager import OnFinishAction, OnKillAction

    try:
        from airflow.task.trigger_rule import TriggerRule
        from airflow.task.weight_rule import WeightRule
    except ImportError:
        from airflow.utils.trigger_rule import TriggerRule
        from airflow.utils.weight_rule import WeightRule
    return OnFinishAction, OnKillAction, TriggerRule, WeightRule


def _signature(class_: Any) -> dict[str, str]:
    fields = {field.name: field.type for field in getattr(class_, "__attrs_attrs__", ())}
    found = {}
    for name, parameter in inspect.signature(inspect.unwrap(class_.__init__)).parameters.items():
        if name == "self" or parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        kind = fields.get(name) or parameter.annotation
        found[name] = kind if isinstance(kind, str) else getattr(kind, "__name__", "Any").replace("_empty", "Any")
    return found


def _models(wanted: set[str]) -> dict[str, Any]:
    """The models of these names and of those that their fields have: each field with its JSON name and its kind."""
    from kubernetes.client import models

    found: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        class_ = getattr(models, name)
        kinds = class_.openapi_types
        found[name] = {
            "fields": {field: [json_name, kinds[field]] for field, json_name in class_.attribute_map.items()},
            "required": _required(class_),
        }
        wanted |= {one for kind in kinds.values() for one in _MODEL.findall(kind)} - found.keys()
    return dict(sorted(found.items()))


def _required(class_: Any) -> list[str]:
    """The fields that the class refuses to be without."""
    given: dict[str, Any] = {}
    while True:
        try:
            class_(**given)
            return list(given)
        except ValueError as problem:
            missing = re.search(r"Invalid value for `(\w+)`", str(problem))
            if missing is None or missing[1] in given:
                return list(given)
            given[missing[1]] = _any(class_.openapi_types[missing[1]])


def _any(kind: str) -> Any:
    return {"str": "", "int": 1, "bool": True}.get(kind, [] if kind.startswith("list") else {})


def table(collected: list[dict[str, Any]]) -> dict[str, Any]:
    """One table of what two generations have."""
    two, three = collected
    return {
        "versions": [two["versions"], three["versions"]],
        "signatures": {
            owner: {
                name: _both(two["signatures"][owner].get(name), three["signatures"][owner].get(name))
                for name in sorted({*two["signatures"][owner], *three["signatures"][owner]})
            }
            for owner in three["signatures"]
        },
        "templated": three["templated"],
        "enumerations": {
            name: [one for one in members if one in two["enumerations"][name]]
            for name, members in three["enumerations"].items()
        },
        "models": three["models"],
    }


def _both(two: str | None, three: str | None) -> Any:
    return two if two == three else [two, three]


def text(table: dict[str, Any]) -> str:
    """The table as JSON: an argument or a model a line."""
    parts = []
    for name, held in table.items():
        if name == "versions":
            parts.append(f'"versions": {json.dumps(held)}')
        elif name == "signatures":
            owners = [f'"{owner}": {{\n{_lines(arguments)}\n}}' for owner, arguments in held.items()]
            parts.append('"signatures": {\n' + ",\n".join(owners) + "\n}")
        else:
            parts.append(f'"{name}": {{\n{_lines(held)}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(held: dict[str, Any]) -> str:
    return ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in held.items())


def ask(python: str) -> dict[str, Any]:
    """What the Airflow of this interpreter has."""
    done = subprocess.run([python, __file__, "--collect"], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(arguments: list[str]) -> int:
    if arguments == ["--collect"]:
        warnings.simplefilter("ignore")
        print("\n" + json.dumps(collect()))
        return 0
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    TABLE.write_text(text(table([ask(python) for python in arguments])), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
