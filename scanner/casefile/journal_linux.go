package casefile

import "syscall"

// Magic numbers of statfs(2) for file systems on which SQLite's write-ahead log is known to be safe: local ones with
// shared memory. Everything else (network shares, FAT sticks, FUSE) gets the older rollback journal.
var walSafe = map[int64]bool{
	0xef53:     true, // ext2, ext3, ext4
	0x58465342: true, // XFS
	0x9123683e: true, // Btrfs
	0x01021994: true, // tmpfs
	0x2fc12fc1: true, // ZFS
	0x794c7630: true, // overlayfs
	0xf2f52010: true, // F2FS
}

func journalMode(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err == nil && walSafe[int64(s.Type)&0xffffffff] {
		return "WAL"
	}
	return "TRUNCATE"
}
