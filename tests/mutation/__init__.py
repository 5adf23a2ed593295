"""Small faults put into SQL and Python one at a time: which of them do tests miss?"""
