"""Settings and other declarations: read when the pipeline was compiled, plain data in a step process."""

from __future__ import annotations

from typing import Any

from zencompile_runtime.names.enums import StrEnum


class Settings:
    """Keywords as attributes; what was not given is None."""

    def __init__(self, *args: Any, **values: Any) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_", "model_")):
            raise AttributeError(name)
        return None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({inner})"

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """The keywords that were given."""
        return dict(vars(self))

    def model_copy(self, update: dict[str, Any] | None = None, **_: Any) -> Any:
        """A copy with other values."""
        return type(self)(**{**vars(self), **(update or {})})

    dict = model_dump
    copy = model_copy


class BaseSettings(Settings):
    """Base of settings."""


class DockerSettings(BaseSettings):
    """Settings of an image."""


class DockerBuildConfig(BaseSettings):
    """How an image is built."""


class DockerBuildOptions(BaseSettings):
    """Options of a build."""


class PythonPackageInstaller(StrEnum):
    """What installs packages."""

    PIP = "pip"
    UV = "uv"


class PythonEnvironmentExportMethod(StrEnum):
    """How a local environment is listed."""

    PIP_FREEZE = "pip_freeze"
    POETRY_EXPORT = "poetry_export"
    UV_FREEZE = "uv_freeze"


class ResourceSettings(BaseSettings):
    """What a step needs."""


class DeploymentSettings(BaseSettings):
    """Settings of serving."""


class Schedule(BaseSettings):
    """When a pipeline runs."""


class StepRetryConfig(BaseSettings):
    """How often a step is tried again."""


class CachePolicy(BaseSettings):
    """What makes a step run again."""

    @classmethod
    def default(cls) -> CachePolicy:
        """The policy of steps that name none."""
        return cls()


class CacheFunction(BaseSettings):
    """A function whose answer goes into the cache key."""


class GroupInfo(BaseSettings):
    """Steps that belong together in a picture."""


class StepConfigurationUpdate(BaseSettings):
    """Options of a step."""


class PipelineRunConfiguration(BaseSettings):
    """Options of a run."""


class ExternalArtifact(Settings):
    """A value that becomes an artifact before the first step runs."""


class Tag(Settings):
    """A tag and how it is shown."""

    def __str__(self) -> str:
        return str(self.name)


class ArtifactConfig(Settings):
    """Name, version, tags and metadata of an output's artifact."""

    def __init__(self, name: str | None = None, **values: Any) -> None:
        if name == "":
            raise ValueError("the name of an artifact can't be empty")
        super().__init__(name=name, **values)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.name)
