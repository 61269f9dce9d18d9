from zenml import pipeline, step


@step
def count(n: int) -> int:
    return n + 1


limit = count(3)  #~ ZC0416
unused = count(4)


@step
def report() -> None:
    print(limit)


@pipeline
def reporting():
    report()
