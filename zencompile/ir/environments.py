"""Environments and images: where steps run, and with which variables."""

from __future__ import annotations

from typing import Annotated, Union
from typing import Literal as OneOf

from pydantic import Field

from zencompile.ir.node import Json, Node
from zencompile.source import Span


class Text(Node):
    """A variable's value, as it is."""

    kind: OneOf["text"] = "text"
    value: str


class EnvironmentReference(Node):
    """The value that a variable has where the step runs (`os.getenv("K")`); never this machine's."""

    kind: OneOf["environment"] = "environment"
    name: str
    default: str | None = None


class SecretReference(Node):
    """The value under `key` of the secret `name`, known to the engine that runs the step."""

    kind: OneOf["secret"] = "secret"
    name: str
    key: str


Variable = Annotated[
    Union[Text, EnvironmentReference, SecretReference],  # noqa: UP007 (3.10 evaluates it)
    Field(discriminator="kind"),
]


class Environment(Node):
    """What a step's image must hold, as the user's settings say it; equal environments are one.

    `variables` are set in the image for its steps, `build_variables` from the first layer on. `requirements` are lines
    as pip reads them, those of integrations among them; the environments pass normalises and sorts them. `dockerfile`,
    `build_context`, `dockerignore` and `base_dockerignore` are paths relative to the source root; `base_options` and
    `base_dockerignore` are for building the user's own Dockerfile. `spans` says where a field was set, under its name;
    `requirements[2]` is the place of the third line, where that is known.
    """

    parent_image: str | None = None
    python: str = "3.11"
    apt_packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    installer: OneOf["uv", "pip"] = "uv"
    installer_arguments: dict[str, str | None] = {}
    build_variables: dict[str, Variable] = {}
    variables: dict[str, Variable] = {}
    user: str | None = None
    dockerfile: str | None = None
    build_context: str | None = None
    build_options: dict[str, Json] = {}
    dockerignore: str | None = None
    base_options: dict[str, Json] = {}
    base_dockerignore: str | None = None
    project_install: str | None = None
    include_code: bool = True
    skip_build: bool = False
    repository: str | None = None
    tag: str | None = None
    spans: dict[str, Span] = {}  # field name → where it was set


DIGITS = 12
"""Of a digest, those that stand in an image's name and with a task."""

REVIEW = "review"
"""The tag of images that no task is to run in, and the code of tasks that run nothing: the files are for reading."""


class Image(Node):
    """An image to build (or, with `build` False, to take as it is). Filled by the environments pass.

    `reference` is "repository:tag", the registry in front where one is configured. `tag` is the beginning of `digest`,
    which covers all that the environment says, or the user's own: then it is `moving`, and names no content. What a
    task names is `name_of`.
    """

    key: str
    environment: str
    repository: str
    tag: str
    reference: str
    build: bool = True
    moving: bool = False
    recipe: int = 1  # version of the Dockerfile's recipe
    runtime: str = ""  # version of the runtime that goes in
    base: str
    python: str
    apt_packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    layers: tuple[int, ...] = ()  # lengths of the parts of `requirements` that are layers; none: one layer
    installer: OneOf["uv", "pip"] = "uv"
    installer_arguments: dict[str, str | None] = {}
    build_variables: dict[str, Variable] = {}
    variables: dict[str, Variable] = {}
    user: str | None = None
    dockerfile: str | None = None
    build_context: str | None = None
    build_options: dict[str, Json] = {}
    dockerignore: str | None = None
    base_options: dict[str, Json] = {}
    dockerfile_digest: str = ""  # SHA-256 of the user's own Dockerfile
    context_files: dict[str, str] = {}  # what goes into its build context, as `files`, relative to that
    project_install: str | None = None
    include_code: bool = True
    files: dict[str, str] = {}  # code manifest: path relative to the source root → what it is (`ir.manifests`)
    runtime_digest: str = ""  # SHA-256 over the files of the runtime
    digest: str = ""


def named_by_code(image: Image) -> bool:
    """Whether each step has a name of its own for the image that it runs in."""
    return image.build and not image.moving


def name_of(image: Image, deployed: str) -> str:
    """What a task calls the image of a step whose deployed code has this digest: its environment and its code."""
    return f"{image.reference}-{deployed[:DIGITS]}" if deployed and named_by_code(image) else image.reference
