"""`python -m mindshare` is `mindshare`."""

from mindshare.cli import main

if __name__ == "__main__":
    main()
