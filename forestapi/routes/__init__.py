"""HTTP: each module exports `ROUTES`; `forestapi.app` wires them."""
