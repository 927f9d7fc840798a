"""The fixture `plan` runs plan text against this plugin."""

pytest_plugins = ["planlang.plugins.testing"]
