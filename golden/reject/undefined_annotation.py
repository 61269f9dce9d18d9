from zenml import pipeline, step


@step
def load() -> list:
    return [1]


@step
def train(data: "pd.DataFrame", rate: float = 0.1) -> float:  #~ ZC0102
    return rate


@pipeline
def training():
    train(load())


if __name__ == "__main__":
    training()
