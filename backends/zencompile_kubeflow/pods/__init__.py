"""Settings of pods, written for ZenML's Kubeflow and Kubernetes orchestrators, as KFP's PlatformSpec has them.

`table` declares every setting, and every key of Kubernetes' own dictionaries below one: the field of kfp-kubernetes'
`KubernetesExecutorConfig` that it goes into, the first server that reads the field, or why none does. `walk` holds what
was written against the table: whatever it has no row for, or a row without a field, is told at its own line. So the
readers of `settings` meet what they understand, and nothing else.
"""
