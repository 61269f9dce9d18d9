from zenml import pipeline, step


@step
def parts() -> list:
    return [1, 2]


@step
def score(part: int) -> int:
    return part


@pipeline(dynamic=True)
def scoring():
    score.map(parts())


@pipeline
def everything():
    parts()
    scoring()  #~ ZC0221


if __name__ == "__main__":
    everything()
