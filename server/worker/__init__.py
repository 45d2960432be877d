"""The worker: a child process that owns a device and works off runs, one at a time, for the HTTP process."""
