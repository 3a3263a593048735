"""Drift: what changed between what is committed and what the topic holds now, and what it costs."""
