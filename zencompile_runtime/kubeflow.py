"""A step on Kubeflow: inputs and outputs are KFP's, told by the ExecutorInput behind `--executor-input`.

    {"inputs":  {"parameterValues": {NAME: VALUE},
                 "artifacts": {NAME: {"artifacts": [{"name", "type", "uri", "metadata"}]}}},
     "outputs": {"parameters": {NAME: {"outputFile": PATH}}, "artifacts": {NAME: {"artifacts": [{… "uri"}]}},
                 "outputFile": PATH}}

**What the compiler (`zencompile_kubeflow`) counts on.**

An input of the step that has no `--input=` comes from the KFP parameter or artifact of its own name. A parameter is
coerced by the input's annotation like `--param` (KFP says 1 for 1.0 and 1.0 for 1; the compiler sends only what
survives that). One that is absent or null is *not given*: the step's default holds. KFP names that are no input of the
step and that no `--input=` mentions are ignored (`zencompile-id` is one).

`--input=NAME=REFERENCE` says it otherwise. To the references of `spec.py` come these leaves. A leaf or list may
have an `"item"`, an index or a leaf that gives one (`{"from": "zencompile-index"}` in a loop); what is absent or null
behind a leaf is *not given* too:

    {"from": "kfp name"}      the artifact's value, or the parameter as KFP gives it
    {"json": "kfp name"}      a STRING parameter whose text is the JSON of a canonical literal
    {"text": "kfp name"}      a STRING parameter that a user typed: a JSON value if it parses and fits the input, else
                              the text itself
    {"string": "kfp name"}    a STRING parameter that a user typed: the text itself, but None for the text `null`
    {"parameter": "kfp name"} the parameter as KFP gives it
    {"gather": "kfp name"}    an artifact list of KFP (a fan-in from a loop): the list of all its values, even of one

With `"as"` (a type, see `values.typed`) a parameter is what that makes of it. What a run is given is plain data: no tag
in it is decoded. With `"default"` (a literal) a parameter that is as `"given"` says, as KFP has it by default, is that
literal. They stand alone or inside `{"list": […]}`, `{"tuple": […]}`, `{"mapping": {…}}` beside `{"value": LITERAL}`.

How outputs leave a step, `kubeflow_outputs` says.

`--code=DIGEST` is there so that KFP's own cache, which looks at a task's arguments but not into its image, can't give a
result of other code; it is compared with the manifest's digest like any. No `--run`: KFP tells
a task the run's name only as an input, which would make its cache useless.

An artifact is a folder with a manifest, or a page (`kubeflow_outputs`). Any other one, of another component, reaches
the step as its path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from zencompile_runtime import function, inputs, temporary
from zencompile_runtime import kubeflow_outputs as outputs
from zencompile_runtime import kubeflow_pages as pages
from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault, ParameterFault
from zencompile_runtime.execution import Course
from zencompile_runtime.kubeflow_outputs import MANIFEST, local
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.outputs import hints_of
from zencompile_runtime.recall import Recall
from zencompile_runtime.signals import AskedToEnd
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.store.backend import remove_tree, unwritable
from zencompile_runtime.values.coerce import coerce, from_text
from zencompile_runtime.values.literals import decode, encode
from zencompile_runtime.values.typed import hint_of

_EXACT = 2**53 - 1
_LEAVES = ("from", "parameter", "json", "text", "string", "gather")


def run_step(spec: StepSpec) -> StepResult:
    """Run the step with KFP's inputs, and leave its outputs where KFP looks for them."""
    folder = temporary.folder()
    course = KubeflowCourse(spec, folder)
    try:
        course.run()
        course.leave()
    except Exception as error:
        course.failed(error)
    except BaseException as error:
        course.failed(error)
        if not isinstance(error, SystemExit) or isinstance(error, AskedToEnd):
            raise
    finally:
        remove_tree(folder)
    return course.result


