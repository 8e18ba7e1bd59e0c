"""Sync: what phones hand in after days without a network, and what they fetch.

`receiving` takes a batch, `verifying` says what became of it, `changes` and `roster` are what a phone fetches.
"""
