"""The plugin interface, and the plugins that ship with planlang."""
