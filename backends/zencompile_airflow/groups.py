"""Task groups: of pipelines that are called in others, and of what the user put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from zencompile.ir import Group
from zencompile_airflow.model import Block, Task
from zencompile_airflow.plan import Plan
from zencompile_templates.names import Namespace, dotted_name, python_name
from zencompile_templates.python import Call, Code

Path = tuple[str, ...]
"""The ids of the groups around a task, the outermost first."""


class Groups:
    """The groups of one file: each has one id, whichever tasks it is met with."""

    def __init__(self, tasks: Sequence[Plan], names: Namespace) -> None:
        self.tasks, self.names = tasks, names
        self.groups = {one.id: one for task in tasks for one in _around(task.invocation.group)}
        self._ids = Namespace(_group_id, reserved=(task.task_id for task in tasks), longest=200)
        self._opened: set[str] = set()
        self._split: set[str] = set()

    def blocks(self, made: Callable[[Plan], Task], before: Iterable[tuple[str, str]]) -> list[Block]:
        """The tasks in order, those of a group together where its first one is.

        `before` are pairs of invocations of which the first one's variable is an argument of the other's: where they
        would come the wrong way round, groups are opened again instead.
        """
        ordered = self._together()
        position = {step.invocation.id: number for number, task in enumerate(ordered) for step in task.steps}
        if any(position[up] > position[down] for up, down in before):
            ordered = list(self.tasks)
            self._split = set(_met_again([self.path(task) for task in ordered]))
        return list(self._nested([(self.path(task), task) for task in ordered], made))

    def path(self, task: Plan) -> Path:
        """The groups around a task."""
        return tuple(one.id for one in reversed(list(_around(task.invocation.group))))

    def _together(self) -> list[Plan]:
        """The tasks, each group whole in the place of its first one."""
        first: dict[Path, int] = {}
        for number, task in enumerate(self.tasks):
            path = self.path(task)
            for length in range(1, len(path) + 1):
                first.setdefault(path[:length], number)

        def place(item: tuple[int, Plan]) -> list[int]:
            path = self.path(item[1])
            return [*(first[path[:length]] for length in range(1, len(path) + 1)), item[0]]

        return [task for _, task in sorted(enumerate(self.tasks), key=place)]

    def _nested(self, tasks: Sequence[tuple[Path, Plan]], made: Callable[[Plan], Task]) -> Iterator[Block]:
        """Blocks of tasks with these groups around them, the ones above left out."""
        number = 0
        while number < len(tasks):
            head = tasks[number][0][:1]
            end = number
            while end < len(tasks) and tasks[end][0][:1] == head:
                end += 1
            if head:
                inner = [(path[1:], task) for path, task in tasks[number:end]]
                call, name = self._call(self.groups[head[0]])
                yield Block(call, tuple(self._nested(inner, made)), name=name)
            else:
                yield Block(None, tasks=tuple(made(task) for _, task in tasks[number:end]))
            number = end

    def _call(self, group: Group) -> tuple[object, str]:
        """What opens a group, and the name that it is opened again by, where it is."""
        name = self.names.of(python_name(f"{group.id}_group"), ("group", group.id)) if group.id in self._split else ""
        if group.id in self._opened:
            return Code(name), ""
        self._opened.add(group.id)
        id = self._ids.of(group.id, group.id)
        tooltip = {"tooltip": group.name} if group.name and group.name != id else {}
        return Call("TaskGroup", (id,), {"prefix_group_id": False, **tooltip}), name


def _around(group: Group | None) -> Iterator[Group]:
    while group is not None:
        yield group
        group = group.parent


def _met_again(paths: Sequence[Path]) -> Iterator[str]:
    """The groups that come up again after others."""
    seen: set[str] = set()
    before: Path = ()
    for path in paths:
        for one in path:
            if one in seen and one not in before:
                yield one
            seen.add(one)
        before = path


def _group_id(text: str) -> str:
    return dotted_name(text, 200).replace(".", "_")
