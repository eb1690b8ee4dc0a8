package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// image is what the Dockerfile makes, as files of this machine: no Docker is
// needed, so what this does not show is the base images and the COPY of the
// sources.
type image struct {
	files      map[string]string // path in the image: path here
	entrypoint string
}

// buildImage runs the RUN commands of the Dockerfile's first stage in the sources,
// with its ENV, and takes from there what the second stage copies.
func buildImage(t *testing.T) image {
	t.Helper()
	sources, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(sources, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	here := func(text string) string { return strings.ReplaceAll(text, "/out/", out+"/") }
	made, env := image{files: map[string]string{}}, os.Environ()
	for line := range strings.Lines(string(content)) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "ENV":
			env = append(env, settings(rest)...)
		case "RUN":
			cmd := exec.Command("/bin/sh", "-euc", here(rest))
			cmd.Dir, cmd.Env = sources, env
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", rest, err, said)
			}
		case "COPY":
			if from, ok := strings.CutPrefix(rest, "--from=build "); ok {
				built, target, _ := strings.Cut(from, " ")
				made.files[target] = here(built)
			}
		case "ENTRYPOINT":
			made.entrypoint = strings.Trim(rest, `["]`)
		}
	}
	if len(made.files) == 0 || made.entrypoint == "" {
		t.Fatal("the Dockerfile copies nothing from its first stage, or has no entrypoint")
	}
	return made
}

// settings reads A=b C="d e".
func settings(text string) (list []string) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		name, rest, _ := strings.Cut(text, "=")
		var value string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, text, _ = strings.Cut(quoted, `"`)
		} else {
			value, text, _ = strings.Cut(rest, " ")
		}
		list = append(list, name+"="+value)
	}
	return list
}
