"""Deployed YAML: our own rules, and, where one asks for it, KFP's SDK in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from zencompile.diagnostics import Diagnostic, Severity

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
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")
_LONGEST = 600  # seconds


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
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"HOME": folder}
        command = [python, "-c", _LOADER, *places]
        try:
            done = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=_LONGEST, check=False
            )
        except OSError as error:
            yield Diagnostic("ZC0021", f"the KFP SDK's Python {python} can't be run: {error.strerror}")
            return
        except subprocess.TimeoutExpired:
            yield Diagnostic("ZC0529", f"the KFP SDK has not come to an end in {_LONGEST} seconds")
            return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Diagnostic("ZC0021", f"the KFP SDK can't be asked: {last}", notes=(f"asked: {python}",))
        return
    for place, message in json.loads(done.stdout.splitlines()[-1]).items():
        yield Diagnostic("ZC0529", f"KFP's SDK can't load `{places[place]}`: {message}")
