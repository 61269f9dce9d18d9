"""Environments become the fewest images that hold what steps need, named by their content."""

import pytest
from pass_samples import FILES, at, codes, context, pipeline, requiring, run, step

from zencompile.diagnostics import Severity
from zencompile.ir import Environment, EnvironmentReference, Invocation, SecretReference, Text
from zencompile.ir.environments import name_of
from zencompile.passes.images import RECIPE, repository_name, split_reference


def images(made):
    return list(made.images.values())


def test_equal_environments_are_one_image():
    """However the same requirements are written, they are built once."""
    made, report = run(pipeline({"a": requiring("Pandas >=2", "numpy"), "b": requiring("numpy", "pandas>=2")}))
    (image,) = images(made)
    assert image.requirements == ("numpy", "pandas>=2")
    assert list(made.environments) == ["a"]
    assert {(i.environment, i.image) for i in made.invocations} == {("a", image.key)}
    assert codes(report) == []


def test_a_step_without_environment_gets_the_default():
    """Python's slim image, of the version that the project asks for."""
    sample = pipeline({}, steps={"a": step("a")}, invocations=(Invocation(id="a", step="a"),))
    (image,) = images(run(sample, context(python="3.12"))[0])
    assert image.base == "python:3.12-slim-bookworm"
    assert image.recipe == RECIPE


def test_names_and_tags():
    """Repository after the project, tag by what the environment says, the registry in front."""
    (image,) = images(run(pipeline({"a": requiring()}), context(registry="registry.acme.io/"))[0])
    assert image.repository == "acme"
    assert image.tag == image.digest[:12]
    assert image.reference == f"registry.acme.io/acme:{image.tag}"
    assert image.files == FILES
    sample = pipeline({"a": requiring(repository="ml/train", tag="v1")})
    assert images(run(sample)[0])[0].reference == "ml/train:v1"
    sample = pipeline({"a": requiring()}, namespace="default", name="My pipe/x")
    assert images(run(sample)[0])[0].repository == "my-pipe-x"


def tag(environment, **changes):
    (image,) = images(run(pipeline({"a": environment}), context(**changes))[0])
    return image.tag


def test_a_repository_s_name_keeps_the_letters_of_a_name_without_their_marks():
    named = pipeline({"a": requiring()}, name="Über Café", namespace="default")
    assert repository_name([named]) == "uber-cafe"
    assert repository_name([pipeline({"a": requiring()}, name="学習", namespace="default")]) == "pipeline"


@pytest.mark.parametrize(
    "environment",
    [
        requiring("b"),
        requiring("a", apt_packages=("git",)),
        requiring("a", parent_image="acme/base:1"),
        requiring("a", installer="pip"),
        requiring("a", variables={"K": Text(value="1")}),
        requiring("a", build_variables={"K": Text(value="1")}),
        requiring("a", user="app"),
        requiring("a", project_install="pip install ."),
        requiring("a", include_code=False),
        requiring("a", python="3.12"),
        requiring("a", dockerfile="Dockerfile"),
    ],
)
def test_the_tag_covers_the_environment(environment):
    """Whatever changes what is in the image changes its name."""
    assert tag(environment) != tag(requiring("a"))


STEERING = {"no_cache": True, "rm": False, "forcerm": True, "cache_from": ["a"], "shm_size": 1, "pull": True}


def test_build_options_that_steer_are_no_part_of_the_tag():
    """They are handed on all the same, those of two equal images together; the other ones are in the tag."""
    assert tag(requiring("a", build_options=STEERING | {"quiet": True})) == tag(requiring("a"))
    assert tag(requiring("a", base_options=STEERING, dockerfile="x")) == tag(requiring("a", dockerfile="x"))
    others = [{"labels": {"a": "b"}}, {"platform": "x"}, {"target": "x"}, {"build_args": {"A": 1}}]
    assert len({tag(requiring("a", build_options=given)) for given in (*others, {})}) == 5
    assert len({tag(requiring("a", dockerfile="x", base_options=given)) for given in (*others, {})}) == 5
    sample = pipeline({"a": requiring(build_options=STEERING), "b": requiring(build_options={"quiet": True})})
    (image,) = images(run(sample)[0])
    assert image.build_options == STEERING | {"quiet": True}


def test_the_tag_covers_a_context_but_what_its_ignore_file_keeps_out():
    """The settings' own file first, then the Dockerfile's, then the folder's."""
    environment = requiring("a", dockerfile="env/Dockerfile", build_context="env")

    def held(texts, **fields):
        tree = lambda path, out: {n: "1" * 64 for n in (".", "a.log", "b.tmp", "c.csv") if not out(n)}  # noqa: E731
        made = run(pipeline({"a": environment.model_copy(update=fields)}), context(tree=tree, read=texts.get))[0]
        (image,) = images(made)
        return set(image.context_files) - {"."}

    assert held({}) == {"a.log", "b.tmp", "c.csv"}
    assert held({"env/.dockerignore": "*.log"}) == {"b.tmp", "c.csv"}
    assert held({"env/.dockerignore": "*.log", "env/Dockerfile.dockerignore": "*.tmp"}) == {"a.log", "c.csv"}
    assert held({"env/.dockerignore": "*.log", "own": "*.csv"}, base_dockerignore="own") == {"a.log", "b.tmp"}


