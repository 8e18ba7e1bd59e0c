"""Forest API: a ledger of planted ground and green work that anyone can check."""
