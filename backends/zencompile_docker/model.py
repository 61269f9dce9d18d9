"""What the templates of an image's files see: nothing is left to decide there."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """A name and its value, quoted for an instruction of a Dockerfile."""

    name: str
    value: str


class Run(NamedTuple):
    """A RUN instruction: its mounts, and commands of which each follows if the one before succeeds.

    `ignore` names the linter's rules that are broken on purpose.
    """

    commands: tuple[str, ...]
    mounts: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Copy(NamedTuple):
    """A COPY instruction; `words` are its sources and, last, its destination, in the form that Docker reads."""

    words: str
    owner: str = ""


class Install(NamedTuple):
    """A layer of packages: the requirements file goes in, then what it lists."""

    copy: Copy
    run: Run


class Dockerfile(NamedTuple):
    """A Dockerfile from its first layer to its last.

    `commands` are how to build it, `outside` the variables that are set when a step starts. None and empty ones have no
    layer.
    """

    reference: str
    named_by_code: bool
    commands: tuple[str, ...]
    outside: tuple[str, ...]
    base: str
    arguments: tuple[str, ...]
    build_variables: tuple[Setting, ...]
    packages: Run | None
    installer: Run | None
    installs: tuple[Install, ...]
    runtime: Copy
    python_path: str
    user: str
    make_user: Run | None
    code: tuple[Copy, ...]
    links: Run | None
    project_install: Run | None
    variables: tuple[Setting, ...]
    labels: tuple[Setting, ...]


class IgnoreFile(NamedTuple):
    """The allow-list of a build context. `patterns` are escaped, in the order that they are written."""

    reference: str
    patterns: tuple[str, ...]
