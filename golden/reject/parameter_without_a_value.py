from zenml import pipeline, step


@step
def train(kind: str, rows: int) -> str:
    return kind


@step
def compare(a: str, b: str) -> None:
    print(a, b)


@pipeline
def training(ensemble: bool, rows: int):
    first = train(kind="forest", rows=rows)
    if ensemble:  #~ ZC0232
        compare(first, train(kind="boosting", rows=rows))
