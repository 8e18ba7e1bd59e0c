"""Map rendering: frames or bytes in; HTML, style JSON or bytes out. Imports only `geo`."""
