"""Chains of steps that are one task each (`--set airflow.fuse=chains`), and what keeps others apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile.ir.environments import DIGITS, name_of, named_by_code
from zencompile.ir.order import upstream
from zencompile_airflow import settings
from zencompile_airflow.hooks import OWED
from zencompile_airflow.options import Operator
from zencompile_airflow.plan import Plan, Shared, task_id
from zencompile_airflow.retries import BACKOFF
from zencompile_airflow.templating import plain
from zencompile_templates.names import Namespace

# Arguments of operators that say what a container, a pod or a process is. Any other one is about the task itself, which
# a chain has for several steps, so that they need not mean the same there (`trigger_rule`, `depends_on_past`, …).
_PLACE_NAMES = """
affinity annotations append_env auto_remove cap_add container_resources cpus device_requests do_xcom_push
docker_conn_id docker_url dns dns_search env_from extra_hosts hostname image_pull_policy image_pull_secrets in_cluster
init_containers ipc_mode kubernetes_conn_id labels mem_limit mount_tmp_dir mounts namespace network_mode node_selector
output_encoding owner pool pool_slots priority_weight privileged queue retries retry_delay retry_exponential_backoff
schedulername secrets
security_context service_account_name shm_size tolerations tty ulimits user volume_mounts volumes
"""
_PLACE = frozenset(_PLACE_NAMES.split())
DOCSTRINGS: dict[Operator, str] = {
    "bash": "A task that runs steps of the pipeline one after the other, on the worker.",
    "docker": "A task that runs steps of the pipeline one after the other, in one container.",
    "inline": "",
    "kubernetes": "A task that runs steps of the pipeline one after the other, in one pod.",
}
_LONGEST = 48_000  # characters of a chain's arguments, before parameters get their values; Linux takes 128 kB in a word
_WORDS = 150  # of those, what a step has anyway


def fused(pipeline: Pipeline, tasks: Sequence[Plan], report: Report) -> list[Plan]:
    """The tasks, each chain as one in the place of its first step.

    A step joins the one before it if both have no other neighbour on that side, and the same place to run in. Where the
    place alone differs, a note says how.
    """
    why = _never(pipeline)
    if why:
        report.note("ZC0565", "no steps are fused", pipeline.span, notes=why)
        return list(tasks)
    links = list(_links(pipeline))
    if not links and len(tasks) > 1:
        reason = "no step waits for a single one that nothing else waits for"
        report.note("ZC0565", "no steps are fused", pipeline.span, notes=reason)
    defaults = settings.defaults(pipeline)
    by_id = {task.invocation.id: task for task in tasks}
    joined = _joined(links, by_id, defaults, report)
    return list(_merged(by_id, joined, defaults))


def _joined(
    links: Iterable[tuple[str, str]], by_id: Mapping[str, Plan], defaults: Mapping[str, object], report: Report
) -> dict[str, str]:
    """Which step follows another in the same task.

    The links stand in the pipeline's order: a chain grows at its end.
    """
    joined = {}
    sizes = {id: sum(map(len, (*task.data, *task.configuration))) + _WORDS for id, task in by_id.items()}
    for before, after in links:
        if "inline" in (by_id[before].operator, by_id[after].operator):
            continue  # nobody expects that
        reason = _apart(by_id[before], by_id[after], defaults)
        if not reason and sizes[before] + sizes[after] > _LONGEST:
            reason = "the arguments of a chain with both would be too long for a command"
        if reason:
            what = f"`{after}` is not fused with `{before}`"
            report.note("ZC0565", what, by_id[after].invocation.span, notes=reason)
        else:
            joined[before] = after
            sizes[after] += sizes[before]
    return joined


def _never(pipeline: Pipeline) -> str:
    """Why no steps of a pipeline can be fused, if they can't."""
    if pipeline.execution_mode == "stop_on_failure":
        return "after a failure elsewhere, `stop_on_failure` starts no further step: that is for Airflow to do"
    hooks = [name for name in OWED if getattr(pipeline.hooks, name) is not None]
    if hooks:
        return f"Airflow has to call `{hooks[0]}` where it kills a step: it can't tell which one of a chain"
    return ""


