//go:build !linux

package casefile

// journalMode is the rollback journal where the file system is not asked: it is safe on all of them, and the time of a
// run goes into pictures.
func journalMode(string) string { return "TRUNCATE" }
