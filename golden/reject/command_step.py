from zenml import pipeline, step
from zenml.steps import CommandStep

transfer = CommandStep(name="transfer", command=["rclone", "sync", "a", "b"])  #~ ZC0222


@step
def load() -> int:
    return 1


@pipeline
def training():
    transfer()
    load()


if __name__ == "__main__":
    training()
