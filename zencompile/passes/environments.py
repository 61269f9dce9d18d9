"""What each step's image must hold, and the fewest images that do.

Requirements become normalised lines; environments that then say the same become one; `sharing` decides which of them
get an image together, `images` names it by its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from zencompile.diagnostics import Label, Report
from zencompile.ir import Environment, Image, Invocation, Pipeline, Text, Variable, manifests
from zencompile.ir.environments import REVIEW
from zencompile.ir.literals import canonical
from zencompile.ir.schema import as_json
from zencompile.passes import requirements
from zencompile.passes.context import PassContext
from zencompile.passes.images import Code, code, image, lasting, named
from zencompile.passes.requirements import BadLine, Contradiction, Line
from zencompile.passes.sharing import Plan, plan
from zencompile.source import Span

_FRAMEWORK = frozenset({"zenml", "zencompile"})
_DEFAULT = "default"


def environments(pipeline: Pipeline, report: Report, context: PassContext) -> Pipeline:
    """Normalise the environments that steps use, make equal ones one, and fill `images`."""
    siblings = context.siblings or (pipeline,)
    kept, key_of = _distinct({k: _normalise(e, report, context) for k, e in _used(pipeline).items()})
    if report.errors:
        return pipeline
    image_of, images = _images(kept, siblings, report, context)
    invocations = tuple(
        _placed(i, key_of[i.environment or _DEFAULT], kept, image_of, report) for i in pipeline.invocations
    )
    _imports(pipeline, invocations, kept, report)
    return pipeline.model_copy(update={"environments": kept, "images": images, "invocations": invocations})


def _used(pipeline: Pipeline) -> dict[str, Environment]:
    """The environments that invocations name, in the order of `environments`; the default one for those without."""
    named = {i.environment or _DEFAULT for i in pipeline.invocations}
    found = {key: env for key, env in pipeline.environments.items() if key in named}
    return {_DEFAULT: Environment.model_construct(), **found} if _DEFAULT in named and _DEFAULT not in found else found


def _distinct(found: Mapping[str, Environment]) -> tuple[dict[str, Environment], dict[str, str]]:
    """The environments that differ in more than their places, and for each key the one that stands for it.

    Those that only have other words on how to build are one, with the words of all; where they disagree, the first has
    its way.
    """
    first: dict[str, str] = {}
    key_of = {key: first.setdefault(_content(environment), key) for key, environment in found.items()}
    options: dict[str, dict[str, dict[str, Any]]] = {}
    for key, environment in found.items():
        joined = options.setdefault(key_of[key], {name: {} for name in _OPTIONS})
        for name in _OPTIONS:
            joined[name] = {**getattr(environment, name), **joined[name]}
    return {key: found[key].model_copy(update=joined) for key, joined in options.items()}, key_of


_OPTIONS = ("build_options", "base_options")


def _content(environment: Environment) -> str:
    held = {name: lasting(getattr(environment, name)) for name in _OPTIONS}
    return canonical(as_json(environment.model_copy(update={"spans": {}, **held})))


# -- one environment ---------------------------------------------------------------------------------------------------


def _normalise(environment: Environment, report: Report, context: PassContext) -> Environment:
    lines = _lines(environment, report)
    packages = {*environment.apt_packages}
    bare = environment.parent_image is None and environment.dockerfile is None
    if bare and any(line.requirement is not None and (line.requirement.url or "").startswith("git+") for line in lines):
        packages.add("git")  # pip calls it, and slim images have none
    _secrets(environment, report)
    return environment.model_copy(
        update={
            "python": environment.python if "python" in environment.model_fields_set else context.python,
            "apt_packages": tuple(sorted(packages)),
            "requirements": tuple(line.text for line in lines),
            "build_variables": _upper(environment.build_variables),
            "variables": _upper(environment.variables),
        }
    )


def _upper(variables: Mapping[str, Variable]) -> dict[str, Variable]:
    """Variables of images have upper-case names, as the framework makes them."""
    return dict(sorted({name.upper(): value for name, value in variables.items()}.items()))


def _lines(environment: Environment, report: Report) -> tuple[Line, ...]:
    parsed = []
    for index, text in requirements.lines(environment.requirements):
        span = _place(environment, index)
        if requirements.has_credentials(text):
            report.warning(
                "ZC0412",
                "a password stands in the URL of a requirement",
                span,
                helps="write `${VARIABLE}` in its place, and set the variable where the image is built",
            )
        if requirements.is_editable(text):
            report.warning(
                "ZC0409",
                f"the project is not installed by the requirement `{text}`",
                span,
                notes="its code comes after the packages; the source root is on Python's path",
                helps='to install it, set `local_project_install_command="pip install --no-deps ."`',
            )
            continue
        line = _parsed(text, index, span, report)
        if line is not None and line.name in _FRAMEWORK:
            report.note(
                "ZC0409",
                f"`{line.text}` is not installed in images",
                span,
                notes=f"the runtime that travels along answers to the names of `{line.name}`",
            )
        elif line is not None:
            parsed.append(line)
    try:
        return requirements.join(parsed)
    except Contradiction as clash:
        _clash(environment, clash, report)
        return ()


def _parsed(text: str, index: int, span: Span | None, report: Report) -> Line | None:
    try:
        return requirements.parse(text, index)
    except BadLine as error:
        helps = _instead(text)
        report.error("ZC0407", f"the requirement `{text}` can't be read", span, label=str(error), helps=helps)
        return None


def _instead(text: str) -> str | tuple[()]:
    if text.startswith(("-r", "--req", "-c", "--con")):
        return "write the lines of that file instead"
    wrong = re.match(r"([\w.-]+\s*)=(\s*[\w.]+)$", text)
    return f"write `{wrong[1]}=={wrong[2]}`" if wrong else ()


def _clash(environment: Environment, clash: Contradiction, report: Report) -> None:
    here, there = (_place(environment, line.index) for line in (clash.other, clash.one))
    report.error(
        "ZC0408",
        f"no version of `{clash.one.name}` satisfies both `{clash.one.text}` and `{clash.other.text}`",
        here,
        label=f"asks for `{clash.other.text}`",
        labels=(Label(there, f"asks for `{clash.one.text}`"),) if there and there != here else (),
        helps="leave one of them out, or give the steps that need them different settings",
    )


def _place(environment: Environment, index: int) -> Span | None:
    return environment.spans.get(f"requirements[{index}]") or _span(environment, "requirements")


# What the fields are called where users write them.
_WRITTEN = {
    "build_variables": "environment",
    "variables": "runtime_environment",
    "include_code": "allow_including_files_in_images",
    "repository": "target_repository",
    "requirements": "required_integrations",
    "tag": "image_tag",
}


def _span(environment: Environment, field: str) -> Span | None:
    """Where a field was set, under its own name or the one that users write."""
    return environment.spans.get(field) or environment.spans.get(_WRITTEN.get(field, field))


# -- secrets -----------------------------------------------------------------------------------------------------------

_SECRET = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PWD|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)$", re.I
)
_HARMLESS = re.compile(r"|true|false|none|null|\d+|/.*|\$\{.*\}", re.I | re.S)


def _secrets(environment: Environment, report: Report) -> None:
    for field in ("build_variables", "variables"):
        _clear(getattr(environment, field), _span(environment, field), "an image", report)


def _clear(variables: Mapping[str, Variable], span: Span | None, where: str, report: Report) -> None:
    for name, variable in variables.items():
        if isinstance(variable, Text) and _SECRET.search(name) and not _HARMLESS.fullmatch(variable.value):
            report.warning(
                "ZC0412",
                f"the value of `{name}` is written into {where} in the clear",
                span,
                helps=f'take it from the environment, `os.getenv("{name}")`, or from a secret',
            )


# -- images ------------------------------------------------------------------------------------------------------------


def _images(
    kept: Mapping[str, Environment], siblings: tuple[Pipeline, ...], report: Report, context: PassContext
) -> tuple[dict[str, str], dict[str, Image]]:
    """The image's key for each environment in `kept`, and the images by key.

    They are planned for all pipelines of the compilation in one order, so that each of them comes to the same ones.
    """
    if any(e.include_code and not e.skip_build for e in kept.values()):
        for remark in context.remarks(named(siblings)):
            report.add(remark)
    travelling = code(siblings, context)
    _left_behind(travelling, report)
    mine = {_content(environment): key for key, environment in kept.items()}
    everything: dict[str, Environment] = {}
    for place, sibling in enumerate(siblings):
        for key, environment in _used(sibling).items():
            everything[f"{place}/{key}"] = _normalise(environment, Report(), context)
    everything |= {f"own/{key}": environment for key, environment in kept.items()}
    alike, _ = _distinct(everything)
    users = {key: mine[content] for key, e in alike.items() if (content := _content(e)) in mine}
    image_of: dict[str, str] = {}
    images: dict[str, Image] = {}
    for planned in plan(alike, context.policy):
        keys = tuple(users[key] for key in planned.keys if key in users)
        if keys:
            _settings(kept[keys[0]], report)
            label = planned.keys[0].partition("/")[2]
            used = Plan(keys, planned.environment, planned.layers, "" if label == _DEFAULT else label)
            made = image(used, travelling, context)
            images[made.key] = made
            image_of |= dict.fromkeys(keys, made.key)
    return image_of, _distinct_names(images, kept, report)


def _left_behind(travelling: Code, report: Report) -> None:
    """Say which files of steps can't go into an image: Docker follows no link out of its context."""
    missing = sorted(travelling.reached - travelling.files.keys()) if travelling.files else ()
    for path in (path for path in missing if not manifests.holds(travelling.files, path)):
        report.warning(
            "ZC0413",
            f"`{path}` does not go into the images: it lies outside the source root, or is a link that leads there",
            notes="steps that import it fail where they run in an image",
            helps="put the file itself into the project, or install it as a package",
        )