def _links(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """Pairs of steps of which each has the other as its only neighbour on that side."""
    waits = upstream(pipeline.invocations, pipeline.controls)
    followers: dict[str, list[str]] = {}
    for down, above in waits.items():
        for up in above:
            followers.setdefault(up, []).append(down)
    for invocation in pipeline.invocations:
        after = followers.get(invocation.id, [])
        if len(after) == 1 and len(waits[after[0]]) == 1:
            yield invocation.id, after[0]


def _apart(before: Plan, after: Plan, defaults: Mapping[str, object]) -> str:
    """What keeps two neighbours from being one task; an empty text if nothing does."""
    for task in (before, after):
        step = task.invocation.id
        own = sorted({*defaults, *task.keywords} - _PLACE)
        hooks = [name for name in OWED if getattr(task.invocation.hooks, name) is not None]
        if own:
            return f"`{own[0]}` of `{step}` is for a task that is this step alone"
        if task.keywords.get(BACKOFF, defaults.get(BACKOFF)):
            return f"`{step}` waits longer before each retry of its own"
        if hooks:
            return f"Airflow has to call `{hooks[0]}` of `{step}` where it kills that, which it can't tell in a chain"
    places = "have other requirements" if before.operator == "bash" else "are run in different images"
    different = {
        "are run by different operators": before.operator != after.operator,
        places: _places(before) != _places(after),
        "are in different groups": before.invocation.group != after.invocation.group,
        "are given different variables or secrets": before.environment != after.environment,
    }
    found = [what for what, differ in different.items() if differ]
    found += [
        f"differ in `{name}`"
        for name in {**before.keywords, **after.keywords}
        if before.keywords.get(name) != after.keywords.get(name)
    ]
    return f"they {found[0]}" if found else ""


def _places(task: Plan) -> tuple[str, str | None]:
    return task.place, task.invocation.image


# -- one task of several -----------------------------------------------------------------------------------------------


def _merged(by_id: Mapping[str, Plan], joined: Mapping[str, str], defaults: Mapping[str, object]) -> Iterator[Plan]:
    """The tasks with chains in the place of their first members."""
    inside = set(joined.values())
    ids = Namespace(task_id, reserved=(task.task_id for task in by_id.values()), longest=200)
    for id, task in by_id.items():
        members = [task]
        while members[-1].invocation.id in joined:
            members.append(by_id[joined[members[-1].invocation.id]])
        if id not in inside:
            yield task if len(members) == 1 else _chain(members, _retries(task, defaults), ids)


def _retries(task: Plan, defaults: Mapping[str, object]) -> int:
    """How often a step is tried again; Airflow's configuration alone may say more."""
    found = task.keywords.get("retries", defaults.get("retries"))
    return found if isinstance(found, int) else 0


def _chain(members: Sequence[Plan], retries: int, ids: Namespace) -> Plan:
    """Steps as one task. A try of it goes on where the last one failed, so it has the retries of all together."""
    first, last = members[0], members[-1]
    keywords = dict(first.keywords)
    if retries:
        keywords["retries"] = retries * len(members)
    shared = set.intersection(*(set(member.configuration) for member in members))
    return first._replace(
        task_id=ids.of(f"{first.task_id}_to_{last.task_id}"),
        data=(),
        configuration=tuple(text for text in first.configuration if text in shared),
        keywords=keywords,
        members=tuple(member._replace(retries=retries) for member in members),
    )


TRIES = ("--all", "--try={{ ti.try_number }}", "--tries={{ ti.max_tries + 1 }}")
"""What follows a chain's steps, and how often Airflow has tried the task and will."""


def words(pipeline: Pipeline, task: Plan, common: Shared) -> Iterator[list[str]]:
    """For each step of a chain the words of its `step` command."""
    for member in task.members:
        step = pipeline.steps[member.invocation.step]
        own = [text for text in member.configuration if text not in common.configuration]
        attempts = [f"--attempts={member.retries + 1}"] if member.retries else []
        id = f"--id={plain(member.invocation.id)}"
        yield [plain(step.entrypoint), id, *member.data, *own, *attempts, f"--code={step.deployed[:DIGITS]}"]


def code_of(digests: Iterable[str]) -> str:
    """What names the code of several steps: as long as that of one."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:DIGITS]


def image_names(pipeline: Pipeline, tasks: Iterable[Plan]) -> dict[str, str]:
    """For `zencompile build`, what each chain calls its image: files beside those of the steps, with the same form."""
    files = {}
    for task in tasks:
        image = pipeline.images.get(task.invocation.image or "")
        if not task.members or image is None or not named_by_code(image):
            continue
        steps = [pipeline.steps[member.invocation.step] for member in task.members]
        name = name_of(image, code_of(step.deployed for step in steps))
        found = {
            "schema": 1,
            "pipeline": f"{pipeline.namespace}/{pipeline.name}",
            "steps": {step.entrypoint: name for step in sorted(steps, key=lambda step: step.entrypoint)},
        }
        # No pipeline's own file is called so: a `+` in its name would be quoted.
        path = f"images/{image.key}/steps/{quote(pipeline.name, safe='')}+{task.task_id}.json"
        files[path] = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    return files
