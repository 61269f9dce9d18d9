"""The one table of diagnostic codes.

A code is stable: it is never given another meaning. Ranges: 00 command line and files, 01 reading and evaluating
Python,
02 steps, pipelines and their calls, 03 configuration and settings, 04 passes, 05 targets (50 all, 51 Airflow, 52
Kubeflow, 53 local, 54 Docker), 06 closures of code. The long explanation of each stands in `pages/<code>.md`.
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
    "ZC0011": Code("a pipeline runs more than once"),
    # 01: reading and evaluating Python
    "ZC0101": Code("syntax error"),
    "ZC0102": Code("the program raises an exception"),
    "ZC0103": Code("the program is nested too deeply"),
    "ZC0104": Code("evaluation takes too many operations"),
    "ZC0105": Code("a variable of the environment decides something"),
    "ZC0106": Code("statement is not supported"),
    "ZC0107": Code("arguments that the script doesn't take"),
    # 02: steps, pipelines and their calls
    "ZC0201": Code("a decorator has no such argument"),
    "ZC0202": Code("annotation with an undefined name"),
    "ZC0203": Code("signature that no step can have"),
    "ZC0204": Code("step class without an entrypoint"),
    "ZC0205": Code("outputs of a step can't be told apart"),
    "ZC0206": Code("step that can't be imported"),
    "ZC0207": Code("duplicate invocation id"),
    "ZC0208": Code("value not known when compiling"),
    "ZC0209": Code("too many arguments"),
    "ZC0210": Code("computation on a step's output"),
    "ZC0211": Code("one output taken for several"),
    "ZC0212": Code("step that may or may not be called"),
    "ZC0213": Code("dynamic feature in a static pipeline"),
    "ZC0214": Code("order after nothing"),
    "ZC0215": Code("order after something that is no step"),
    "ZC0216": Code("unknown upstream step"),
    "ZC0217": Code("step has no such input"),
    "ZC0218": Code("value doesn't fit an annotation"),
    "ZC0219": Code("value where an artifact is taken"),
    "ZC0220": Code("value that no step can be given"),
    "ZC0221": Code("dynamic pipeline in a static one"),
    "ZC0222": Code("command step"),
    "ZC0223": Code("bad arguments of a pipeline"),
    "ZC0224": Code("pipeline has no such parameter"),
    "ZC0225": Code("bad value of a pipeline parameter"),
    "ZC0226": Code("missing input"),
    "ZC0227": Code("invocations wait for each other"),
    "ZC0228": Code("pipeline without steps"),
    "ZC0229": Code("parameter fixed when compiling"),
    "ZC0230": Code("call that happens when running"),
    "ZC0231": Code("control flow that can't be expressed"),
    "ZC0232": Code("parameter without a value decides something"),
    # 03: configuration and settings
    "ZC0301": Code("pyproject.toml can't be read"),
    "ZC0302": Code("bad key in the project's configuration"),
    "ZC0303": Code("no such profile"),
    "ZC0304": Code("settings have no such field"),
    "ZC0305": Code("configuration not known when compiling"),
    "ZC0306": Code("bad value of an argument"),
    "ZC0307": Code("unknown settings key"),
    "ZC0308": Code("run configuration not found"),
    "ZC0309": Code("conflicting values"),
    "ZC0310": Code("configuration of an unknown step"),
    "ZC0311": Code("bad Docker setting"),
    "ZC0312": Code("bad resource"),
    "ZC0313": Code("setting without effect"),
    "ZC0314": Code("bad retry"),
    "ZC0315": Code("variable that is no text"),
    "ZC0316": Code("bad hook"),
    "ZC0317": Code("step has no such output"),
    "ZC0318": Code("bad schedule"),
    "ZC0319": Code("time that is not fixed"),
    "ZC0320": Code("time without a zone"),
    "ZC0321": Code("unknown execution mode"),
    "ZC0322": Code("unknown placeholder"),
    "ZC0330": Code("run configuration can't be read"),
    "ZC0331": Code("variable of the run configuration without a value"),
    "ZC0332": Code("unknown key of the run configuration"),
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
    "ZC0541": Code("a variable that an image can't have"),
    "ZC0542": Code("a build that needs BuildKit"),
    # 06: closures of code
    "ZC0601": Code("a module is imported by a name that only running tells"),
    "ZC0602": Code("names of a module are looked up at run time"),
    "ZC0603": Code("code is made at run time"),
    "ZC0604": Code("code reads its own source text"),
    "ZC0605": Code("a step's source can't stand alone"),
}
