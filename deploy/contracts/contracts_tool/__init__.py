"""Tools around proto/: generation of the Swift code, style check, compatibility check, releases."""
