"""The journal of a run: what its calls, observations and changes came to, so that a run that stopped can go on."""
