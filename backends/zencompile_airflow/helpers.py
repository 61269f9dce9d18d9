"""The functions of a DAG file that make its tasks, with what tasks have in common, and the calls of them."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence

from zencompile.ir import Pipeline
from zencompile.ir.environments import DIGITS, named_by_code
from zencompile_airflow import fusing, hooks, stores
from zencompile_airflow.given import CLASSES
from zencompile_airflow.model import ChainHelper, Constant, Helper
from zencompile_airflow.options import Operator, Options
from zencompile_airflow.plan import Plan, Shared, shared, used_operators
from zencompile_airflow.templating import plain
from zencompile_templates.names import Namespace, python_name
from zencompile_templates.python import Call, Code, py

DOCSTRINGS: dict[Operator, str] = {
    "bash": "A task that runs one step of the pipeline in a virtual environment of the project folder.",
    "docker": "A task that runs one step of the pipeline in its image.",
    "kubernetes": "A task that runs one step of the pipeline as a pod.",
}


class Helpers:
    """The helpers of one file. `names` gives their constants names, `stops` is whether tasks look for failed ones."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: Options,
        store: stores.Store,
        tasks: Sequence[Plan],
        project: str,
        names: Namespace,
        stops: bool,
    ) -> None:
        self.pipeline, self.options, self.store, self.tasks = pipeline, options, store, tasks
        self.project, self.names, self.stops = project, names, stops
        self.operators = used_operators(task for task in tasks if task.operator != "inline")
        self.shared = {operator: shared(self._of(operator)) for operator in self.operators}
        self.suffix = hooks.suffix([task.task_id for task in tasks])
        self.hooked = {task.invocation.id for task in tasks if hooks.owes(pipeline, task.invocation)}
        self.images = self._image_names()
        coded = {named_by_code(pipeline.images[place]) for place in self.images}
        self.coded = coded.pop() if len(coded) == 1 else None  # whether images are named by code; None: some are

    def _of(self, operator: Operator) -> list[Plan]:
        return [task for task in self.tasks if task.operator == operator]

    def _image_names(self) -> dict[str, str]:
        """A constant for each image: IMAGE for the most used one of the first operator, others by their step."""
        found: dict[str, str] = {}
        for operator in self.operators:
            for task in self._of(operator):
                if operator == "bash" or task.place in found:
                    continue
                first = not found and task.place == self.shared[operator].place
                found[task.place] = "" if first else self.pipeline.steps[task.invocation.step].name
        if found and "" not in found.values():
            found[next(self.shared[o].place for o in self.operators if o != "bash")] = ""
        upper = {
            place: f"{python_name(step).strip('_').upper()}_IMAGE" if step else "IMAGE" for place, step in found.items()
        }
        return {place: self.names.of(name, ("image", place)) for place, name in upper.items()}

    def constants(self, helpers: Sequence[Helper]) -> Iterable[Constant]:
        """What the helpers and the calls of them take from the top of the file."""
        if self.operators:
            yield Constant("STORE", self.store.url)
        if "bash" in self.operators:
            yield Constant("PROJECT", self.project, "made by prepare.sh, on every worker")
        for place, name in sorted(self.images.items(), key=lambda item: item[1] != "IMAGE"):
            image = self.pipeline.images[place]
            code = "-{code}" if self.coded is None and named_by_code(image) else ""
            yield Constant(name, f"{image.reference}{code}")
        environments = {helper.operator: helper.environment for helper in helpers}
        for operator in self.operators:
            constant = environments[CLASSES[operator]]
            if constant:
                yield Constant(constant, _base_environment(operator, self.shared[operator]))

    def made(self) -> tuple[Helper, ...]:
        """A helper for the steps of each operator that are tasks, and one for its chains."""
        return tuple(helper for operator in self.operators for helper in self._of_operator(operator))

    def _of_operator(self, operator: Operator) -> Iterable[Helper]:
        tasks = self._of(operator)
        single = [task for task in tasks if not task.members]
        chains = [task for task in tasks if task.members]
        if single:
            yield self._helper(operator, single)
        if chains:
            made = self._helper(operator, chains)
            yield ChainHelper(
                *made._replace(name=self._called(operator, chains[0]), docstring=fusing.DOCSTRINGS[operator])
            )

    def _called(self, operator: Operator, task: Plan) -> str:
        """The name of the helper that makes a task."""
        name = "chain" if task.members else "step"
        return name if len(self.operators) == 1 else f"{operator}_{name}"

    def _helper(self, operator: Operator, tasks: Sequence[Plan]) -> Helper:
        common = self.shared[operator]
        base = _base_environment(operator, common)
        environment = any(len(task.environment) > len(common.environment) for task in tasks)
        constant = ""
        if base:
            constant = "ENVIRONMENT" if len(self.operators) == 1 else f"{operator.upper()}_ENVIRONMENT"
        several = len({task.place for task in tasks}) > 1
        image = self.images[common.place] if operator != "bash" else py(common.place)
        keywords: dict[str, object] = {"task_id": Code("task_id")}
        place = "image" if several else image
        keywords.update(_command_keywords(operator, self._named(place) if operator != "bash" else place))
        if base or environment:
            name = {"bash": "env", "docker": "environment", "kubernetes": "env_vars"}[operator]
            keywords[name] = Code("environment" if environment else constant)
        keywords.update(common.keywords)
        return Helper(
            self._called(operator, tasks[0]),
            CLASSES[operator],
            DOCSTRINGS[operator],
            (*self._where(tasks[0]), *common.configuration),
            keywords,
            image=image if several else "",
            environment=constant,
            own_environment=environment,
            invocation=any(task.task_id != task.invocation.id for task in tasks),
            options=any(set(task.keywords) - set(common.keywords) for task in tasks),
            python=_interpreter(operator, "{venv}" if several else common.place),
            hooks=self.suffix if any(task.invocation.id in self.hooked for task in tasks) else "",
            stops=self.stops,
        )

    def _named(self, image: str) -> str:
        """The expression of a task's image, `image` being that of its environment's."""
        if self.coded is None:
            return f"{image}.format(code=code)"
        return f'f"{{{image}}}-{{code}}"' if self.coded else image

    def _where(self, task: Plan) -> Iterable[object]:
        """The arguments that say which code is meant, and which run the step belongs to; a chain's steps have each
        their own code.
        """
        if task.members:
            yield from fusing.TRIES
        else:
            yield Code('f"--code={code}"')
        yield plain(f"--pipeline={self.pipeline.namespace}/{self.pipeline.name}")
        yield "--run={{ run_id }}"
        store = f"--store={self.store.url}"
        yield Code('f"--store={STORE}"') if plain(store) == store else plain(store)
        if self.options.drift == "warn":
            yield "--drift=warn"

    def call(self, task: Plan) -> Call:
        """The call that makes a task."""
        common = self.shared[task.operator]
        keywords: dict[str, object] = self._code(task)
        if task.task_id != task.invocation.id and not task.members:
            keywords["invocation"] = plain(task.invocation.id)
        if task.place != common.place:
            keywords["venv" if task.operator == "bash" else "image"] = (
                task.place if task.operator == "bash" else Code(self.images[task.place])
            )
        own = {name: value for name, value in task.environment.items() if name not in common.environment}
        if own:
            keywords["environment"] = self._environment(task.operator, own)
        keywords.update({n: v for n, v in task.keywords.items() if n not in common.keywords})
        words = fusing.words(self.pipeline, task, common) if task.members else self._words(task, common)
        helper = self._called(task.operator, task) + "_with_hooks" * (task.invocation.id in self.hooked)
        return Call(helper, (task.task_id, *words), keywords)

    def _words(self, task: Plan, common: Shared) -> Iterable[str]:
        """What a step runs, and its arguments."""
        yield plain(self.pipeline.steps[task.invocation.step].entrypoint)
        yield from task.data
        yield from (text for text in task.configuration if text not in common.configuration)

    def _code(self, task: Plan) -> dict[str, object]:
        """The code that is named outside of a task's words; that of a chain only where an image is named by it."""
        codes = [self.pipeline.steps[step.invocation.step].deployed for step in task.steps]
        if not task.members:
            return {"code": codes[0][:DIGITS]}
        if task.operator == "bash" or self.coded is False:
            return {}
        return {"code": fusing.code_of(codes)}

    def _environment(self, operator: Operator, own: dict[str, object]) -> object:
        if not _base_environment(operator, self.shared[operator]):
            return own
        constant = "ENVIRONMENT" if len(self.operators) == 1 else f"{operator.upper()}_ENVIRONMENT"
        if all(name.isidentifier() and not keyword.iskeyword(name) for name in own):
            return Call("dict", (Code(constant),), own)
        return Code(f"{{**{constant}, {py(own)[1:]}")


def _base_environment(operator: Operator, common: Shared) -> dict[str, object]:
    """The variables of every task; a process on a worker must be told what an image knows by itself."""
    if operator != "bash":
        return common.environment
    base: dict[str, object] = {"PYTHONHASHSEED": "0", "PYTHONPATH": Code('f"{PROJECT}/runtime"')}
    return {**base, **common.environment}


def _interpreter(operator: Operator, venv: str) -> str:
    """The expression of the Python that runs a step."""
    return f'f"{{PROJECT}}/{venv}/bin/python"' if operator == "bash" else '"python"'


def _command_keywords(operator: Operator, image: str) -> dict[str, object]:
    if operator == "docker":
        return {"image": Code(image), "command": Code("command + where")}
    if operator == "kubernetes":
        return {"image": Code(image), "cmds": Code("command + where")}
    return {"bash_command": Code("shlex.join(command + where)"), "cwd": Code('f"{PROJECT}/sources"')}
