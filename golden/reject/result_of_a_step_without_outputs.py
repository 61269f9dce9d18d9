import pandas as pd
from zenml import pipeline, step


@step
def clean(path: str) -> None:
    print(path)


@step
def train(data: pd.DataFrame) -> float:
    return 0.5


@pipeline
def training():
    data = clean("data.csv")
    train(data)  #~ ZC0236
    train(data, depth=3)  #~ ZC0236 ZC0217


if __name__ == "__main__":
    training()
