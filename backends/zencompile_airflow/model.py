"""What the template of a DAG file sees: names are chosen, texts are escaped, nothing is left to decide."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from typing import NamedTuple

from zencompile.ir import InlineText
from zencompile_templates.python import Call, Code, layout


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


class ChainHelper(Helper):
    """The function that makes one task of several steps, each a list with the words of its `step` command."""

    __slots__ = ()

    @property
    def signature(self) -> Call:
        """The parameters: the code that names an image, where it does, is that of all steps together."""
        given = super().signature
        dropped = ("entrypoint: str", "*arguments: str", 'invocation: str = ""')
        kept = [text for text in map(str, given.positional) if text not in dropped]
        if "code" not in "".join(str(value) for value in self.keywords.values() if isinstance(value, Code)):
            kept.remove("code: str")
        return Call(self.name, names(kept[0], "*steps: list", *kept[1:]))

    @property
    def command(self) -> list[Code]:
        """The words of the chain command."""
        words = '*(word for step in steps for word in ("--step", *step))'
        return names(self.python, '"-m"', '"zencompile_runtime"', '"chain"', words)


class Function(NamedTuple):
    """A TaskFlow function around the user's own, whose text is `function`: what that needs stands inside, before it.

    `alone`: the text is run in another interpreter, where nothing else of the file is. `hands`: some of the arguments
    are what other steps returned, as JSON.
    """

    name: str
    decorator: object
    parameters: tuple[str, ...]
    docstring: str
    function: InlineText
    result: Call
    alone: bool = False
    hands: bool = False

    @property
    def before(self) -> list[str]:
        """What the user's function needs, imports first."""
        imports = [text for text in self.function.before if text.startswith(("import ", "from "))]
        others = [_constant(text) for text in self.function.before if text not in imports]
        return [*imports, *([""] if imports and others else []), *others]

    @property
    def own(self) -> list[str]:
        """The lines of the user's function, as they stand in the function around it."""
        text = self.function
        lines = [f"    def {text.function}({', '.join(text.parameters)}):"]
        for number, line in enumerate(text.body):
            lines.append(line if number in text.verbatim or not line else f"        {line}")
        return lines


def _constant(text: str) -> str:
    """A constant of the user's, over as many lines as it needs."""
    node = ast.parse(text).body[0]
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        with contextlib.suppress(TypeError, ValueError):
            value = layout(ast.literal_eval(node.value), 4, f"{ast.unparse(node.targets[0])} = ")
            return value.replace("\n    ", "\n")
    return text


class Task(NamedTuple):
    """One task: `variable = call`."""

    variable: str
    call: Call


class Block(NamedTuple):
    """Tasks that stand together, outside of any group (`group` is None then); or a group, with `blocks` in it.

    `group` is what opens it, `name` the variable by which it is opened again, if it is.
    """

    group: object | None
    blocks: tuple[Block, ...] = ()
    tasks: tuple[Task, ...] = ()
    name: str = ""

    @property
    def end(self) -> str:
        """What follows the call that opens a group."""
        return f" as {self.name}:" if self.name else ":"


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
    """A whole file. `head` is the comment in its first line, by which it is known as ours; `build` are files of the
    build folder that belong to it, `macros` templates of functions that look up what Airflow may lack, `values` the
    files of the build folder that hold what is too long for arguments.
    """

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
    build: Mapping[str, str] = {}
    functions: tuple[Function, ...] = ()
    macros: tuple[str, ...] = ()
    values: Mapping[str, str] = {}
    guards: Guards = Guards()
    fail_fast: bool = False

    @property
    def checks(self) -> bool:
        """Whether functions of the file look at what steps return."""
        return any(not function.alone for function in self.functions)

    @property
    def hands(self) -> bool:
        """Whether functions of the file take what others return."""
        return any(function.hands and not function.alone for function in self.functions)

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
