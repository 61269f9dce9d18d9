from zenml import pipeline, step
from zenml.client import Client


@step
def split(data: str) -> list[str]:
    return data.split(",")


@step
def fit(parts: list[str], rate: float) -> float:
    return rate * len(parts)


@step
def best(scores: list[float]) -> float:
    return max(scores)


def tell() -> None:
    print("the run has ended")


@pipeline
def training(data: object, rate: float):
    return fit(split(data), rate)


@pipeline(on_cleanup=tell)
def search(rate: float = 0.5):
    data = Client().get_artifact_version("rows")
    return best([training(data, rate), training(data, 0.25)])


if __name__ == "__main__":
    search()