class KubeflowCourse(Course):
    """A step whose store is a temporary folder: what lasts are KFP's artifacts. Caching is KFP's too."""

    def __init__(self, spec: StepSpec, folder: Path) -> None:
        super().__init__(spec, {}, None)
        self.folder = folder
        self.told: dict[str, Any] = {}

    def open(self) -> ArtifactStore:
        """A store in the temporary folder; where its artifacts are to go in the end can be written to."""
        for place in outputs.folders(self.spec.executor_input.get("outputs", {})):
            if why := unwritable(str(place)):
                raise InfrastructureFault(
                    f"an output for Kubeflow can't be written: {why}",
                    help="let the image run as a user who may write there",
                )
        return ArtifactStore(str(self.folder))

    def _keep_outputs(self, values: dict[str, Any]) -> None:
        self.told = outputs.told(self.spec, values)
        super()._keep_outputs(values)

    def leave(self) -> None:
        """Leave the outputs where KFP looks for them."""
        assert self.store is not None
        outputs.Leaving(self.spec, self.store, self.running, self.told).leave(self.result.outputs)

    def resolve(self, store: ArtifactStore) -> dict[str, Any]:
        """The inputs as the flags and KFP's names say."""
        return _Inputs(self.spec, store).all()

    def remember(self, known: dict[str, Any]) -> Recall:
        """Nothing: a folder that is removed when the step ends keeps no entry."""
        recall = super().remember(known)
        recall.enabled = False
        return recall


# -- inputs ------------------------------------------------------------------------------------------------------------

_NOTHING = object()


