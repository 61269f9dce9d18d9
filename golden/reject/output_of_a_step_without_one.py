from zenml import pipeline, step


@step
def clean_up() -> None:
    print("clean")


@step
def count(rows: int) -> int:
    return rows


@pipeline
def training():
    count(clean_up())  #~ ZC0218


if __name__ == "__main__":
    training()
