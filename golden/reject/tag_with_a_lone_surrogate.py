from zenml import pipeline, step


@step
def one() -> int:
    return 1


@pipeline(tags=["\ud83d"])
def tagged() -> None:  #~ ZC0111
    one()
