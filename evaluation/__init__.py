"""Measures of Newsdesk: how well it finds the right paragraph."""
