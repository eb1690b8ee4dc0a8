package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/dirhash"
)

// copyDir stores a copy of a whole directory and returns its path, whose last
// element ends in dir's. The copy can be written to and removed, other than what
// it is made of.
func (s *store) copyDir(dir string) (string, error) {
	name := filepath.Base(dir)
	sum, err := dirhash.HashDir(dir, name, dirhash.Hash1)
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	id := sha256.Sum256([]byte(sum))
	target := filepath.Join(s.dir, hex.EncodeToString(id[:12])+"-"+name)
	isCopy := func() bool {
		found, err := dirhash.HashDir(target, name, dirhash.Hash1)
		return err == nil && found == sum
	}
	if isCopy() {
		return target, touch(target)
	}
	if err := s.makeCopy(target, dir, isCopy); err != nil {
		return "", fmt.Errorf("overlay: copy of %s: %w", dir, err)
	}
	return target, nil
}

// makeCopy copies beside and renames. Of several processes that make one copy at
// once the first wins, and the others leave it alone: it may be in use already.
func (s *store) makeCopy(target, dir string, isCopy func() bool) error {
	beside, err := os.MkdirTemp(s.dir, ".copy-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	made := filepath.Join(beside, "made") // beside itself has not the mode that the umask gives
	if err := os.CopyFS(made, os.DirFS(dir)); err != nil {
		return err
	}
	if os.Rename(made, target) == nil || isCopy() {
		return nil
	}
	if err := os.Rename(target, filepath.Join(beside, "spoilt")); err != nil {
		return err
	}
	return os.Rename(made, target)
}
