"""From the IR to the model: everything is named, typed and placed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile.ir.environments import name_of
from zencompile_kubeflow import (
    control,
    copies,
    ending,
    executors,
    imports,
    lists,
    outputs,
    plan,
    results,
    retries,
    secrets,
    sizes,
)
from zencompile_kubeflow.bindings import Bindings, Surroundings, bind
from zencompile_kubeflow.executors import ID_PARAMETER, placeholder
from zencompile_kubeflow.model import (
    Component,
    Constant,
    Executor,
    FinalStatus,
    Importer,
    ParameterInput,
    PipelineModel,
    Task,
    Upstream,
)
from zencompile_kubeflow.options import Options
from zencompile_kubeflow.parts import Parts
from zencompile_kubeflow.pods.walk import version
from zencompile_kubeflow.scopes import Scope
from zencompile_kubeflow.texts import word
from zencompile_kubeflow.values import STRING
from zencompile_templates.names import Namespace, dashed_name

_INTERFACE = "ZENCOMPILE_INTERFACE"


@dataclass
class _Draft:
    """An invocation with everything decided but the names of its component and executor."""

    invocation: Invocation
    bindings: Bindings
    executor: Executor


Build = Callable[[Pipeline, Invocation, str, "tuple[str, ...]", Options, Report], Executor]
"""What makes the executor of an invocation: `executors.build`, or something in its place."""


def lower(pipeline: Pipeline, options: Options, report: Report, build: Build = executors.build) -> PipelineModel:
    """The model of a pipeline. What KFP can't express goes to `report`."""
    secrets.check(pipeline, report)
    imported = imports.Imports(options.artifacts, report)
    pipeline = imported.resolved(sizes.relieved(pipeline))
    pipeline, sides = copies.with_copies(lists.with_whole_lists(pipeline))
    pipeline, last = ending.with_ending(pipeline)
    made = plan.make(pipeline)
    made_control = control.scopes(pipeline, made, Parts(pipeline, sides, report), last.id if last else None)
    step_of = {i.id: i.step for i in pipeline.invocations}
    root = made_control.root
    around = Surroundings(pipeline, made, root, made_control.scopes, step_of, report, made_control.arms)
    importing, importers = imported.place(around, made_control.top)
    control.lower(pipeline, made_control, around)
    taken = (*(scope.task for scope in root.nested()), *(made.tasks[id_] for id_ in imported.found))
    lowering = _Lowering(around, options, build, taken)
    lowering.steps(made_control, last)
    results.leave(around)
    model = _model(around, lowering, (*importing, *lowering.components), tuple(importers))
    sizes.check(pipeline, model, made.tasks, report)
    return model


def _model(
    around: Surroundings, lowering: _Lowering, components: tuple[Component, ...], importers: tuple[Importer, ...]
) -> PipelineModel:
    pipeline, root = around.pipeline, around.root
    nested = (scope.as_component() for scope in root.nested() if scope.tasks)
    return PipelineModel(
        name=dashed_name(pipeline.name, 128),
        title=pipeline.name,
        description=pipeline.docstring or "",
        root=replace(root.as_component(), name="root", parameters=_run_inputs(pipeline, around.plan), artifacts=()),
        components=(*nested, *components),
        executors=tuple(lowering.executors),
        importers=importers,
        pipeline_root=lowering.options.pipeline_root or "",
        spans={around.plan.tasks[invocation.id]: invocation.span for invocation in pipeline.invocations},
    )


def _run_inputs(pipeline: Pipeline, made: plan.Plan) -> tuple[ParameterInput, ...]:
    found = []
    for parameter in pipeline.parameters:
        run = made.runs.get(parameter.name)
        if run is not None:
            optional = parameter.default is not None
            found.append(ParameterInput(parameter.name, run.type, run.default, optional, run.description))
    return tuple(found)


