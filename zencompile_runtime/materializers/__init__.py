"""How values become files and files become values.

A materializer writes a value as files into a folder and reads it back. `select` finds the one for a value, `base` is
what users subclass, `folder` is where the files are, and every library's own materializer is a module that is imported
only when a value of its types turns up.
"""
