package tape_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrittenFileIsReadBack(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "x.tape")
	want := example()
	g.Expect(want.WriteFile(path)).To(Succeed())
	g.Expect(tape.ReadFile(path)).To(Equal(want))
}

func TestErrorOfAFaultIsNoPartOfTheTape(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "x.tape")
	live := example()
	live.Choices[2].Fault.Err = errors.New("boom")
	g.Expect(live.WriteFile(path)).To(Succeed())
	g.Expect(tape.ReadFile(path)).To(Equal(example()))
}

func TestWriteFileRefusesWhatCouldNotBeReadBack(t *testing.T) {
	for name, change := range map[string]func(*tape.Tape){
		"no scenario":      func(t *tape.Tape) { t.Scenario = "" },
		"unknown kind":     func(t *tape.Tape) { t.Choices[0].Kind = 99 },
		"default value":    func(t *tape.Tape) { t.Choices[0].Value = 0 },
		"no fault":         func(t *tape.Tape) { t.Choices[2].Fault.Kind = 0 },
		"set of faults":    func(t *tape.Tape) { t.Choices[2].Fault.Kind = faults.Error | faults.Drop },
		"unused field":     func(t *tape.Tape) { t.Choices[0].To = "x" },
		"task of a wakeup": func(t *tape.Tape) { t.Choices[5].Place.Task = "x" },
		"no advance":       func(t *tape.Tape) { t.Choices[6].Advance = 0 },
		"hit 0":            func(t *tape.Tape) { t.Choices[3].Place.Hit = 0 },
		"too big":          func(t *tape.Tape) { t.Failure = strings.Repeat("x", tape.MaxSize) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			path := file(t, "old")
			bad := example()
			change(bad)
			g.Expect(bad.WriteFile(path)).To(MatchError(HavePrefix("tape: " + path + ": not written, it ")))
			g.Expect(os.ReadFile(path)).To(BeEquivalentTo("old"))
		})
	}
}

func TestWriteFileNamesAFolderThatIsMissing(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "none", "x.tape")
	g.Expect(example().WriteFile(path)).To(MatchError(SatisfyAll(HavePrefix("tape: "), ContainSubstring(filepath.Dir(path)))))
}

// readers are the two kinds of files, which share limits and errors.
var readers = map[string]func(path string) error{
	"tape": func(path string) error { _, err := tape.ReadFile(path); return err },
	"plan": func(path string) error { _, err := tape.ReadPlan(path); return err },
}

func TestReadersRefuseAlike(t *testing.T) {
	for kind, read := range readers {
		t.Run(kind, func(t *testing.T) {
			g := NewWithT(t)
			missing := filepath.Join(t.TempDir(), "missing")
			g.Expect(read(missing)).To(MatchError(SatisfyAll(HavePrefix("tape: "), ContainSubstring(missing))))
			g.Expect(read(missing)).To(MatchError(fs.ErrNotExist))

			folder := t.TempDir()
			g.Expect(read(folder)).To(MatchError("tape: " + folder + ": is a directory; name a file in it"))

			empty := file(t, "")
			g.Expect(read(empty)).To(MatchError(HavePrefix("tape: " + empty + ": is empty: it was cut short")))

			binary := file(t, "squall tape 1\n\x00\x01")
			g.Expect(read(binary)).To(MatchError("tape: " + binary + ": line 2: byte 0x00 is no text: this is a binary file; check the path"))

			big := file(t, strings.Repeat("# x\n", tape.MaxSize/4)+"x")
			g.Expect(read(big)).To(MatchError("tape: " + big + ": is bigger than 1 MiB, which no tape and no plan is; check the path"))
		})
	}
}

func TestReadersRefuseADeviceWithoutEnd(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no /dev/zero")
	}
	for kind, read := range readers {
		t.Run(kind, func(t *testing.T) {
			NewWithT(t).Expect(read("/dev/zero")).To(MatchError("tape: /dev/zero: is bigger than 1 MiB, which no tape and no plan is; check the path"))
		})
	}
}

func TestHugeFileIsRefusedByItsSize(t *testing.T) {
	g := NewWithT(t)
	path := file(t, "")
	g.Expect(os.Truncate(path, 1<<40)).To(Succeed()) // a hole; reading it would never end
	for _, read := range readers {
		g.Expect(read(path)).To(MatchError(ContainSubstring("is bigger than 1 MiB")))
	}
}

func TestReadFileNamesFileAndLine(t *testing.T) {
	g := NewWithT(t)
	path := file(t, "squall tape 1\nscenario S3 version x\nend\n")
	_, err := tape.ReadFile(path)
	g.Expect(err).To(MatchError("tape: " + path + `: line 2: expected the scenario's version (a whole number from 0), found "x"`))
}

func TestReadPlanReadsStrikes(t *testing.T) {
	g := NewWithT(t)
	path := file(t, "# a storm\nscope/run #1 in fanout/B: error \"boom\"\n")
	g.Expect(tape.ReadPlan(path)).To(Equal(faults.Plan{{Site: "scope/run", Hit: 1, Task: "fanout/B", Fault: boom}}))
}

func TestReadPlanNamesFileAndLine(t *testing.T) {
	g := NewWithT(t)
	path := file(t, "# a storm\nsquall tape 1\n")
	_, err := tape.ReadPlan(path)
	g.Expect(err).To(MatchError(HavePrefix("tape: " + path + `: line 2: faults: "squall tape 1" is no strike; write FAILPOINT`)))
}

func TestReadPlanRefusesAPlanOfNothing(t *testing.T) {
	g := NewWithT(t)
	path := file(t, "# nothing yet\n")
	_, err := tape.ReadPlan(path)
	g.Expect(err).To(MatchError(HavePrefix("tape: " + path + ": no strike in it; write one a line")))
}

func TestAPipeIsRefused(t *testing.T) {
	g := NewWithT(t)
	r, w, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer r.Close()
	defer w.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("this system has no /dev/fd")
	}
	_, err = tape.ReadFile(path)
	g.Expect(err).To(MatchError("tape: " + path + ": is a pipe; save it as a file first"))
}