class _Inputs:
    """Resolves references that name KFP's parameters and artifacts."""

    def __init__(self, spec: StepSpec, store: ArtifactStore) -> None:
        given = spec.executor_input.get("inputs", {})
        self.spec = spec
        self.store = store
        self.parameters: Mapping[str, Any] = given.get("parameterValues", {})
        self.artifacts: Mapping[str, Any] = given.get("artifacts", {})
        self._combination: dict[str, int] | None = None

    def all(self) -> dict[str, Any]:
        """Every input that is given."""
        names = function.find(self.spec.entrypoint).parameters
        known = {*self.spec.inputs, *self.spec.params, *self.spec.externals}
        references = dict(self.spec.inputs)
        references |= {
            name: {"from": name}
            for name in names
            if name not in known and (name in self.parameters or name in self.artifacts)
        }
        found = {name: self._input(reference, name) for name, reference in references.items()}
        return {name: one for name, one in found.items() if one is not _NOTHING}

    def _input(self, reference: Any, name: str) -> Any:
        """What an input gets: a parameter is read as its annotation wants it."""
        return self.resolve(reference, name, hints_of(function.find(self.spec.entrypoint).call).get(name, Any))

    def _typed(self, reference: dict[str, Any], name: str, wanted: Any) -> Any:
        """A parameter as the type wants it that the reference says: that of the pipeline's parameter."""
        leaf = next(one for one in _LEAVES if one in reference)
        form = reference.get("as")
        hint = wanted if form is None else hint_of(form)
        value = self.parameters.get(reference[leaf])
        if "default" in reference and value is not None and _equal(value, reference["given"]):
            return inputs.Constant(reference["default"])
        if leaf == "text" and isinstance(value, str):
            found: Any = inputs.Constant(encode(from_text(value, hint)))
        else:
            found = self._leaf(leaf, reference[leaf], name, (hint, wanted))
        if form is None or not isinstance(found, inputs.Constant):
            return found
        coerce(decode(found.literal), hint, name)
        return inputs.Constant({"$": "typed", "as": form, "value": found.literal})

    def resolve(self, reference: Any, name: str, hint: Any = Any) -> Any:
        """What a reference stands for; _NOTHING if that is absent."""
        if not isinstance(reference, dict):
            raise ConfigurationFault(f"--input={name}: {reference!r} is not a reference for Kubeflow")
        found = self._whole(reference, name, hint)
        if "item" in reference and found is not _NOTHING:
            index = self._combined(name) if self.spec.product else None
            return inputs.element(found, self._index(reference["item"], name) if index is None else index, name)
        return found

    def _combined(self, name: str) -> int | None:
        """The index of an input's element in a loop over every combination of lists; None of what is none of them."""
        if self._combination is None:
            mapped = {one: said for one, said in self.spec.inputs.items() if isinstance(said.get("item"), dict)}
            lengths = {one: inputs.length_of(self._whole(said, one, Any)) or 1 for one, said in mapped.items()}
            self._combination = inputs.combination(lengths, self.spec.map_index or 0)
        return self._combination.get(name)

    def _whole(self, reference: dict[str, Any], name: str, hint: Any) -> Any:
        leaf = next((one for one in _LEAVES if one in reference), None)
        if leaf is not None:
            return self._typed(reference, name, Any if "item" in reference else hint)
        if "value" in reference:
            return inputs.Constant(reference["value"])
        if "list" in reference:
            return inputs.Sequence([self._part(one, name) for one in reference["list"]])
        if "tuple" in reference:
            return inputs.Sequence([self._part(one, name) for one in reference["tuple"]], is_tuple=True)
        if "mapping" in reference:
            return inputs.Table({key: self._part(one, name) for key, one in reference["mapping"].items()})
        raise ConfigurationFault(f"--input={name}: {reference!r} is not a reference for Kubeflow")

    def _part(self, reference: Any, name: str) -> Any:
        found = self.resolve(reference, name)
        return inputs.Constant(None) if found is _NOTHING else found

    def _leaf(self, leaf: str, name: str, asking: str, hints: tuple[Any, ...]) -> Any:
        if leaf == "gather" or (leaf == "from" and name in self.artifacts):
            listed = self.artifacts.get(name, {}).get("artifacts", [])
            if leaf == "gather":
                return inputs.Sequence([self._artifact(one) for one in listed])
            return self._artifact(listed[0]) if listed else _NOTHING
        value = self.parameters.get(name)
        if value is None:
            return _NOTHING
        if leaf in ("from", "parameter"):
            self._refuse_rounded(value, asking, hints)
            return inputs.Constant(encode(value))
        if leaf == "string":
            return inputs.Constant(None if value == "null" else value)
        if leaf == "text":
            return inputs.Constant(encode(value))
        try:
            return inputs.Constant(json.loads(value))
        except ValueError:
            raise ConfigurationFault(f"the parameter {name!r} is not JSON: {value[:200]!r}") from None

    def _refuse_rounded(self, value: Any, asking: str, hints: tuple[Any, ...]) -> None:
        """Raise ParameterFault for an integer that may have been another one: KFP has doubles for all numbers."""
        if next(_beyond(value), None) is None:
            return
        made = _whole(value)
        for hint in hints:
            made = coerce(made, hint, asking)
        found = next((one for one in _beyond(made) if isinstance(one, int)), None)
        if found is None:
            return
        raise ParameterFault(
            f"input `{asking}` is given {found}, or an integer near it: Kubeflow has doubles for all numbers",
            help="give integers beyond 2**53 as text, to a parameter of the pipeline whose annotation is `str`",
        )

    def _index(self, item: Any, name: str) -> int:
        if isinstance(item, dict):
            resolved = self.resolve(item, name)
            item = decode(resolved.literal) if isinstance(resolved, inputs.Constant) else None
        try:
            return int(item)
        except (TypeError, ValueError):
            raise ConfigurationFault(f"--input={name}: {item!r} is not an index") from None

    def _artifact(self, described: Mapping[str, Any]) -> Any:
        """An artifact of KFP, its files linked into the temporary store."""
        path = local(described["uri"])
        page = pages.read(path, described, self.store)
        if page is not None:
            return inputs.Artifact(page)
        try:
            manifest = cast("Manifest", json.loads((path / MANIFEST).read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            if not path.exists():
                raise InfrastructureFault(f"there is no artifact at {path}") from None
            return inputs.Foreign(str(path))
        for file in manifest["value"]["files"]:
            if "text" not in file and "base64" not in file:
                blob = self.store.backend.path(layout.blob_key(file["digest"]))
                blob.parent.mkdir(parents=True, exist_ok=True)
                if not blob.exists():
                    blob.symlink_to((path / file["path"]).resolve())
        return inputs.Artifact(manifest)


def _equal(one: Any, other: Any) -> bool:
    """Whether KFP has the same for two JSON values: numbers are doubles to it."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _beyond(value: Any) -> Iterator[int | float]:
    """The whole numbers in a value that share a double with others."""
    if isinstance(value, (int, float)):
        if abs(value) > _EXACT:
            yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _beyond(item)
    elif not isinstance(value, str):
        held = value if isinstance(value, dict) else getattr(value, "__dict__", {})
        for item in held.values():
            yield from _beyond(item)


def _whole(value: Any) -> Any:
    """The value with such numbers as integers: an annotation that wants floats makes floats of them."""
    if isinstance(value, float) and abs(value) > _EXACT:
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {key: _whole(item) for key, item in value.items()} if isinstance(value, dict) else value
