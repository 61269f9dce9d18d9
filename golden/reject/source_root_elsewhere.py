# zencompile: --source-root /usr
#~^ ZC0014
from zenml import pipeline, step


@step
def one() -> int:
    return 1


@pipeline
def elsewhere() -> None:
    one()
