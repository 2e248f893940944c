package local

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vsim/profile/device/process"
)

// prefix starts the name of each broker's folder; its kind and the process that made it follow.
const prefix = "vsim-broker-"

// sweep removes the folders of processes that ended without stopping their brokers: what is in them may be large.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, prefix+"*-*-*"))
	for _, dir := range dirs {
		parts := strings.Split(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		if pid, err := strconv.Atoi(parts[1]); err == nil && process.Gone(pid) {
			os.RemoveAll(dir)
		}
	}
}
