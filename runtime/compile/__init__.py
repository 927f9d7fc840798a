"""From the checked tree to Python byte code. `module.py` is the door; see the architecture page for the map."""
