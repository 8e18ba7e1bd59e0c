"""Sync: what phones hand in has one effect and a lasting receipt, and what they may see is given out in order."""
