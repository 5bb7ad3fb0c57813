"""From a folder of files to a checked book; the only wing that knows TOML and cattrs."""
