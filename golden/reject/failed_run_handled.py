from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rate: float = 0.1):
    train(rate)


@pipeline
def fallback():
    train(0.01)


if __name__ == "__main__":
    try:
        training()  #~ ZC0018
    except Exception:
        fallback()
