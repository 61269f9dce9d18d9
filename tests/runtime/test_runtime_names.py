"""User code has its `zenml` names without ZenML, and the runtime's even where ZenML is installed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from runtime_project import Project

from zencompile_runtime import artifacts
from zencompile_runtime.names.table import MODULES
from zencompile_runtime.step import StepResult


def value(project: Project, result: StepResult, output: str = "output") -> Any:
    """What a step returned, loaded from the store."""
    assert result.ok, result.failure
    return artifacts.load(project.store, result.outputs[output]["value"])


def test_every_name_of_the_table_exists(project: Project) -> None:
    """Under `zenml` and under `zencompile`, in a process of its own."""
    project.write(
        """
        import importlib, json
        from zencompile_runtime.names import finder
        from zencompile_runtime.names.table import MODULES
        finder.install()
        for root in ("zenml", "zencompile"):
            for module, names in MODULES.items():
                found = importlib.import_module(f"{root}.{module}".rstrip("."))
                for name in names:
                    assert "Missing" not in type(getattr(found, name)).__name__, (module, name)
        print("ok")
        """,
        "look.py",
    )
    import subprocess

    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    run = subprocess.run(
        [sys.executable, "look.py"], cwd=project.folder, env=env, capture_output=True, text=True, check=False
    )
    assert run.stdout == "ok\n", run.stderr
    assert len(MODULES) > 40


def test_names_that_only_a_server_has_raise_when_they_are_used(project: Project) -> None:
    """Importing them, naming them in annotations and subclassing them works."""
    project.write(
        """
        from typing import Optional
        from zenml import step
        from zenml.services import BaseService
        from zenml.integrations.mlflow.flavors.mlflow_experiment_tracker_flavor import MLFlowExperimentTrackerSettings
        from zenml.integrations.mlflow.services import MLFlowDeploymentService
        from zenml.client import Client
        from zenml.config import DockerSettings
        from zenml.integrations.constants import MLFLOW

        tracker = Client().active_stack.experiment_tracker
        docker = DockerSettings(required_integrations=[MLFLOW], requirements=["a"])
        settings = MLFlowExperimentTrackerSettings(nested=True, tags={"a": 1})

        class Mine(BaseService):
            pass

        @step(experiment_tracker=tracker.name, settings={"docker": docker, "experiment_tracker": settings})
        def plain(service: Optional[MLFlowDeploymentService] = None) -> str:
            return f"{tracker.name} {docker.required_integrations} {docker.apt_packages} {settings.nested}"

        @step
        def uses() -> int:
            return MLFlowDeploymentService(1)

        @step
        def subclass() -> int:
            return Mine()

        @step
        def asks() -> int:
            return Client().list_pipelines()
        """
    )
    assert value(project, project.run("plain")) == "experiment_tracker ['mlflow'] None True"
    for step, name in (("uses", "MLFlowDeploymentService"), ("subclass", "BaseService"), ("asks", "list_pipelines")):
        failure = project.run(step).failure
        assert failure is not None and failure.kind == "user" and name in failure.message


def test_the_step_knows_itself(project: Project) -> None:
    """Names, parameters, extra data, outputs and their metadata and tags."""
    project.write(
        """
        from typing import Annotated, Tuple
        from zenml import step, get_step_context, log_metadata, add_tags, ArtifactConfig
        from zenml.metadata.metadata_types import Uri

        @step
        def both(n: int = 1) -> Tuple[Annotated[int, "a"], Annotated[str, ArtifactConfig(name="b", tags=["x"])]]:
            context = get_step_context()
            assert context.step_name == context.step_run.name == "both_2"
            assert context.pipeline.name == "digits" and context.pipeline_run.name == "r1"
            assert context.step_run.config.extra == {"owner": "me"}
            assert context.step_run.config.parameters == {"n": 5}
            assert context.model.name == "churn"
            context.add_output_metadata({"rows": 3}, output_name="a")
            context.add_output_tags(["y"], output_name="b")
            log_metadata({"accuracy": 0.9, "where": Uri("s3://x")})
            log_metadata({"extra": [1]}, artifact_name="a", infer_artifact=True)
            add_tags(["z"], artifact_name="b", infer_artifact=True)
            open_uri = context.get_output_artifact_uri("a")
            return 1, open_uri
        """
    )
    result = project.run("both", "both_2", params={"n": 5}, extra={"owner": "me"}, model={"name": "churn"})
    assert "/both_2/" in value(project, result, "b")
    first, second = result.outputs["a"], result.outputs["b"]
    assert {"rows": 3, "extra": [1]}.items() <= first["value"]["metadata"].items()
    assert second["tags"] == ["x", "y", "z"]
    record = project.store.record("acme/digits", "r1", "both_2")
    assert record is not None and record["metadata"] == {"accuracy": 0.9, "where": "s3://x"}


def test_there_is_no_context_outside_a_step(project: Project) -> None:
    """RuntimeError, as code expects; a pipeline's context never exists."""
    project.write(
        """
        from zenml import step, get_step_context, get_pipeline_context
        try:
            get_step_context()
        except RuntimeError as error:
            outside = str(error)
        @step
        def f() -> str:
            try:
                get_pipeline_context()
            except RuntimeError:
                return outside
        @step
        def model() -> str:
            from zenml.exceptions import StepContextError
            try:
                get_step_context().model
            except StepContextError as error:
                return str(error)
        """
    )
    assert "only available inside a step" in value(project, project.run("f"))
    assert "No model has been specified" in value(project, project.run("model"))


