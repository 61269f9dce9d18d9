from zenml import pipeline, step


@step
def load(path: str) -> list:
    return [path]


@step
def split(data: list) -> tuple[list, list]:
    return data[1:], data[:1]


@step
def train(data: list, rate: float) -> float:
    return rate


@step
def evaluate(score: float, test: list) -> float:
    return score


@pipeline
def training():
    paths = PATHS["train"]  #~ ZC0102
    train_set, test_set = split(load(path=paths))
    score = train(train_set, rate=0.1)
    evaluate(score, test_set)


if __name__ == "__main__":
    training()
