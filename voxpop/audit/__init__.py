"""The auditor: proves on running processes that no cache ever shows something wrong."""
