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
    values = found.load()
    values += [3]  #~ ZC0231
    count = len(found.load())
    while count > 1:
        publish(count)  #~ ZC0212
        count = count - 1
    try:
        publish(len(found.load()))  #~ ZC0231
    except ValueError:
        print("nothing to publish")
    if len(found.load()) > 10:
        raise ValueError("too many")  #~ ZC0231


if __name__ == "__main__":
    scoring()
