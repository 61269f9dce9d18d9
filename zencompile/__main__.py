"""`python -m zencompile`: the same as the command."""

from zencompile.cli import main

if __name__ == "__main__":
    main()
