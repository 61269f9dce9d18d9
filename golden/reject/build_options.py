from zenml import pipeline, step
from zenml.config import DockerSettings


@step(
    settings={
        "docker": DockerSettings(
            build_config={"build_options": {"platforms": ["linux/arm64"], "shm_size": "2g"}},  #~ ZC0304, ZC0545
            parent_image_build_config={"build_options": {"target": "slim"}},  #~ ZC0313
        )
    }
)
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
