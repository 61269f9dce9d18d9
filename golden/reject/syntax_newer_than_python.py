from zenml import pipeline, step


@step
def describe(text: str) -> None:
    print(text)


@pipeline
def reporting(title: str = "daily"):
    describe(text=t"report: {title}")  #~ ZC0101
