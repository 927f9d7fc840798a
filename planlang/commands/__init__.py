"""The subcommands of `plan`: each module has `main(arguments) -> exit code` and imports only what it needs."""
