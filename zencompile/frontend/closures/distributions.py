"""Which distribution provides a module that user code imports."""

from __future__ import annotations

from zencompile.frontend.libraries import DISTRIBUTIONS, FRAMEWORKS, STDLIB

# Namespaces without a distribution of their own: two parts name the distribution.
_NAMESPACES = {"google.cloud": 3, "azure": 2, "opentelemetry.instrumentation": 3}


def distribution(path: str) -> str:
    """The distribution that provides the module or object of a dotted path."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        known = DISTRIBUTIONS.get(".".join(parts[:length]))
        if known is not None:
            return known
    for namespace, length in _NAMESPACES.items():
        if path.startswith(namespace + ".") and len(parts) >= length:
            return "-".join(parts[:length]).replace("_", "-")
    return parts[0].replace("_", "-")


_CONTEXT = frozenset({"get_step_context", "get_pipeline_context", "step_context", "StepContext", "PipelineContext"})


_LOGGING = frozenset({"log_metadata", "bulk_log_metadata", "log_artifact_metadata", "log_step_metadata"})


def logs_metadata(path: str) -> bool:
    """Whether code that uses a name of the framework may tell facts about its step and its outputs."""
    parts = path.split(".")
    return parts[0] in FRAMEWORKS and (len(parts) == 1 or not _LOGGING.isdisjoint(parts))


def reads_context(path: str) -> bool:
    """Whether code that uses a name of the framework may see how its step is configured."""
    parts = path.split(".")
    return parts[0] in FRAMEWORKS and (len(parts) == 1 or not _CONTEXT.isdisjoint(parts))


def is_foreign(path: str) -> bool:
    """Whether a dotted path belongs to another distribution than the framework and Python itself."""
    top = path.partition(".")[0]
    return bool(top) and top not in FRAMEWORKS and top not in STDLIB and not top.startswith("_")
