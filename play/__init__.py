"""Newsdesk in a browser, without Discord: the real bot, the stand-in server, and a page."""
