"""Containers of rows, and what their values are like."""
