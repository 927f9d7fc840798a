"""The same shapes as under `plans/`, written by hand with asyncio, LangChain and DSPy."""