@pytest.mark.parametrize(
    "changes",
    [{"runtime": "2"}, {"base": "python:3.11"}, {"python": "3.10"}],
)
def test_the_tag_covers_the_runtime_and_the_base(changes):
    """So do the runtime and the base."""
    assert tag(requiring("a"), **changes) != tag(requiring("a"))


def test_key_and_tag_stay_when_only_code_changes():
    """Code has a digest of its own behind the tag; no folder of the output is renamed by an edit."""
    sample = pipeline({"a": requiring()})
    edited = context(files=lambda _: FILES | {"run.py": "9" * 64})
    before, after = images(run(sample)[0])[0], images(run(sample, edited)[0])[0]
    assert (before.key, before.tag) == (after.key, after.tag)
    assert before.files != after.files


def test_a_step_s_name_for_its_image():
    """Environment and code; a tag of the user's own and an image that is there already name no code."""
    code = "0123456789abcdef" * 4
    (image,) = images(run(pipeline({"a": requiring()}))[0])
    assert name_of(image, code) == f"acme:{image.tag}-0123456789ab"
    (image,) = images(run(pipeline({"a": requiring(tag="v1")}))[0])
    assert name_of(image, code) == "acme:v1"
    (image,) = images(run(pipeline({"a": requiring(parent_image="mine:3", skip_build=True)}))[0])
    assert name_of(image, code) == "mine:3"


def test_keys_tell_images_apart():
    """The default environment's image is the project's; another is named after its environment."""
    made = run(pipeline({"default": requiring("a"), "fit model": requiring("b")}))[0]
    keys = {image.environment: key.rpartition("-")[0] for key, image in made.images.items()}
    assert keys == {"default": "acme", "fit model": "acme-fit-model"}


@pytest.mark.parametrize("policy", ["exact", "share", "merge"])
def test_pipelines_compiled_together_share_images(policy):
    """An environment that two pipelines have is one image, to the last field."""
    one = pipeline({"a": requiring("pandas"), "b": requiring("torch")}, name="training")
    two = pipeline({"x": requiring("pandas"), "y": requiring("pandas", "torch")}, name="inference")
    both = context(siblings=(one, two), policy=policy)
    of_one, of_two = (run(p, both)[0].images for p in (one, two))
    shared = of_one.keys() & of_two.keys()
    assert shared
    for key in shared:
        assert of_one[key].reference == of_two[key].reference
    if policy == "merge":
        assert of_one.keys() == of_two.keys()


SMALL, LARGE, OTHER = requiring("a", "b"), requiring("a", "b", "c"), requiring("a==2", "d")


def test_exact_gives_each_its_own():
    """Nothing is shared that differs."""
    assert len(images(run(pipeline({"s": SMALL, "l": LARGE, "o": OTHER}))[0])) == 3


def test_share_puts_common_layers_first():
    """The larger environment installs the smaller one's requirements first."""
    made = run(pipeline({"s": SMALL, "l": LARGE, "o": OTHER}), context(policy="share"))[0]
    by_key = {i.environment: i for i in images(made)}
    assert (by_key["l"].requirements, by_key["l"].layers) == (("a", "b", "c"), (2, 1))
    assert by_key["s"].layers == by_key["o"].layers == ()
    made = run(
        pipeline({"s": SMALL, "l": LARGE.model_copy(update={"apt_packages": ("git",)})}), context(policy="share")
    )
    assert all(i.layers == () for i in images(made[0]))


def test_merge_joins_what_is_compatible():
    """One image with the requirements of all, and another where a pin stands against it."""
    sample = pipeline({"s": SMALL, "l": LARGE, "o": OTHER, "x": requiring("a==1"), "z": requiring("a==3")})
    made = run(sample, context(policy="merge"))[0]
    assert sorted(i.requirements for i in images(made)) == [("a==1",), ("a==2", "b", "c", "d"), ("a==3",)]
    assert {i.id: i.image for i in made.invocations}["s"] == {i.id: i.image for i in made.invocations}["o"]


def test_a_conflict_names_both_lines():
    """The user sees both places."""
    sample = requiring("pandas==2.2.0", "numpy", "pandas<2")
    spans = {"requirements[0]": at(3), "requirements[2]": at(5)}
    _, report = run(pipeline({"a": sample.model_copy(update={"spans": spans})}))
    (found,) = report
    assert (found.code, found.span) == ("ZC0408", at(5))
    assert [label.span for label in found.labels] == [at(3)]


