from zenml import pipeline, step


@step
def extract() -> None:
    print("extract")


@step
def load() -> None:
    print("load")


@pipeline
def transfer():
    extract(after="load")  #~ ZC0227
    load(after="extract")


if __name__ == "__main__":
    transfer()
