from zenml import pipeline, step


@step
def load(path: str) -> list:
    return [path]


@step
def merge(*frames) -> list:  #~ ZC0203
    return list(frames)


@step
def publish(data: list, id: str = "main") -> None:  #~ ZC0203
    print(id, data)


@pipeline
def training():
    publish(merge(load("a.csv"), load("b.csv")))


if __name__ == "__main__":
    training()
