from zenml import pipeline, step


@step
def load() -> list:
    return [1]


@step
def train(data: pd.DataFrame, rate: float = 0.1) -> float:  #~ ZC0102
    return rate


@step
def show(data: "np.ndarray") -> None:  #~ ZC0235
    print(data)


@pipeline
def training():
    data = load()
    show(data)
    train(data)


if __name__ == "__main__":
    training()
