package overlay

import (
	"fmt"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// move says that a module is to be read from another directory.
type move struct {
	path, version string // of the module, as the build has chosen it
	dir           string // absolute
}

// redirect is the content of a go.mod, or of a go.work, with a replace line for
// each of the modules. A line that the user has for the same module gives way;
// everything else is left as it is.
//
// The line names the version: one without would lose against a user's line that
// has it.
func redirect(file string, content []byte, moves []move) ([]byte, error) {
	syntax, replace, err := parseModuleFile(file, content)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	for _, m := range moves {
		if err := replace(m.path, m.version, m.dir, ""); err != nil {
			return nil, fmt.Errorf("overlay: %s: replace %s: %w", file, m.path, err)
		}
	}
	return modfile.Format(syntax), nil
}

// parseModuleFile also returns what adds a replace line to the file.
func parseModuleFile(file string, content []byte) (*modfile.FileSyntax, func(oldPath, oldVersion, newPath, newVersion string) error, error) {
	if filepath.Ext(file) == ".work" {
		work, err := modfile.ParseWork(file, content, nil)
		if err != nil {
			return nil, nil, err
		}
		return work.Syntax, work.AddReplace, nil
	}
	mod, err := modfile.Parse(file, content, nil)
	if err != nil {
		return nil, nil, err
	}
	return mod.Syntax, mod.AddReplace, nil
}