# What can stand in names of images and users without being anything else in a Dockerfile or a command.
_NAMES = {
    "parent_image": re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:@-]*"),
    "repository": re.compile(r"[a-z0-9]+([._/:-]+[a-z0-9]+)*"),
    "tag": re.compile(r"\w[\w.-]{0,127}", re.ASCII),
    "user": re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?"),
}


def _settings(environment: Environment, report: Report) -> None:
    parent = environment.parent_image
    for field, form in _NAMES.items():
        text = getattr(environment, field)
        if text is not None and not form.fullmatch(text):
            what = {"tag": "an image's tag", "repository": "a repository", "user": "a user"}.get(field, "an image")
            report.error("ZC0411", f"`{text}` can't be the name of {what}", _span(environment, field))
    if environment.skip_build and not parent:
        report.error(
            "ZC0411",
            "`skip_build` needs a `parent_image`",
            _span(environment, "skip_build"),
            helps="name the image that the steps run in, or let one be built",
        )
    if parent and re.match(r"(docker\.io/)?zenmldocker/", parent):
        report.note(
            "ZC0411",
            f"the parent image `{parent}` is made for another framework",
            _span(environment, "parent_image"),
            notes="compiled steps don't use the packages that it brings",
            helps="leave `parent_image` out, and Python's slim image is taken",
        )
    if parent and environment.dockerfile is not None:
        report.warning(
            "ZC0411",
            f"`parent_image` has no effect beside `dockerfile`: `{parent}`",
            _span(environment, "parent_image"),
        )
    if not environment.include_code and not environment.skip_build:
        report.note(
            "ZC0411",
            "the project's code is not copied into the image",
            _span(environment, "include_code"),
            notes="`allow_including_files_in_images` is false",
            helps="let the parent image have the code in /app, or mount it there",
        )


