"""The nets: what they read, four families, one file each, and how they are saved."""
