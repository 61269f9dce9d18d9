from zenml import pipeline, step
from zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact


@step
def inspect(artifact: UnmaterializedArtifact) -> str:
    return artifact.uri


@pipeline
def inspection():
    inspect("s3://data/rows.csv")  #~ ZC0219


if __name__ == "__main__":
    inspection()
