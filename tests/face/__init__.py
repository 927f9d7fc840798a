"""The command line, the REPL and the Python API."""
