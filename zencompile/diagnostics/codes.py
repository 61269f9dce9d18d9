"""The one table of diagnostic codes.

A code is stable: it is never given another meaning. Ranges: 00 command line and files, 01 reading and evaluating Python,
02 steps, pipelines and their calls, 03 configuration and settings, 04 passes, 05 targets (50 all, 51 Airflow, 52 Kubeflow,
53 local, 54 Docker), 06 closures of code. The long explanation of each stands in `pages/<code>.md`.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """What a code means, in a few words."""

    title: str


CODES: dict[str, Code] = {
    # 00: command line and files
    "ZC0001": Code("file not found"),
    "ZC0002": Code("file can't be read"),
    "ZC0003": Code("no pipeline found"),
    "ZC0004": Code("more than one pipeline could be meant"),
    "ZC0005": Code("no such pipeline"),
    "ZC0006": Code("output can't be written"),
    "ZC0007": Code("unknown target"),
    "ZC0008": Code("bad value of an option"),
    "ZC0009": Code("internal error"),
    "ZC0010": Code("generated files are stale"),
    # 01: reading and evaluating Python
    "ZC0101": Code("syntax error"),
    # 02: steps, pipelines and their calls
    # 03: configuration and settings
    "ZC0301": Code("pyproject.toml can't be read"),
    "ZC0302": Code("bad key in the project's configuration"),
    "ZC0303": Code("no such profile"),
    # 04: passes
    "ZC0401": Code("invalid IR"),
    "ZC0402": Code("steps wait for each other"),
    "ZC0403": Code("a step has no such input"),
    "ZC0404": Code("an input is missing"),
    "ZC0405": Code("an output's type can't be an input's"),
    "ZC0406": Code("a caching policy names what is not there"),
    "ZC0407": Code("a requirement can't be read"),
    "ZC0408": Code("requirements contradict each other"),
    "ZC0409": Code("a requirement is left out"),
    "ZC0410": Code("code imports what no requirement provides"),
    "ZC0411": Code("settings of an image can't be followed as written"),
    "ZC0412": Code("a secret is written in the clear"),
    # 05: targets
    "ZC0510": Code("Airflow does it in another way"),
    "ZC0511": Code("can't be compiled to Airflow"),
    "ZC0512": Code("scheduled pipeline needs a parameter"),
    "ZC0513": Code("bad Airflow operator setting"),
    "ZC0514": Code("Airflow setting without effect"),
    "ZC0515": Code("artifact store doesn't fit Airflow"),
    "ZC0516": Code("generated DAG does not load"),
    "ZC0520": Code("a schedule stands beside the KFP pipeline"),
    "ZC0521": Code("Kubeflow has no store to look into"),
    "ZC0522": Code("a setting has no counterpart on Kubeflow"),
    "ZC0523": Code("an execution mode has no counterpart on Kubeflow"),
    "ZC0524": Code("control flow that Kubeflow can't express"),
    "ZC0525": Code("a variable has no value on Kubeflow"),
    "ZC0526": Code("a caching policy has no counterpart on Kubeflow"),
    "ZC0527": Code("not the name of a Kubernetes secret"),
    "ZC0528": Code("a step on Kubeflow has no image"),
    "ZC0529": Code("not a valid KFP pipeline"),
    # 06: closures of code
    "ZC0601": Code("a module is imported by a name that only running tells"),
    "ZC0602": Code("names of a module are looked up at run time"),
    "ZC0603": Code("code is made at run time"),
    "ZC0604": Code("code reads its own source text"),
    "ZC0605": Code("a step's source can't stand alone"),
}
