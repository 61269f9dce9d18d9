from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rate: float = 0.1):
    train(rate)


@pipeline
def retraining():
    train(0.01)


if __name__ == "__main__":
    run = training()
    if run.steps["train"].output.load() < 0.9:
        retraining()  #~ ZC0015
