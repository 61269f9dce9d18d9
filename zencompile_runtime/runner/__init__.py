"""The local runner: a plan as Python data, and the program that runs it."""