class _Lowering:
    """Builds tasks, and the components and executors that they share."""

    def __init__(self, around: Surroundings, options: Options, build: Build, taken: Iterable[str]) -> None:
        self.around, self.options, self.build = around, options, build
        own = dashed_name(around.pipeline.name, 128)
        self.names = Namespace(dashed_name, separator="-", reserved=(own, *taken))
        self.images: dict[str, str] = {}  # steps that have the image of another one
        self.components: list[Component] = []
        self.executors: list[Executor] = []
        self.interfaces: dict[object, list[Component]] = {}  # container → the interfaces of components that run it

    def steps(self, made: control.Control, last: ending.Ending | None) -> None:
        """The components, executors and tasks of all steps; `last` comes at the end of a run."""
        if last is not None:
            self.images[last.id] = last.like
        for key, invocations in plan.by_step(self.around.pipeline).items():
            bound = [(one, bind(one, self.around, made.mapped.get(one.id, {}))) for one in invocations]
            for invocation, bindings in bound:
                if invocation.id in made.products:
                    bindings.flags.append("--product")
                if last is not None and invocation.id == last.id:
                    bindings.parameters[ending.STATUS.name] = ending.STATUS, FinalStatus(made.top.task)
            self.share(key, [self.draft(*one) for one in bound])

    def draft(self, invocation: Invocation, bindings: Bindings) -> _Draft:
        """One invocation with its bindings and its executor."""
        flags = [*bindings.flags, *outputs.flags(self.around.plan.outputs[invocation.step])]
        executor = self.build(
            self.around.pipeline,
            invocation,
            self._image(invocation),
            (*flags, "--drift=warn") if self.options.drift == "warn" else tuple(flags),
            self.options,
            self.around.report,
        )
        return _Draft(invocation, bindings, executor)

    def _image(self, invocation: Invocation) -> str:
        image = self.around.pipeline.images.get(invocation.image or "")
        if image is not None:
            step = self.images.get(invocation.step, invocation.step)
            return name_of(image, self.around.pipeline.steps[step].deployed)
        environment = self.around.pipeline.environments.get(invocation.environment or "")
        if environment is not None and environment.parent_image:
            return environment.parent_image
        self.around.report.error(
            "ZC0528",
            f"no image is known for `{invocation.id}`, and every step on Kubeflow runs in one",
            invocation.span,
        )
        return ""

    # -- components ----------------------------------------------------------------------------------------------------

    def share(self, step: str, drafts: list[_Draft]) -> None:
        """Give the invocations of a step their components.

        The one that is named like its step has a component of its own, which says its id; the others get theirs as a
        parameter, and share a component where they have the same. So none depends on whether there are others.
        """
        wanted = self.around.pipeline.steps[step].name
        groups: dict[str, list[_Draft]] = {}
        for draft in drafts:
            if draft.invocation.id == wanted:
                self._component(self.names.of(wanted), [draft], word(draft.invocation.id))
            else:
                groups.setdefault(self._signature(draft), []).append(draft)
        for group in groups.values():
            name = wanted if len(groups) == 1 and len(group) == len(drafts) else group[0].invocation.id
            self._component(self.names.of(name), group, placeholder(ID_PARAMETER))

    def _signature(self, draft: _Draft) -> str:
        parameters = sorted(repr(entry) for entry, _ in draft.bindings.parameters.values())
        artifacts = sorted(repr(entry) for entry, _ in draft.bindings.artifacts.values())
        return repr((parameters, artifacts, draft.executor))

    def _component(self, name: str, drafts: list[_Draft], identity: str) -> None:
        first = drafts[0]
        named = identity == placeholder(ID_PARAMETER)
        made = self.around.plan.outputs[first.invocation.step]
        logged = outputs.metrics(self.around.pipeline.steps[first.invocation.step], made)
        parameters = [entry for entry, _ in first.bindings.parameters.values()]
        if named:
            parameters.insert(0, ParameterInput(ID_PARAMETER, STRING))
        arguments = first.executor.arguments
        component = Component(
            name=f"comp-{name}",
            parameters=tuple(parameters),
            artifacts=tuple(entry for entry, _ in first.bindings.artifacts.values()),
            output_parameters=tuple(one.parameter for one in made.values() if one.parameter is not None),
            output_artifacts=(*(one.artifact for one in made.values()), *logged),
            executor=f"exec-{name}",
        )
        executor = replace(first.executor, arguments=(*arguments[:2], f"--id={identity}", *arguments[2:]))
        self.executors.append(replace(self._told_apart(executor, component), name=f"exec-{name}"))
        self.components.append(component)
        for draft in drafts:
            self._task(draft, f"comp-{name}", named)

    def _told_apart(self, executor: Executor, component: Component) -> Executor:
        """The executor, with a variable where another component has the same container and another interface.

        KFP's server keeps a component's interface by the digest of its container (argo.go: hashComponentContainer). Its
        cache doesn't look at variables.
        """
        variables = tuple(executor.variables.items())
        container = executor.image, executor.command, executor.arguments, variables, executor.resources
        known = self.interfaces.setdefault(container, [])
        interface = replace(component, name="", executor="")
        if interface not in known:
            known.append(interface)
        number = known.index(interface)
        return replace(executor, variables=executor.variables | {_INTERFACE: str(number + 1)}) if number else executor

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def _task(self, draft: _Draft, component: str, named: bool) -> None:
        invocation = draft.invocation
        name, scope = self.around.plan.tasks[invocation.id], self.around.scopes[invocation.id]
        parameters = {key: source for key, (_, source) in draft.bindings.parameters.items()}
        artifacts = {key: source for key, (_, source) in draft.bindings.artifacts.items()}
        given = (*parameters.values(), *artifacts.values())
        upstream = [source.task for source in given if isinstance(source, (Upstream, FinalStatus))]
        scope.tasks[name] = Task(
            name=name,
            title=name,
            component=component,
            parameters={ID_PARAMETER: Constant(word(invocation.id)), **parameters} if named else parameters,
            artifacts=artifacts,
            after=tuple(dict.fromkeys([*upstream, *self._order(invocation, scope, name)])),
            cache=executors.caches(invocation, self.around.report),
            retry=retries.policy(invocation, version(self.options.server), self.around.report),
            condition=draft.bindings.condition,
            last=any(isinstance(source, FinalStatus) for source in given),
        )

    def _order(self, invocation: Invocation, scope: Scope, name: str) -> Iterable[str]:
        """Upstream tasks without data; where one of the two lies in a nested DAG, that DAG's task stands for it."""
        for upstream in invocation.after:
            other = self.around.scopes[upstream]
            common, task, before = scope.order(other, self.around.plan.tasks[upstream], name)
            if common.arms:
                continue  # they stand in different arms: where this one runs, the other doesn't
            if common is scope:
                yield before
            elif task is not None:
                nested = common.tasks[task]
                if isinstance(nested, Scope) and before != task:
                    nested.after[before] = None
