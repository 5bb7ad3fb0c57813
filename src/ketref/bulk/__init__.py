"""Many questions at once; the only wing that knows arrays."""
