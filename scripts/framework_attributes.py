"""Write which attributes the framework's classes have: `python scripts/framework_attributes.py PYTHON`.

PYTHON is the interpreter of an environment with the release that is read. The answer goes to
`zencompile/frontend/framework/attribute_names.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "zencompile/frontend/framework/attribute_names.py"

ASKING = """
import json
import zenml
from zenml import ArtifactConfig, ExternalArtifact, Model, Tag
from zenml.client import Client
from zenml.config import CachePolicy, DeploymentSettings, DockerSettings, ResourceSettings
from zenml.config.docker_settings import DockerBuildConfig, DockerBuildOptions
from zenml.config.pipeline_configurations import PipelineConfiguration
from zenml.config.retry_config import StepRetryConfig
from zenml.config.schedule import Schedule
from zenml.config.step_configurations import GroupInfo, PartialStepConfiguration
from zenml.models import PipelineRunResponse
from zenml.pipelines.pipeline_context import PipelineContext
from zenml.pipelines.pipeline_definition import Pipeline
from zenml.steps.base_step import BaseStep
from zenml.steps.step_context import StepContext

CLASSES = [
    ArtifactConfig, BaseStep, CachePolicy, Client, DeploymentSettings, DockerBuildConfig, DockerBuildOptions,
    DockerSettings, ExternalArtifact, GroupInfo, Model, PartialStepConfiguration, Pipeline, PipelineConfiguration,
    PipelineContext, PipelineRunResponse, ResourceSettings, Schedule, StepContext, StepRetryConfig, Tag,
]


def names(class_):
    found = {*dir(class_), *getattr(class_, "model_fields", ())}
    if class_ is PipelineContext:
        found |= set(vars(PipelineContext(PipelineConfiguration(name="p"))))
    return sorted(name for name in found if not name.startswith("_"))


print(json.dumps({"release": zenml.__version__, "classes": {c.__name__: names(c) for c in CLASSES}}))
"""

HEADER = '''"""Which attributes the objects of the framework's classes have, in release {release}.

Written by `scripts/framework_attributes.py`; names that begin with an underscore are left out.
"""

from __future__ import annotations

from functools import cache

_TABLE = """
{table}
"""


@cache
def _classes() -> dict[str, frozenset[str]]:
    lines = _TABLE.replace("\\n    ", " ").strip().splitlines()
    parted = [line.partition(": ") for line in lines]
    return {{class_: frozenset(names.split()) for class_, _, names in parted}}


def attributes(class_: str) -> frozenset[str]:
    """The public attributes of a class's objects; none of a class that is not in the table."""
    return _classes().get(class_, frozenset())


def may_have(class_: str, name: str) -> bool:
    """Whether objects of a class have an attribute, or may have it: one that isn't public, or of an unknown class."""
    known = attributes(class_)
    return not known or name.startswith("_") or name in known
'''


def ask(python: Path) -> dict[str, dict[str, list[str]]]:
    """The table of an installed release."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "ZENML_CONFIG_PATH": folder,
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_VERBOSITY": "ERROR",
        }
        answer = subprocess.check_output([python, "-c", ASKING], env=os.environ | environment, cwd=folder, text=True)
    found: dict[str, dict[str, list[str]]] = json.loads(answer.strip().splitlines()[-1])
    return found


def written(answer: dict[str, dict[str, list[str]]]) -> str:
    """The module that holds a table."""
    lines = [
        textwrap.fill(f"{class_}: {' '.join(names)}", 116, subsequent_indent="    ", break_on_hyphens=False)
        for class_, names in sorted(answer["classes"].items())
    ]
    return HEADER.format(release=answer["release"], table="\n".join(lines))


if __name__ == "__main__":
    TABLE.write_text(written(ask(Path(sys.argv[1]))), "utf-8")
