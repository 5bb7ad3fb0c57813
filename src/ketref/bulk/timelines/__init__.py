"""All doses of all subjects over all their samples."""
