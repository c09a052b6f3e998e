"""What functional tests and the benchmark share: the real binary, the mock upstream, and waiting for conditions."""
