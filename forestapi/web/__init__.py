"""The public pages: their words, what they show, their templates and their own front-end files."""
