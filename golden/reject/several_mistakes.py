from zenml import pipeline, step


@step(enable_cash=False)  #~ ZC0201
def load(path: str) -> list:
    return [path]


@step
def train(data: list, epochs: int, rate: float = 0.1) -> float:
    return rate * epochs


@step
def evaluate(score: float) -> float:
    return score


@pipeline
def training():
    data = load()  #~ ZC0226
    score = train(data, epochs="many")  #~ ZC0218
    evaluate(score, threshold=0.5)  #~ ZC0217
    evaluate(score, after="trian")  #~ ZC0216


if __name__ == "__main__":
    training()
