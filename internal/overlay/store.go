package overlay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/squall-go/squall/internal/atomicfile"
)

// store is a directory of files, and of copies of directories, that are named by
// their content and never change, so that builds that go on at the same time
// cannot disturb each other.
type store struct {
	dir string
}

// keep is how long a file stays in the store after its last use.
const keep = 30 * 24 * time.Hour

func openStore() (*store, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("overlay: no cache directory: %w", err)
	}
	s := &store{dir: filepath.Join(cache, "squall", "overlay")}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	return s, s.prune()
}

// put stores content and returns its path, whose last element ends in path's.
func (s *store) put(path string, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	target := filepath.Join(s.dir, hex.EncodeToString(sum[:12])+"-"+filepath.Base(path))
	if old, err := os.ReadFile(target); err == nil && bytes.Equal(old, content) {
		return target, touch(target)
	}
	return writeTo(target, content)
}

// touch keeps a file that is in use from being pruned.
func touch(path string) error {
	info, err := os.Stat(path)
	if err != nil || time.Since(info.ModTime()) < keep/2 {
		return err
	}
	now := time.Now()
	return os.Chtimes(path, now, now)
}

func (s *store) prune() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < keep {
			continue // another process may have pruned it
		}
		if err := os.RemoveAll(filepath.Join(s.dir, entry.Name())); err != nil {
			return fmt.Errorf("overlay: %w", err)
		}
	}
	return nil
}

// writeTo returns the absolute path of target.
func writeTo(target string, content []byte) (string, error) {
	target, err := filepath.Abs(target)
	if err == nil {
		err = atomicfile.Write(target, content)
	}
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	return target, nil
}
