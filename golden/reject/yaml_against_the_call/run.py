from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rows: int):
    train(rate=0.1)


if __name__ == "__main__":
    training.with_options(config_path="config.yaml")(rows=10)  #~ ZC0223
