//go:build unix

package soak

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

// What the race detector of a worker wrote is part of its last words, and is not
// left behind.
func TestTheLastWordsOfAWorkerThatRaced(t *testing.T) {
	g := NewWithT(t)
	worker := filepath.Join(t.TempDir(), "worker")
	g.Expect(os.WriteFile(worker, []byte("#!/bin/sh\n"+
		`eval "$GORACE"`+"\n"+ // it is a variable of the shell
		`printf 'WARNING: DATA RACE\n' >"${log_path:-/dev/stderr}.$$"`+"\n"+
		`echo '{"ready": {"scenarios": [{"id": "S3"}]}}' >&3`+"\n"+
		"read batch\necho 'the end' >&2\nexit 66\n"), 0o755)).To(Succeed())
	scratch := t.TempDir()
	s, err := newSlot(t.TempDir(), DefaultLimits, nil, nil)
	g.Expect(err).NotTo(HaveOccurred())
	defer s.close()
	s.scratch = scratch
	binary := Binary{Path: worker, Env: []string{"GORACE=halt_on_error=1"}}
	g.Expect(s.provide(&binary, nil)).To(Succeed())
	g.Expect(filepath.Glob(filepath.Join(scratch, "*"))).To(HaveLen(1))
	_, err = s.worker.ask(batch.Batch{Scenario: "S3"}, s.limits, nil, nil)
	d, ok := err.(*died)
	g.Expect(ok).To(BeTrue(), "%v", err)
	g.Expect(d.log).To(Equal("WARNING: DATA RACE\nthe end\n"))
	g.Expect(d.how).To(Equal("exit status 66"))
	g.Expect(filepath.Glob(filepath.Join(scratch, "*"))).To(BeEmpty())
	s.worker = nil
}
