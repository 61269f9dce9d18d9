"""What the template of a DAG file sees: names are chosen, texts are escaped, nothing is left to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zencompile_templates.python import Call, Code


class Constant(NamedTuple):
    """A name at the top of the file. `comment` says what it is for, where its name doesn't."""

    name: str
    value: object
    comment: str = ""


class Helper(NamedTuple):
    """The function of the file that makes one task: with what all tasks of one operator have in common.

    `common` are arguments of the step command after a task's own, `keywords` those of the operator. Tasks may differ in
    their place (`image` is the default then: the name of a constant, or a virtual environment), in their environment
    (`own_environment`; `environment` names the constant with what they share, if there is any), in a task id that is
    not the step's id (`invocation`), and in more keywords (`options`); all but those of built-in steps say which code
    they were compiled from. `python` is the expression of the interpreter. `hooks` is the suffix of the tasks that
    call hooks of others, if there are any, `stops` whether tasks look for failed ones before they start.
    """

    name: str
    operator: str
    docstring: str
    common: tuple[object, ...]
    keywords: Mapping[str, object]
    image: str = ""
    environment: str = ""
    own_environment: bool = False
    invocation: bool = False
    options: bool = False
    python: str = '"python"'
    hooks: str = ""
    stops: bool = False

    @property
    def signature(self) -> Call:
        """The parameters, in the form of a call."""
        place = "venv" if self.operator == "BashOperator" else "image"
        texts = ["task_id: str", "entrypoint: str", "*arguments: str", "code: str"]
        if self.hooks:
            texts.append('action: str = "step"')
        if self.invocation or self.hooks:
            texts.append('invocation: str = ""')
        if self.image:
            texts.append(f"{place}: str = {self.image}")
        if self.own_environment:
            texts.append(f"environment: dict = {self.environment}" if self.environment else "environment=None")
        if self.stops and self.hooks:
            texts.append("pre_execute=start_unless_failed")
        if self.options or self.hooks:
            texts.append("**options")
        return Call(self.name, names(*texts))

    @property
    def command(self) -> list[Code]:
        """The words of the step command, as far as they differ between tasks."""
        id = "invocation or task_id" if self.invocation or self.hooks else "task_id"
        action = "action" if self.hooks else '"step"'
        words = (self.python, '"-m"', '"zencompile_runtime"', action, "entrypoint", f'f"--id={{{id}}}"', "*arguments")
        return names(*words)

    @property
    def call(self) -> Call:
        """The call that makes the task."""
        more: dict[str, object] = {}
        if self.stops:
            more["pre_execute"] = Code("pre_execute" if self.hooks else "start_unless_failed")
        if self.options or self.hooks:
            more["**"] = Code("options")
        return Call(self.operator, (), {**self.keywords, **more})

    @property
    def hooks_call(self) -> Call:
        """The call that makes the task which calls the hooks of another."""
        keywords = {
            "action": "hooks",
            "pre_execute": Code("only_after_failure"),
            "**": Code('{"invocation": task_id, **options}'),
        }
        return Call(self.name, names(f'f"{{task_id}}{self.hooks}"', "*arguments"), keywords)


class Task(NamedTuple):
    """One task: `variable = call`."""

    variable: str
    call: Call


class Block(NamedTuple):
    """Tasks that stand together: in a task group, or outside any (`group` is None then)."""

    group: Call | None
    tasks: tuple[Task, ...]


class Order(NamedTuple):
    """A line of edges; `group` is broken over lines where it is too long for one."""

    group: object
    before: str = ""
    after: str = ""


class Guards(NamedTuple):
    """What a file has to look for failed tasks with.

    `stops`: no step starts after one has failed; `hooks`: tasks call the hooks of others; `watcher`: the decorator of
    the task that fails the run.
    """

    stops: bool = False
    hooks: bool = False
    watcher: Call | None = None

    @property
    def skips(self) -> bool:
        """Whether a task may skip itself."""
        return self.stops or self.hooks


class Imports(NamedTuple):
    """Import statements: of the standard library, of others, of Airflow 3, and what stands for these in Airflow 2."""

    standard: tuple[str, ...]
    others: tuple[str, ...]
    airflow3: tuple[str, ...]
    airflow2: tuple[str, ...]


class DagFile(NamedTuple):
    """A whole file. `head` is the comment in its first line, by which it is known as ours."""

    head: str
    title: str
    documentation: str
    imports: Imports
    constants: tuple[Constant, ...]
    helpers: tuple[Helper, ...]
    dag: Call
    blocks: tuple[Block, ...]
    orders: tuple[Order, ...] = ()
    needs: tuple[str, ...] = ()
    guards: Guards = Guards()
    fail_fast: bool = False

    @property
    def docstring(self) -> str:
        """The file's docstring: its title, the pipeline's own, and what must exist."""
        parts = [self.title]
        if self.documentation:
            parts.append(self.documentation)
        if self.needs:
            parts.append("\n".join(["Needs, before it runs:", *(f"- {need}" for need in self.needs)]))
        return parts[0] if len(parts) == 1 else "\n\n".join(parts) + "\n"


def names(*texts: str) -> list[Code]:
    """Variables of the file, as code."""
    return [Code(text) for text in texts]
