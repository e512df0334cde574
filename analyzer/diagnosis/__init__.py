"""The diagnosis room: a case becomes findings, and the findings one verdict."""
