"""Verbs over the nouns of the ledger. Whatever way a record comes in, it passes through `admitting`."""
