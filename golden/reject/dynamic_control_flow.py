from zenml import pipeline, step


@step
def parts() -> list:
    return [1, 2]


@step
def score(part: int, weight: float) -> int:
    return part


@step
def publish(count: int) -> None:
    print(count)


@pipeline(dynamic=True)
def scoring():
    found = parts()
    for part in found.load():  #~ ZC0231
        score(part, weight=1.0)
    score.map(part=3, weight=0.5)  #~ ZC0231
    if found.load() == [1, 2]:  #~ ZC0231
        publish(2)
    publish(len(found.load()))  #~ ZC0231


if __name__ == "__main__":
    scoring()
