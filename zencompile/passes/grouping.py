"""The groups that steps belong to which a pass has added: those of what they were added for."""

from __future__ import annotations

from collections.abc import Iterator

from zencompile.ir import Group, Invocation, Map, Pipeline


def grouped(added: list[Invocation], beside: dict[str, list[str]], pipeline: Pipeline) -> list[Invocation]:
    """Invocations in the groups of the invocations and controls that `beside` says they were added for."""
    if all(one.group is None for one in pipeline.invocations):
        return added
    around = _Around(pipeline)
    owners = {id_: owner for owner, ids in beside.items() for id_ in ids}
    return [
        one.model_copy(update={"group": around.group(owners[one.id])}) if one.id in owners else one for one in added
    ]


class _Around:
    def __init__(self, pipeline: Pipeline) -> None:
        self.invocations = {one.id: one for one in pipeline.invocations}
        self.controls = {one.id: one for one in pipeline.controls}

    def group(self, id_: str) -> Group | None:
        """The group of an invocation; of a control the innermost that holds all of it, and more than that."""
        if id_ in self.invocations:
            return self.invocations[id_].group
        inside = list(self._inside(id_))
        paths = [list(_outwards(self.invocations[one].group)) for one in inside]
        common = [group for group in paths[0] if all(group in path for path in paths)] if paths else []
        others = [one for one in self.invocations.values() if one.id not in inside]
        return next((one for one in common if any(one in _outwards(other.group) for other in others)), None)

    def _inside(self, id_: str) -> Iterator[str]:
        control = self.controls[id_]
        members = control.body if isinstance(control, Map) else (*control.then, *control.otherwise)
        for member in members:
            if member in self.controls:
                yield from self._inside(member)
            else:
                yield member


def _outwards(group: Group | None) -> Iterator[Group]:
    while group is not None:
        yield group
        group = group.parent
