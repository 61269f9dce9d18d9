"""Deployed YAML: our own rules, and, where one asks for it, KFP's SDK in a process of its own."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from zencompile.diagnostics import Diagnostic, Severity
from zencompile_kubeflow.asking import Sdk, Unanswered

# Run by the Python that has the SDK; the last line of its output is JSON: file → error.
_LOADER = """\
import json, sys
from kfp import components
found = {}
for path in sys.argv[1:]:
    try:
        components.load_component_from_file(path)
    except Exception as error:
        found[path] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""
_SDK = Sdk("the KFP SDK", "ZC0529")


def is_schedule(path: str) -> bool:
    """Whether a file is the recurring run that stands beside a pipeline."""
    return path.endswith(".schedule.yaml")


def problems(path: str, text: str) -> Iterator[Diagnostic]:
    """What our own rules find in a pipeline or a recurring run; what is only read otherwise is a warning."""
    import yaml

    from zencompile_kubeflow import judging, rules

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        found = list(rules.of_schedule(documents[0]) if is_schedule(path) else rules.of_pipeline(documents))
    except (yaml.YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = "recurring run" if is_schedule(path) else "PipelineSpec"
        yield Diagnostic("ZC0529", f"`{path}` is not a valid KFP pipeline: it is no {what}: {error}")
        return
    for violation in found:
        diagnostic = judging.diagnostic(violation, of=f"`{path}`: ")
        yield replace(diagnostic, severity=Severity.WARNING) if violation.rule.alters else diagnostic


def load(files: Mapping[str, str], python: str | None) -> Iterator[Diagnostic]:
    """What our own rules find, then what the SDK says, where there is one."""
    found = [one for path, text in files.items() for one in problems(path, text)]
    yield from found
    wrong = [one for one in found if one.severity is Severity.ERROR]
    pipelines = {path: text for path, text in files.items() if not is_schedule(path)}
    python = python or _beside_us()
    if python is None:
        yield Diagnostic(
            "ZC0021",
            "there is no KFP SDK to ask: our own rules alone were applied",
            severity=Severity.NOTE,
            helps=("name a Python that has it: `--python PYTHON`",),
        )
    elif pipelines and not wrong:
        yield from _ask(python, pipelines)


def _beside_us() -> str | None:
    found = importlib.util.find_spec("kfp")  # without an origin it is the folder that kfp-pipeline-spec stands in
    return sys.executable if found is not None and found.origin else None


def _ask(python: str, files: Mapping[str, str]) -> Iterator[Diagnostic]:
    with tempfile.TemporaryDirectory(prefix="zencompile-") as folder:
        places = {str(Path(folder, f"{number}.yaml")): path for number, path in enumerate(files)}
        for place, path in places.items():
            Path(place).write_text(files[path], "utf-8")
        try:
            said = _SDK.ask([python, "-c", _LOADER, *places], folder)
        except Unanswered as problem:
            yield problem.diagnostic
            return
    for place, message in said.items():
        yield Diagnostic(_SDK.code, f"KFP's SDK can't load `{places[place]}`: {message}")
