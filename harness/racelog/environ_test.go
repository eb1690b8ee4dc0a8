package racelog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestTheDetectorsOptionsAreReadAsItReadsThem(t *testing.T) {
	g := NewWithT(t)
	for gorace, want := range map[string]string{
		"log_path=/tmp/race":                               "/tmp/race",
		"halt_on_error=1 log_path=/tmp/race exitcode=7":    "/tmp/race",
		"halt_on_error=1:log_path=/tmp/race,exitcode=7":    "/tmp/race",
		"log_path='/a b, c:d/race' exitcode=7":             "/a b, c:d/race",
		`log_path="/it's/race"`:                            "/it's/race",
		"log_path=one log_path=two":                        "two",
		"strip_path_prefix='log_path=/no' log_path=stderr": "stderr",
		"log_path='/unfinished":                            "/unfinished",
	} {
		value, set := option(gorace, logPath)
		g.Expect(set).To(BeTrue(), gorace)
		g.Expect(value).To(Equal(want), gorace)
	}
	for _, gorace := range []string{"", "halt_on_error=1", "strip_path_prefix='log_path=/no'", "log_path", "no_log_path=/x"} {
		_, set := option(gorace, logPath)
		g.Expect(set).To(BeFalse(), gorace)
	}
}

func TestTheUsersOptionsStay(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Environ([]string{"A=b"}, "/tmp/x/race")).To(Equal([]string{"A=b", `GORACE=log_path="/tmp/x/race"`, "SQUALL_GORACE="}))
	users := []string{"GORACE=exitcode=7", "A=b", "GORACE=halt_on_error=1 history_size=7"}
	with := Environ(users, `/tmp/"x"/race`)
	g.Expect(with).To(Equal(append(users, `GORACE=halt_on_error=1 history_size=7 log_path='/tmp/"x"/race'`, "SQUALL_GORACE=halt_on_error=1 history_size=7")))
	for _, untouched := range [][]string{{"GORACE=log_path=/home/x/race"}, {"GORACE=halt_on_error=1 log_path=stderr"}} {
		g.Expect(Environ(untouched, "/tmp/race")).To(Equal(untouched))
	}
	for _, unwritable := range []string{`/tmp/"it's"/race`, "/tmp/%p/race", "/" + strings.Repeat("x", 3000)} {
		g.Expect(Environ(users, unwritable)).To(Equal(users), "better no log than a process that ends at its first line")
	}
}

// The process that squall starts reads its own detector's log, and what it starts
// itself has the user's GORACE.
func TestAProcessGivesItsChildrenTheUsersOptions(t *testing.T) {
	set := func(env []string) {
		for _, entry := range env {
			name, value, _ := strings.Cut(entry, "=")
			t.Setenv(name, value)
		}
	}
	for users, want := range map[string]string{"halt_on_error=1": "halt_on_error=1", "": ""} {
		g := NewWithT(t)
		set(Environ([]string{"GORACE=" + users}, "/tmp/x/race"))
		g.Expect(inherit()).To(Equal(fileOf("/tmp/x/race", os.Getpid())))
		g.Expect(os.Getenv("GORACE")).To(Equal(want))
		_, left := os.LookupEnv("SQUALL_GORACE")
		g.Expect(left).To(BeFalse())
	}
	g := NewWithT(t)
	set([]string{"GORACE=log_path=/home/x/race"})
	g.Expect(inherit()).To(Equal(fileOf("/home/x/race", os.Getpid())), "the user's own is read")
	g.Expect(os.Getenv("GORACE")).To(Equal("log_path=/home/x/race"), "and is left alone")
	for _, none := range []string{"", "halt_on_error=1", "log_path=stderr", "log_path=stdout"} {
		set([]string{"GORACE=" + none})
		g.Expect(inherit()).To(BeEmpty(), none)
	}
}

func TestWhatWasWrittenSinceTheMark(t *testing.T) {
	g := NewWithT(t)
	before := own
	t.Cleanup(func() { own = before })
	log := sample(t)
	half := strings.Index(log, "\n==================\n==================\n") + len("\n==================\n")

	own = filepath.Join(t.TempDir(), "race.7")
	g.Expect(Mark()).To(BeZero(), "it has said nothing yet")
	g.Expect(Since(0)).To(BeEmpty())
	g.Expect(os.WriteFile(own, []byte(log[:half]), 0o644)).To(Succeed())
	g.Expect(Since(0)).To(HaveLen(1))
	mark := Mark()
	g.Expect(Since(mark)).To(BeEmpty())
	g.Expect(os.WriteFile(own, []byte(log), 0o644)).To(Succeed())
	g.Expect(Since(mark)).To(HaveLen(6))
	g.Expect(Since(1<<40)).To(BeEmpty(), "somebody has cut it short")

	own = ""
	g.Expect(Mark()).To(BeZero())
	g.Expect(Since(0)).To(BeEmpty(), "it writes to no file")
}

func TestALogIsCollectedOnce(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "race")
	g.Expect(os.WriteFile(path+".7", []byte("WARNING"), 0o644)).To(Succeed())
	g.Expect(os.WriteFile(path+".77", []byte(strings.Repeat("x", maxRead+7)), 0o644)).To(Succeed())
	g.Expect(Collect(path, 7)).To(Equal("WARNING\n"))
	g.Expect(Collect(path, 7)).To(BeEmpty())
	g.Expect(Collect(path, 77)).To(HaveLen(maxRead + len("\n")))
	g.Expect(filepath.Glob(path + "*")).To(BeEmpty())
}
