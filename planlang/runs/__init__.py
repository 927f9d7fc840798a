"""Runs on the command line: journalled, taken up again, listed, shown."""
