from zenml import pipeline, step


@step
def train(kind: str) -> str:
    return kind


@pipeline
def training(ensemble: bool = True, size: int = 2):
    if ensemble:
        for index in range(size):
            train(kind=f"model {index}")


if __name__ == "__main__":
    training()
