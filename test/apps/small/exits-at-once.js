// Exits with a code before it listens.
process.exit(7);
