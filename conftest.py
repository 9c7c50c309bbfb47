"""Let the plugin's own tests run pytest inside pytest; the plugin itself is loaded by its entry point."""

pytest_plugins = ["pytester"]
