"""What belongs to whom, and how it becomes another's: guests claim, accounts are merged."""
