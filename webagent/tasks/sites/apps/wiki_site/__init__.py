"""The application of this folder, as its own documentation sets it up."""
