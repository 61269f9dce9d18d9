from zenml import pipeline, step


@step
def load() -> list:
    return [1]


@step
def show(data: "np.ndarray") -> None:  #~ ZC0235
    print(data)


@pipeline
def training():
    data = load()
    show(data)
    show(missing=data)  #~ ZC0217


if __name__ == "__main__":
    training()
