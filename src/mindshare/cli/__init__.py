"""The command line: parse, call, print. Libraries are read only by the command that needs them."""

from mindshare.cli.start import main

__all__ = ["main"]
