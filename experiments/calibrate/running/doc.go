// Package running calibrates a scenario from a server that runs: it sends static batches, volleys and light load to a server of
// Triton's kind, reads its statistics and its rules, and says what the same server will do with other rules, other
// numbers of instances and other traffic.
package running
