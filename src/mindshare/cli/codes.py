"""What the program ends with."""

REFUSED = 2  # mistyped, or refused with a sentence
BROKEN_PIPE = 1  # who read the output has gone
STOPPED = 130  # Ctrl-C, as shells count it