CATALOGUE = """
    from typing import Annotated
    from zenml import step, save_artifact, load_artifact, get_step_context, Model, ArtifactConfig, log_model_metadata
    from zenml.client import Client
    from zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact

    @step
    def make(n: int) -> Annotated[int, "number"]:
        return n

    @step
    def save(n: int) -> None:
        save_artifact({"n": n}, "extra", version=f"v{n}", tags=["t"])

    @step
    def load() -> dict:
        client = Client()
        return {
            "newest": load_artifact("number"),
            "first": load_artifact("number", 1),
            "extra": load_artifact("extra", "v1"),
            "client": client.get_artifact_version("number").load(),
            "all": [one.version for one in client.list_artifact_versions(name="number").items],
        }

    @step
    def raw(a: UnmaterializedArtifact) -> dict:
        import os
        return {"files": sorted(os.listdir(a.uri)), "name": a.name, "materializer": a.materializer.rpartition(".")[2]}

    @step
    def train(n: int) -> Annotated[int, "model"]:
        log_model_metadata({"accuracy": n})
        return n

    @step
    def use() -> dict:
        model = Model(name="churn", version="latest")
        return {"value": model.load_artifact("model"), "accuracy": model.run_metadata["accuracy"], "n": model.number}

    @step
    def take(x: int) -> int:
        return x

    @step
    def versioned(n: int) -> Annotated[int, ArtifactConfig(name="fixed", version="v7")]:
        return n
"""


def test_artifacts_have_names_and_versions_over_runs(project: Project) -> None:
    """Numbered by age, or named by the user; also those that a step saves by hand."""
    project.write(CATALOGUE)
    for n in (1, 2):
        assert project.run("make", run=f"m{n}", params={"n": n}).ok
        saved = project.run("save", run=f"m{n}", params={"n": n})
        assert saved.ok, saved.failure
    expected = {"newest": 2, "first": 1, "extra": {"n": 1}, "client": 2, "all": ["1", "2"]}
    assert value(project, project.run("load")) == expected
    chain = [{"name": "get_artifact_version"}, {"call": [["number"], {"version": 1}]}]
    lookups = {"x": {"source": "client", "chain": chain, "text": "Client().get_artifact_version('number', version=1)"}}
    assert value(project, project.run("take", lookups=lookups)) == 1
    chain += [{"attribute": "run_metadata"}, {"item": "storage_size"}]
    assert value(project, project.run("take", "t2", lookups={"x": {"source": "client", "chain": chain}})) == 1
    lost = project.run(
        "take", "t3", lookups={"x": {"source": "client", "chain": [*chain[:1], {"call": [["lost"], {}]}]}}
    )
    assert lost.failure is not None and "'lost'" in lost.failure.message


def test_a_fixed_version_is_new_once(project: Project) -> None:
    """Another run fails, the same run may repeat itself."""
    project.write(CATALOGUE)
    assert project.run("versioned", params={"n": 1}).ok
    assert project.run("versioned", params={"n": 1}).ok
    failure = project.run("versioned", run="r2", params={"n": 1}).failure
    assert failure is not None and "'v7'" in failure.message


def test_an_input_can_stay_unloaded(project: Project) -> None:
    """Its files lie in a folder, under their names."""
    project.write(CATALOGUE)
    assert project.run("make", params={"n": 1}).ok
    found = value(project, project.run("raw", inputs={"a": ["make", "number"]}))
    assert found == {"files": ["data.json"], "name": "number", "materializer": "BuiltInMaterializer"}


