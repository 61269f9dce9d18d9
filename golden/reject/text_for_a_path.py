from pathlib import Path
from typing import Dict, Literal

from pydantic import BaseModel
from zenml import pipeline, step


class Settings(BaseModel):
    depth: int = 3


@step
def where() -> str:
    return "/data"


@step
def settings() -> Dict[str, int]:
    return {"depth": 4}


@step
def read(folder: Path) -> None:
    print(folder)


@step
def train(settings: Settings) -> None:
    print(settings.depth)


@step
def choose(place: Literal["/data", "/tmp"]) -> None:
    print(place)


@pipeline
def training():
    read(where())  #~ ZC0405
    train(settings())  #~ ZC0405
    choose(where())  #~ ZC0405


if __name__ == "__main__":
    training()
