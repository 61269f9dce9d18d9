"""The runtime's version. It goes into image tags: whoever changes the runtime's files changes it."""

VERSION = "29"
