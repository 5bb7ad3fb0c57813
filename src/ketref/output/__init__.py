"""How answers look, as JSON and as text; it knows forms alone."""