def _distinct_names(images: Mapping[str, Image], kept: Mapping[str, Environment], report: Report) -> dict[str, Image]:
    """No two images of one name: the second that a user's tag names gets its key's digest behind it."""
    taken: dict[str, str] = {}
    answer: dict[str, Image] = {}
    for key, made in images.items():
        if made.build and made.reference in taken and made.tag != REVIEW:
            tag = f"{made.tag}-{key.rpartition('-')[2]}"
            report.warning(
                "ZC0411",
                f"`{made.reference}` would be two different images",
                _span(kept[made.environment], "tag"),
                notes=f"the second one gets the tag `{tag}`",
                helps="set `image_tag` where the settings of the steps differ, too",
            )
            made = made.model_copy(update={"tag": tag, "reference": made.reference.removesuffix(made.tag) + tag})
        taken[made.reference] = key
        answer[key] = made
    return answer


# -- invocations -------------------------------------------------------------------------------------------------------


def _placed(
    invocation: Invocation,
    key: str,
    kept: Mapping[str, Environment],
    image_of: Mapping[str, str],
    report: Report,
) -> Invocation:
    """The invocation with its environment and image, and with the variables that no image may hold."""
    environment = kept[key]
    _clear(invocation.variables, invocation.span, "the generated files", report)
    outside = {
        name: variable
        for name, variable in {**environment.build_variables, **environment.variables}.items()
        if name not in invocation.variables and not bakeable(variable)
    }
    changes: dict[str, object] = {"environment": key, "image": image_of[key]}
    if outside:
        changes["variables"] = {**outside, **invocation.variables}
    return invocation.model_copy(update=changes)


def bakeable(variable: Variable) -> bool:
    """Whether an image can hold the variable: text in one line. References are for the process that runs the step."""
    return isinstance(variable, Text) and not re.search(r"[\r\n\0]", variable.value)


def _imports(
    pipeline: Pipeline, invocations: Iterable[Invocation], kept: Mapping[str, Environment], report: Report
) -> None:
    """Report distributions that the code of an environment's steps imports and its requirements don't list."""
    needed: dict[str, dict[str, Span | None]] = {}
    for invocation in invocations:
        environment = kept[invocation.environment or _DEFAULT]
        if environment.parent_image is None and environment.dockerfile is None and not environment.project_install:
            found = needed.setdefault(invocation.environment or _DEFAULT, {})
            for name in pipeline.steps[invocation.step].closure.distributions:
                found.setdefault(_canonical(name), invocation.span)
    for key, found in needed.items():
        listed = [_name(line) for line in kept[key].requirements]
        missing = sorted(n for n in found if n not in _FRAMEWORK and not requirements.provides(listed, n))
        if missing:
            report.warning(
                "ZC0410",
                f"steps import what no requirement of their image provides: {', '.join(f'`{n}`' for n in missing)}",
                _span(kept[key], "requirements") or found[missing[0]],
                helps=f"add to `DockerSettings(requirements=[…])`: {', '.join(missing)}",
            )


def _name(line: str) -> str:
    return re.split(r"[\[<>=!~;@\s]", line, maxsplit=1)[0]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
