import inspect

from zenml import pipeline, step


def model(x: float) -> float:
    return 2 * x


@step
def describe() -> str:
    return inspect.getsource(model)


@pipeline
def documentation():
    describe()


if __name__ == "__main__":
    documentation()
