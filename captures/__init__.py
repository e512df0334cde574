"""Recorded and built captures of client certificate logins, with what is true of each."""
