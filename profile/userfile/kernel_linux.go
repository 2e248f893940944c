package userfile

import "syscall"

// kernelMagic are the file systems whose files are the kernel's answers (statfs(2)): their sizes are unknown, and reading
// some, such as /proc/kmsg, waits until something happens.
var kernelMagic = map[int64]bool{
	0x9fa0:     true, // proc
	0x62656572: true, // sysfs
	0x64626720: true, // debugfs
	0x74726163: true, // tracefs
}

// ofKernel says that a file has no content but what the kernel makes up when it is read.
func ofKernel(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && kernelMagic[int64(s.Type)]
}
