from zenml import pipeline, step
from zenml.config.cache_policy import CachePolicy


@step(cache_policy=CachePolicy(ignored_inputs=["rwos"]))
def load(rows: int = 5) -> int:
    return rows


@step(cache_policy=CachePolicy(file_dependencies=["data/rows.csv"]))
def train(data: int) -> int:
    return data


@pipeline
def training():
    train(load())  #~ ZC0406


if __name__ == "__main__":
    training()
