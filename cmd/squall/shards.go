package main

import (
	"os"
	"path/filepath"
)

// shardDirs is dirs, in which a folder that is no shard's, but has shards' folders
// in it, stands for these: nobody needs a shell to list them.
func shardDirs(dirs []string) (all []string) {
	for _, dir := range dirs {
		inside := shardsIn(dir)
		if len(inside) == 0 {
			inside = []string{dir} // if it is nothing at all, whoever reads it says so
		}
		all = append(all, inside...)
	}
	return all
}

// shardsIn is the shards' folders in dir; none if it is a shard's itself. One that
// has findings and no state is torn, and is one of them.
func shardsIn(dir string) (inside []string) {
	if isShard(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if path := filepath.Join(dir, entry.Name()); isShard(path) {
			inside = append(inside, path)
		}
	}
	return inside
}

func isShard(dir string) bool {
	for _, name := range []string{"soak.json", "findings"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}
