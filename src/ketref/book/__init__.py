"""From a folder of files to a checked book; the only wing that knows cattrs, and the TOML of a book."""
