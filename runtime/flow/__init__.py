"""The flow form at run time: values that are not known yet, what waits for them, and the order of everything."""
