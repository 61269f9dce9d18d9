from pathlib import Path

from zenml import pipeline, step


@step
def load(rows: int = 10) -> int:
    return rows


@step
def train(data: int, rate: float = 0.1) -> float:
    return rate


@pipeline
def training(rows: int = 100):
    train(load(rows))


if __name__ == "__main__":
    training.with_options(config_path=str(Path(__file__).parent / "config.yaml"))()
