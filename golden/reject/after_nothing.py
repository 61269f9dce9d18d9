from zenml import pipeline, step


@step
def clean_up() -> None:
    print("clean")


@step
def load() -> int:
    return 1


@pipeline
def training():
    done = clean_up()
    load(after=done)  #~ ZC0214
    load(after=clean_up)  #~ ZC0215


if __name__ == "__main__":
    training()
