from zenml import pipeline, step


@step
def parts() -> list:
    return [1, 2]


@step
def score(part: int) -> int:
    return part


@step
def total(scores: list) -> int:
    return sum(scores)


@pipeline
def scoring():
    scores = score.map(parts())  #~ ZC0213
    total(scores)
    total([1], start_after=scores)  #~ ZC0213


if __name__ == "__main__":
    scoring()