def test_outputs_and_metadata_belong_to_the_steps_model(project: Project) -> None:
    """Later steps and runs find them by the model's name."""
    project.write(CATALOGUE)
    for n in (3, 4):
        assert project.run("train", run=f"m{n}", params={"n": n}, model={"name": "churn", "version": f"v{n}"}).ok
    assert value(project, project.run("use")) == {"value": 4, "accuracy": 4, "n": "v4"}
    lookups = {"x": {"source": "model", "chain": [{"name": "get_artifact"}, {"call": [["model"], {}]}]}}
    model = {"name": "churn", "version": "v3"}
    assert value(project, project.run("take", lookups=lookups, model=model)) == 3


def test_names_with_a_date_are_filled_in_alike_in_a_run(project: Project) -> None:
    """From the run's start and the configured substitutions."""
    project.write(CATALOGUE)
    project.compiled(make={"outputs": [{"name": "n_{date}_{k}", "artifact": "n_{date}_{k}"}]})
    manifest = project.run("make", params={"n": 1}, substitutions={"k": "eu", "date": "2020_01_02"}).outputs[
        "n_{date}_{k}"
    ]
    assert (manifest["output"], manifest["artifact"]) == ("n_{date}_{k}", "n_2020_01_02_eu")


def test_fileio_and_io_utils_work_on_paths(project: Project, tmp_path: Path) -> None:
    """As step code uses them."""
    project.write(
        """
        import os
        from zenml import step
        from zenml.io import fileio
        from zenml.utils import io_utils
        @step
        def f(folder: str) -> list:
            path = os.path.join(folder, "a", "b.txt")
            with fileio.open(path, "w") as stream:
                stream.write("x")
            fileio.makedirs(os.path.join(folder, "c"))
            fileio.copy(path, os.path.join(folder, "c", "d.txt"))
            io_utils.create_dir_recursive_if_not_exists(os.path.join(folder, "e", "f"))
            assert fileio.exists(path) and fileio.isdir(folder) and fileio.size(path) == 1
            assert io_utils.read_file_contents_as_string(path) == "x"
            return fileio.listdir(folder)
        """
    )
    assert value(project, project.run("f", params={"folder": str(tmp_path / "x")})) == ["a", "c", "e"]


@pytest.mark.zenml
def test_the_runtimes_names_win_over_an_installed_zenml(project: Project, zenml_python: Path) -> None:
    """There log_metadata would raise outside a run of ZenML's; what only ZenML has comes from it."""
    project.write(
        """
        import sys
        from zenml import step, log_metadata, get_step_context
        from zenml.constants import handle_bool_env_var

        @step
        def plain() -> dict:
            log_metadata({"a": 1})
            real = [name for name in sys.modules if name.startswith("sqlmodel")]
            return {"step": step.__module__, "real": bool(real), "name": get_step_context().step_name}
        """
    )
    finished = project.step(project.spec("plain"), python=str(zenml_python), ZENML_ANALYTICS_OPT_IN="false")
    assert finished.returncode == 0, finished.stderr
    manifest = project.store.manifest("acme/digits", "r1", "plain", "output")
    assert manifest is not None
    found = artifacts.load(project.store, manifest["value"])
    assert found["step"].endswith("zencompile_runtime.names.steps") and found["name"] == "plain"


@pytest.mark.zenml
def test_a_step_that_needs_no_more_never_imports_zenml(project: Project, zenml_python: Path) -> None:
    """Importing it costs more than a second a step."""
    project.write(
        """
        import sys
        from zenml import step
        from zenml.client import Client
        from zenml.config import DockerSettings
        @step
        def modules() -> list:
            return sorted(name for name in sys.modules if name.startswith(("sqlmodel", "pydantic", "zenml")))
        """
    )
    finished = project.step(project.spec("modules"), python=str(zenml_python))
    assert finished.returncode == 0, finished.stderr
    manifest = project.store.manifest("acme/digits", "r1", "modules", "output")
    assert manifest is not None
    assert json.dumps(artifacts.load(project.store, manifest["value"])) == '["zenml", "zenml.client", "zenml.config"]'


def test_names_and_the_compiler_share_a_process(project: Project) -> None:
    """User code gets the runtime's names, the compiler keeps its own modules."""
    import zencompile

    project.write(
        """
        from zencompile import step, get_step_context
        @step
        def f() -> str:
            import zencompile.ir
            assert hasattr(zencompile.ir, "Pipeline")
            return get_step_context().step_name + step.__module__
        """
    )
    assert value(project, project.run("f")) == "fzencompile_runtime.names.steps"
    from zencompile_runtime.names import finder

    finder.uninstall()
    assert zencompile.step.__module__.startswith("zencompile.")


