"""Being here puts this folder on the import path: kits that several test folders share lie beside this file."""
