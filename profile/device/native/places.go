package native

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// inTrees gives lib's path inside .deps of the source tree around the working directory and
// around the executable, where those exist.
func inTrees(lib Lib) []string {
	if lib.Folder == "" {
		return nil
	}
	var starts []string
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		starts = append(starts, filepath.Dir(exe))
	}
	var out []string
	for _, start := range starts {
		for _, name := range lib.names() {
			path := filepath.Join(treeRoot(start), ".deps", lib.Folder, name)
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}

// treeRoot is the nearest folder at or above dir that holds a go.mod, or dir itself: a binary
// that was moved out of the tree may have a .deps beside it.
func treeRoot(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if isFile(filepath.Join(at, "go.mod")) {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// inSystem gives lib's path in the folders that the dynamic loader searches, the CUDA toolkit's and the driver's.
func inSystem(lib Lib) []string {
	dirs := filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	dirs = append(dirs, "/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
		"/usr/lib64", "/usr/lib", "/lib/x86_64-linux-gnu", "/lib64", "/opt/libjpeg-turbo/lib64", "/usr/local/cuda/lib64",
		"/usr/local/nvidia/lib64", "/usr/local/nvidia/lib") // the last two: where containers get the driver mounted
	dirs = append(dirs, loaderConf("/etc/ld.so.conf.d")...)
	var out []string
	for _, name := range lib.names() {
		for _, dir := range dirs {
			if path := filepath.Join(dir, name); dir != "" && !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}

// loaderConf reads the folders that ldconfig is told to search (ld.so.conf(5): one a line).
func loaderConf(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.conf"))
	var out []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	return out
}
