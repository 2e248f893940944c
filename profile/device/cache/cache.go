// Package cache says where vsim keeps the models and images that it generates.
package cache

import (
	"fmt"
	"os"
	"path/filepath"
)

// Env is the variable that names the folder.
const Env = "VSIM_CACHE"

// Dir is the folder that VSIM_CACHE names, or vsim's in the user's cache folder. It need not exist.
func Dir() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache: no folder for generated models and images: %w; set %s=DIR", err, Env)
	}
	return filepath.Join(dir, "vsim"), nil
}