def test_bad_requirements_are_reported_together():
    """Each wrong line, at once."""
    _, report = run(pipeline({"a": requiring("a=1", "-r x.txt", "b")}))
    assert codes(report) == ["ZC0407", "ZC0407"]


def test_the_framework_is_not_installed():
    """Its line goes, with a note; so does the project's own, with a warning."""
    made, report = run(pipeline({"a": requiring("zenml[server]==0.98", "pandas", "-e .")}))
    assert images(made)[0].requirements == ("pandas",)
    assert [d.severity for d in report] == [Severity.NOTE, Severity.WARNING]


def test_git_comes_with_requirements_from_git():
    """The slim image has no git, and pip needs it."""
    made, _ = run(pipeline({"a": requiring("a @ git+https://github.com/a/a")}))
    assert images(made)[0].apt_packages == ("git",)


def test_references_are_never_in_an_image():
    """They go to the tasks instead, and so does text that a Dockerfile can't hold."""
    variables = {
        "mode": Text(value="fast"),
        "HOME_URL": EnvironmentReference(name="HOME_URL"),
        "KEY": SecretReference(name="api", key="key"),
        "NOTE": Text(value="two\nlines"),
    }
    made, report = run(pipeline({"a": requiring(variables=variables)}))
    assert set(made.invocations[0].variables) == {"HOME_URL", "KEY", "NOTE"}
    assert images(made)[0].variables["MODE"] == Text(value="fast")
    assert codes(report) == []


def test_a_literal_secret_is_a_warning():
    """A token in the source would be in every copy of the image."""
    env = requiring(
        "--index-url https://me:pw@host/simple",
        variables={"API_TOKEN": Text(value="abc"), "MAX_TOKENS": Text(value="9"), "TOKEN": Text(value="${X}")},
    )
    _, report = run(pipeline({"a": env}))
    assert codes(report) == ["ZC0412", "ZC0412"]


def test_skip_build_takes_the_parent_as_it_is():
    """No Dockerfile, the parent's own name; without a parent it is an error."""
    made, _ = run(pipeline({"a": Environment(skip_build=True, parent_image="host:5000/acme/base:1")}))
    (image,) = images(made)
    assert (image.build, image.reference, image.tag) == (False, "host:5000/acme/base:1", "1")
    assert codes(run(pipeline({"a": Environment(skip_build=True)}))[1]) == ["ZC0411"]


def test_one_tag_never_names_two_images():
    """The second gets a name of its own, and the user is told."""
    made, report = run(pipeline({"a": requiring("a", tag="v1"), "b": requiring("b", tag="v1")}))
    references = sorted(i.reference for i in images(made))
    assert references[0] == "acme:v1"
    assert references[1].startswith("acme:v1-")
    assert codes(report) == ["ZC0411"]


def test_imports_without_requirement_are_named_once():
    """One warning for each environment, whatever the number of steps."""
    env = requiring("pandas")
    steps = {"a": step("a", ("numpy", "scikit-learn", "zenml")), "b": step("b", ("XGBoost", "pandas"))}
    calls = tuple(Invocation(id=k, step=k, environment="e", span=at(9)) for k in steps)
    _, report = run(pipeline({"e": env}, steps=steps, invocations=calls))
    (found,) = report
    assert (found.code, found.severity, found.span) == ("ZC0410", Severity.WARNING, at(3))
    assert "`scikit-learn`, `xgboost`" in found.message
    parent = {"e": env.model_copy(update={"parent_image": "acme/base"})}
    assert codes(run(pipeline(parent, steps=steps, invocations=calls))[1]) == []


def test_a_dockerignore_keeps_files_out_but_never_code_that_steps_reach():
    """The user's own rules hold, as far as steps can do without."""
    with_rules = context(read=lambda path: "data\nrun.py\n" if path == ".dockerignore" else None)
    (image,) = images(run(pipeline({"a": requiring()}), with_rules)[0])
    assert list(image.files) == [".dockerignore", "run.py", "steps/train.py"]


def test_passes_change_nothing_the_second_time():
    """What is normal stays as it is."""
    once, _ = run(pipeline({"a": requiring("B", "a>=1", variables={"k": Text(value="v")})}))
    assert run(once)[0] == once


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("a", ("a", "latest")),
        ("a:1", ("a", "1")),
        ("h:5/a", ("h:5/a", "latest")),
        ("h:5/a:1", ("h:5/a", "1")),
        ("a@sha256:0", ("a@sha256:0", "")),
    ],
)
def test_references_are_split(reference, expected):
    """A port is no tag."""
    assert split_reference(reference) == expected
