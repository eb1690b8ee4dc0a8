package verify

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// pod is one pod of a job as a process of this machine: its first container, with
// the image's files and the volumes where they are here, in a folder that has
// nothing, with no environment but what the manifest gives.
type pod struct {
	job     *batchv1.Job
	index   int
	image   image
	volumes map[string]string // claims by name: they outlive pods
}

// run runs the pod to its end.
func (p pod) run(t *testing.T) (code int, output string) {
	t.Helper()
	spec := p.job.Spec.Template.Spec
	c := spec.Containers[0]
	paths := p.paths(t, spec, c)
	env := map[string]string{"JOB_COMPLETION_INDEX": strconv.Itoa(p.index)} // by the Job controller
	for _, e := range c.Env {
		env[e.Name] = expand(e.Value, env)
	}
	var line []string
	for _, word := range append(slices.Clone(c.Command), c.Args...) {
		line = append(line, paths.here(expand(word, env)))
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{} // not even a PATH
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+paths.here(value))
	}
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", line, err)
	}
	return cmd.ProcessState.ExitCode(), string(said)
}

func (p pod) paths(t *testing.T, spec corev1.PodSpec, c corev1.Container) mapping {
	t.Helper()
	m := mapping{}
	for path, here := range p.image.files {
		m[path] = here
	}
	for _, mount := range c.VolumeMounts {
		i := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
		if claim := spec.Volumes[i].PersistentVolumeClaim; claim != nil {
			m[mount.MountPath] = p.volumes[claim.ClaimName]
		} else {
			m[mount.MountPath] = t.TempDir()
		}
	}
	return m
}

// mapping says where the pod's paths are on this machine.
type mapping map[string]string

// here is a word in which the path that it is, or that stands behind its =, is one
// of this machine.
func (m mapping) here(word string) string {
	before, path := "", word
	if strings.HasPrefix(word, "-") {
		name, value, _ := strings.Cut(word, "=")
		before, path = name+"=", value
	}
	for known, here := range m {
		if rest, ok := strings.CutPrefix(path, known); ok && (rest == "" || rest[0] == '/') {
			return before + filepath.Join(here, rest)
		}
	}
	return word
}

var reference = regexp.MustCompile(`\$\(([-._a-zA-Z0-9]+)\)`)

// expand does what the kubelet does: $(NAME) is the variable's value, or stays as
// it is when there is none. ($$, which our manifests do not use, would escape it.)
func expand(word string, env map[string]string) string {
	return reference.ReplaceAllStringFunc(word, func(ref string) string {
		if value, ok := env[ref[2:len(ref)-1]]; ok {
			return value
		}
		return ref
	})
}

func writable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
