"""Campaigns: many phones over a bad network against the real server, with kills and with planted defects.

`python -m tests.campaigns --help` from the top of a checkout. A seed makes the same phones do the same again.
"""
