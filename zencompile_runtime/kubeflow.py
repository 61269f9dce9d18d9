"""A step on Kubeflow: inputs and outputs are KFP's, told by the ExecutorInput behind `--executor-input`.

    {"inputs":  {"parameterValues": {NAME: VALUE}, "artifacts": {NAME: {"artifacts": [{"name", "type", "uri", "metadata"}]}}},
     "outputs": {"parameters": {NAME: {"outputFile": PATH}}, "artifacts": {NAME: {"artifacts": [{… "uri"}]}},
                 "outputFile": PATH}}

**What the compiler (`zencompile_kubeflow`) counts on.**

An input of the step that has no `--input=` comes from the KFP parameter or artifact of its own name. A parameter is
coerced by the input's annotation like `--param` (KFP says 1 for 1.0 and 1.0 for 1; the compiler sends only what survives
that). One that is absent or null is *not given*: the step's default holds. KFP names that are no input of the step and
that no `--input=` mentions are ignored (`zencompile-id` is one).

`--input=NAME=REFERENCE` says it otherwise. To the references of `spec.py` come these leaves. A leaf or list may
have an `"item"`, an index or a leaf that gives one (`{"from": "zencompile-index"}` in a loop); what is absent or null
behind a leaf is *not given* too:

    {"from": "kfp name"}      the artifact's value, or the parameter as KFP gives it
    {"json": "kfp name"}      a STRING parameter whose text is the JSON of a canonical literal: no coercion from text needed
    {"text": "kfp name"}      a STRING parameter that a user typed: a JSON value if it parses, else the text itself
    {"string": "kfp name"}    a STRING parameter that a user typed: the text itself, but None for the text `null`
    {"gather": "kfp name"}    an artifact list of KFP (a fan-in from a loop): the list of all its values, even of one

They stand alone or inside `{"list": […]}`, `{"mapping": {…}}` beside `{"value": LITERAL}`.

`--result=KFP_NAME=JSON` asks for an output parameter (but see the first), written to its `outputFile` (a str as raw text, all else as JSON):

    {"artifact": "output"}    names the output artifact KFP_NAME: it is this output (whose own name KFP wouldn't take)
    {"of": "output"}          the value of the step's output (bool, int, float or str)
    {"truth": "output"}       bool(value)
    {"indices": "output"}     [0, …, n - 1] of a list output, over which a loop iterates

Output artifacts are named like the step's outputs. Where the folder that KFP suggests for one exists already, another
invocation wrote it (KFP's local runner names folders by component, and invocations of a step share one): write beside it
under a new name and give that `uri`. `outputFile` gets the ExecutorOutput:
`{"artifacts": {NAME: {"artifacts": [object of the input, its uri and metadata filled in]}}}`; without it KFP's local
runner knows no outputs.

`--code=DIGEST` is there so that KFP's own cache, which looks at a task's arguments but not into its image, can't give a
result of other code; it is compared with the manifest's digest like any. No `--run`: KFP tells
a task the run's name only as an input, which would make its cache useless.
"""
