"""Which keys and fields `settings=` has."""

from __future__ import annotations

from difflib import get_close_matches

from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.framework.records import DOCKER, RESOURCES
from zencompile.source import Span

COMPONENTS = frozenset(
    [
        "orchestrator",
        "step_operator",
        "experiment_tracker",
        "artifact_store",
        "container_registry",
        "image_builder",
        "model_deployer",
        "model_registry",
        "alerter",
        "annotator",
        "data_validator",
        "feature_store",
        "log_store",
        "deployer",
        "sandbox",
    ]
)


def check_fields(key: str, places: dict[str, Span | None], report: Aside) -> None:
    """Report fields that Docker's or resources' settings, given as a mapping, do not have."""
    class_ = {"docker": DOCKER, "resources": RESOURCES}.get(key)
    for name, span in places.items() if class_ is not None else ():
        if class_ is not None and name not in class_.defaults:
            class_.unknown_field(name, span, report)


def check_settings_key(key: str, span: Span | None, report: Aside) -> bool:
    """Whether a key of `settings=` can be meant; reports it otherwise."""
    if is_settings_key(key):
        return True
    known = ["docker", "resources", "deployment", *sorted(COMPONENTS)]
    head, separator, rest = key.replace(":", ".").partition(".")
    report.error(
        "ZC0307",
        f"`{key}` is no settings key",
        span,
        notes="keys are `docker`, `resources`, or a stack component such as `orchestrator` or `orchestrator.airflow`",
        helps=[f"did you mean `{match}{separator}{rest}`?" for match in get_close_matches(head, known, 1)],
    )
    return False


def is_settings_key(key: str) -> bool:
    """`docker`, `resources`, `deployment`, a stack component, or a component with a flavour or a name."""
    head = key.replace(":", ".").partition(".")[0]
    return key in ("docker", "resources", "deployment") or head in COMPONENTS
