from zenml import get_step_context, pipeline, step


def told() -> str:
    run = get_step_context().pipeline_run
    return f"{run.name} of {run.user.name}"  #~ ZC0415


@step
def train() -> int:
    context = get_step_context()
    print(context.pipeline_run.config.extra, context.step_run.config.parameters, told())
    print(context.step_run.cache_key)  #~ ZC0415
    for artifact in context.inputs.values():
        print(artifact[0].project)  #~ ZC0415
    try:
        print(context.pipeline_run.stack.name)
    except Exception:
        print("no stack")
    return 1


@pipeline
def training():
    train()


if __name__ == "__main__":
    training()
