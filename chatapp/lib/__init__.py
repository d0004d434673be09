"""Pure functions: no request, no database."""
