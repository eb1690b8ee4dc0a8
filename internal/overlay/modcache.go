package overlay

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// leaveModuleCache makes an overlay of one that the go command would refuse:
// it replaces no file beneath GOMODCACHE. Each module there that replace has
// files of is copied, the files are replaced in the copy, and the user's go.mod
// (go.work in a workspace) is replaced by one that reads the module from there.
// It stays where it is, so that relative paths in it still mean the same.
func (s *store) leaveModuleCache(ctx context.Context, o Options, used []*listed, replace map[string]string) error {
	env, err := goCommand(ctx, o, "env", "GOMODCACHE", "GOWORK")
	if err != nil {
		return err
	}
	cache, work, _ := strings.Cut(env, "\n")
	var moves []move
	moved := map[string]string{} // directory of the module → of the copy
	for _, p := range used {
		if p.Module == nil || moved[p.Module.Dir] != "" || !beneath(cache, p.Module.Dir) {
			continue
		}
		if p.Module.Main {
			return fmt.Errorf("overlay: the module in %s is in the module cache, where the go command takes no overlay; copy it to another directory", p.Module.Dir)
		}
		dir, err := s.copyDir(p.Module.Dir)
		if err != nil {
			return err
		}
		moved[p.Module.Dir] = dir
		moves = append(moves, move{path: p.Module.Path, version: p.Module.Version, dir: dir})
	}
	if len(moves) == 0 {
		return nil
	}
	rebase(replace, moved)
	return s.putModuleFile(ctx, o, work, moves, replace)
}

func beneath(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// rebase gives the files in the directories new places.
func rebase(replace, moved map[string]string) {
	for path, content := range replace {
		for from, to := range moved {
			if rel, ok := strings.CutPrefix(path, from+string(filepath.Separator)); ok {
				delete(replace, path)
				replace[filepath.Join(to, rel)] = content
				break
			}
		}
	}
}

// putModuleFile replaces the file that says where modules are.
func (s *store) putModuleFile(ctx context.Context, o Options, work string, moves []move, replace map[string]string) error {
	file := work
	if work == "" || work == "off" {
		var err error
		// GOMOD is not it: GOFLAGS may have a -modfile.
		if file, err = goCommand(ctx, o, "list", "-m", "-f", "{{.GoMod}}"); err != nil {
			return err
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(o.Dir, file)
		}
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	if content, err = redirect(file, content, moves); err != nil {
		return err
	}
	replace[file], err = s.put(file, content)
	return err
}
