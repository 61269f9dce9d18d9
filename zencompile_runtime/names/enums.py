"""`zenml.enums`: the enumerations that step code uses."""

from __future__ import annotations

from enum import Enum


class StrEnum(str, Enum):
    """An enumeration whose members are text, and print as it."""

    __str__ = str.__str__

    @classmethod
    def values(cls) -> list[str]:
        """The text of every member."""
        return [one.value for one in cls]


class ArtifactType(StrEnum):
    """What kind of thing an artifact is."""

    DATA_ANALYSIS = "DataAnalysisArtifact"
    DATA = "DataArtifact"
    MODEL = "ModelArtifact"
    SCHEMA = "SchemaArtifact"
    SERVICE = "ServiceArtifact"
    STATISTICS = "StatisticsArtifact"
    BASE = "BaseArtifact"


class VisualizationType(StrEnum):
    """How a visualisation's file is shown."""

    CSV = "csv"
    HTML = "html"
    IMAGE = "image"
    MARKDOWN = "markdown"
    JSON = "json"


class ExecutionStatus(StrEnum):
    """State of a run or a step."""

    INITIALIZING = "initializing"
    PROVISIONING = "provisioning"
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    COMPLETED = "completed"
    CACHED = "cached"
    SKIPPED = "skipped"
    RETRYING = "retrying"
    RETRIED = "retried"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMING = "resuming"
    STOPPED = "stopped"
    STOPPING = "stopping"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.value in ("failed", "completed", "cached", "skipped", "retried", "stopped", "cancelled")

    @property
    def is_successful(self) -> bool:
        """Whether outputs are there."""
        return self.value in ("completed", "cached", "skipped")

    @property
    def is_failed(self) -> bool:
        """Whether it failed, or was ended."""
        return self.value in ("failed", "cancelled")


class StepRunInputArtifactType(StrEnum):
    """Where an input of a step comes from."""

    STEP_OUTPUT = "step_output"
    MANUAL = "manual"
    EXTERNAL = "external"
    LAZY_LOADED = "lazy"
    OVERRIDE = "override"


class ExecutionMode(StrEnum):
    """What a failed step means for the rest of its run."""

    FAIL_FAST = "fail_fast"
    STOP_ON_FAILURE = "stop_on_failure"
    CONTINUE_ON_FAILURE = "continue_on_failure"


class ModelStages(StrEnum):
    """Stages of a model version."""

    NONE = "none"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"
    LATEST = "latest"


class StepRuntime(StrEnum):
    """Where a step of a dynamic pipeline runs."""

    INLINE = "inline"
    ISOLATED = "isolated"


class StepType(StrEnum):
    """A label of a step."""

    TOOL_CALL = "tool_call"
    LLM_CALL = "llm_call"
    MEMORY_CALL = "memory_call"


class ColorVariants(StrEnum):
    """Colours of tags."""

    GREY = "grey"
    PURPLE = "purple"
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    LIME = "lime"
    TEAL = "teal"
    TURQUOISE = "turquoise"
    MAGENTA = "magenta"
    BLUE = "blue"


class StackComponentType(StrEnum):
    """Kinds of components of a stack."""

    ALERTER = "alerter"
    ANNOTATOR = "annotator"
    ARTIFACT_STORE = "artifact_store"
    CONTAINER_REGISTRY = "container_registry"
    DATA_VALIDATOR = "data_validator"
    DEPLOYER = "deployer"
    EXPERIMENT_TRACKER = "experiment_tracker"
    FEATURE_STORE = "feature_store"
    IMAGE_BUILDER = "image_builder"
    LOG_STORE = "log_store"
    MODEL_DEPLOYER = "model_deployer"
    MODEL_REGISTRY = "model_registry"
    ORCHESTRATOR = "orchestrator"
    SANDBOX = "sandbox"
    STEP_OPERATOR = "step_operator"