def test_user_code_may_import_zencompile_where_it_is_not_installed(project: Project) -> None:
    """As in an image, where only the runtime is."""
    project.write(
        """
        from zencompile import step, get_step_context, DockerSettings
        @step(settings={"docker": DockerSettings()})
        def f() -> str:
            return get_step_context().step_name
        """
    )
    finished = project.step(project.spec("f"))
    assert finished.returncode == 0, finished.stderr


def test_metadata_that_can_t_be_kept_says_why(project: Project) -> None:
    """Of several outputs one is to be named, and metadata is a dictionary."""
    project.write(
        """
        from zenml import step, log_metadata
        @step
        def two() -> tuple[int, str]:
            one = {"infer_artifact": True}
            for arguments in (one, {**one, "artifact_name": "x"}, {"metadata": 5}):
                try:
                    log_metadata(**{"metadata": {"k": 1}, **arguments})
                except (TypeError, ValueError) as error:
                    print(error)
            return 1, "b"
        """
    )
    said = project.step(project.spec("two"))
    assert said.stdout.splitlines() == [
        "step `two` has 2 outputs: name one with artifact_name=… (output_0, output_1)",
        "step `two` has no output 'x'; it has output_0, output_1",
        "metadata is a dictionary, and this is a int",
    ], said.stderr


OLD_MODULES = {
    "a pipeline that is made of its steps": """
        from zenml.pipelines import pipeline
        from zenml.steps import BaseParameters, step

        class Config(BaseParameters):
            rate: float = 0.1

        @step
        def load() -> int:
            open("ran", "a").write("x")
            return 1

        @step
        def train(config: Config, data: int) -> int:
            raise RuntimeError("not asked for")

        @pipeline
        def training(load, train):
            train(load())

        made = training(load=load(), train=train(Config(rate=0.5)))
        made.configure(enable_cache=False)
        made.run(run_name="nightly")
    """,
    "classes": """
        from zenml.pipelines import BasePipeline
        from zenml.steps import BaseStep

        class Load(BaseStep):
            def entrypoint(self) -> int:
                open("ran", "a").write("x")
                return 1

        class Training(BasePipeline):
            def connect(self, load):
                load()

        Training(load=Load()).run()
        load = Load()
    """,
    "names that only ZenML has": """
        from zenml import pipeline, step
        from zenml.integrations.mlflow.mlflow_utils import enable_mlflow
        from zenml.integrations.mlflow.steps import MLFlowDeployerParameters, mlflow_model_deployer_step
        from zenml.model import ModelVersion
        from zenml.some_enums import Kind

        deployer = mlflow_model_deployer_step(params=MLFlowDeployerParameters(workers=3, kind=Kind.FAST))

        @enable_mlflow
        @step
        def load() -> int:
            open("ran", "a").write("x")
            return 1

        @pipeline(model_version=ModelVersion(name="m"))
        def training():
            deployer(load())
    """,
}


@pytest.mark.parametrize("module", OLD_MODULES.values(), ids=list(OLD_MODULES))
def test_what_a_module_makes_for_compiling_does_nothing_when_it_is_imported(project: Project, module: str) -> None:
    """No step runs because its module is imported, and nothing fails that the step doesn't ask for."""
    project.write(module.replace('"ran"', repr(str(project.folder / "ran"))))
    assert value(project, project.run("load")) == 1
    assert (project.folder / "ran").read_text() == "x"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("made.name", "what the step 'other' gives is not available in a step process: it was called while its module"),
        ("assert made", "what the step 'other' gives is not available"),
        ("print(f'{made}')", "what the step 'other' gives is not available"),
        ("run.steps", "a run of the pipeline 'training' is not available"),
        ("deployer()", "mlflow_model_deployer_step is not available in a step process: it needs ZenML itself"),
        ("Model(name='m').versio", "'Model' object has no attribute 'versio'"),
    ],
)
def test_what_was_made_for_compiling_is_no_value(project: Project, line: str, said: str) -> None:
    """A step that asks for it fails, with the name."""
    project.write(
        f"""
        from zenml import Model, pipeline, step
        from zenml.integrations.mlflow.steps import mlflow_model_deployer_step

        @step
        def other() -> int:
            return 1

        @pipeline
        def training():
            other()

        made = other()
        run = training()
        deployer = mlflow_model_deployer_step(workers=3)

        @step
        def load() -> int:
            {line}
            return 1
        """
    )
    failure = project.run("load").failure
    assert failure is not None and said in failure.message
