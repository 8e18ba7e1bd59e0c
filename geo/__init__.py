"""Geometry, coordinates and file formats: pure, no database, no sockets, nothing of the product."""
