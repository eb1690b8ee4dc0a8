package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
)

// What is built is run, soaked and replayed from another folder, with no go command
// to be found.
func TestBuiltSuitesNeedNoGo(t *testing.T) {
	realShop(t)
	g := NewWithT(t)
	built := filepath.Join(t.TempDir(), "bin", "night", "suites") // its parents are made
	code, stdout, stderr := squall("build", "-o", built)
	g.Expect(code).To(Equal(0), stdout+stderr)
	code, stdout, stderr = squall("build", "-o", built)
	g.Expect(code).To(Equal(0), "an earlier build is replaced: %s", stdout+stderr)
	t.Chdir(t.TempDir())
	t.Setenv("PATH", "")

	code, stdout, stderr = squall("list", "--binaries", built)
	g.Expect(code).To(Equal(0), stdout+stderr)
	code, stdout, stderr = squall("run", "--binaries", built, "--json=r.json")
	g.Expect(code).To(Equal(0), stdout+stderr)
	r, err := result.Read("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Scenarios).NotTo(BeEmpty())
	for index, shard := range []string{"1/2", "2/2"} {
		dir := "shard-" + string('0'+rune(index))
		code, stdout, stderr = squall("soak", "--binaries", built, "--shard-index", string('0'+rune(index))+"/2", "--runs=1600", "--out", dir)
		g.Expect(code).To(BeElementOf(0, 3), stdout+stderr) // so few runs may be blind
		g.Expect(stdout).To(HaveSuffix("\nreport: squall report --binaries " + built + " " + dir + "\n"))
		state, err := soak.ReadState(dir)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(state.Shard.String()).To(Equal(shard))
		g.Expect(state.Finished).To(BeTrue())
	}
	for _, dir := range []string{built, "shard-0"} {
		g.Expect(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			g.Expect(err).NotTo(HaveOccurred())
			info, err := entry.Info()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(info.Mode().Perm()&0o022).To(BeZero(), "%s: others may write it: %v", path, info.Mode())
			return nil
		})).To(Succeed())
	}
	g.Expect(shardDirs([]string{"."})).To(Equal([]string{"shard-0", "shard-1"}))
	g.Expect(shardDirs([]string{"shard-0", "none"})).To(Equal([]string{"shard-0", "none"}))
}

func TestBadBuilds(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	g.Expect(os.MkdirAll("mine", 0o755)).To(Succeed())
	g.Expect(os.WriteFile("mine/precious", nil, 0o644)).To(Succeed())
	g.Expect(os.MkdirAll("old", 0o755)).To(Succeed())
	g.Expect(os.WriteFile("old/suites.json", []byte(`{"format": 1, "squall": "0.0.1", "suites": [{"package": "p", "dir": "d", "binary": "b"}]}`), 0o644)).To(Succeed())
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"build"}, "--output names no folder"},
		{[]string{"build", "-o", "mine"}, "not empty and no earlier build"},
		{[]string{"build", "-o", "mine/precious/folder"}, "not a directory; name"},
		{[]string{"build", "-o", "/proc/self/no/folder"}, "cannot write there: no such file or directory; name a folder in a directory that may be written"},
		{[]string{"build", "-o", "new/er/folder"}, "mend that"}, // there is no module
		{[]string{"list", "--binaries", "mine"}, "no build"},
		{[]string{"list", "--binaries", "old"}, "built by squall 0.0.1"},
		{[]string{"run", "--binaries", "old", "./..."}, "contradict each other"},
		{[]string{"run", "--binaries", "old", "--race"}, "contradict each other"},
		{[]string{"soak", "--out", "s", "--shard=1/2", "--shard-index=0/2"}, "contradict each other"},
		{[]string{"soak", "--out", "s", "--shard-index=2/2"}, "from 0"},
		{[]string{"soak", "--out", "s", "--shard-index=0/20000"}, `--shard-index="0/20000": there are at most 10000 shards`},
		{[]string{"soak", "--out", "s", "--shard=1/20000"}, `shard "1/20000": there are at most 10000 shards`},
		{[]string{"soak", "--out", "s", "--shard-index=$(JOB_COMPLETION_INDEX)/2"}, "from 0"},
	} {
		code, stdout, stderr := squall(test.args...)
		g.Expect(code).To(Equal(2), "%v: %s", test.args, stdout+stderr)
		g.Expect(stderr).To(MatchRegexp(`^squall: [^\n]*\n$`), "%v", test.args)
		g.Expect(stderr).To(ContainSubstring(test.says), "%v", test.args)
	}
	g.Expect("mine/precious").To(BeARegularFile())
	g.Expect("new").NotTo(BeAnExistingFile(), "nothing is left of a build that failed")
}

// Whatever the list of a build says, what is run lies in its folder.
func FuzzParseBuilt(f *testing.F) {
	for _, seed := range []string{
		`{"format": 1, "squall": "0.1.0", "suites": [{"package": "p", "dir": "1-p", "binary": "p.test"}]}`,
		`{"format": 1, "suites": [{"package": "p", "dir": "..", "binary": "sh"}]}`,
		`{"format": 1, "suites": [{"package": "p", "dir": "1-p", "binary": "../../bin/sh"}]}`,
		`{"format": 1, "suites": [{"package": "p", "dir": "/bin", "binary": "sh"}]}`,
		`{"format": 2}`, `{"format": 1, "suites": null}`, `[]`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		b, err := parseBuilt(content)
		if err != nil {
			return
		}
		g.Expect(b.Suites).NotTo(BeEmpty())
		for _, s := range b.Suites {
			inside, err := filepath.Rel("/folder", filepath.Join("/folder", s.Dir, s.Binary))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(filepath.IsLocal(inside)).To(BeTrue())
		}
	})
}

func FuzzShardAt(f *testing.F) {
	for _, seed := range []string{"0/1", "1/5", "4/5", "5/5", "-1/5", "9223372036854775807/9223372036854775807", "x", "", "0/", "$(JOB_COMPLETION_INDEX)/8"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := shardAt(text)
		if err != nil {
			return
		}
		NewWithT(t).Expect(soak.ParseShard(s.String())).To(Equal(s))
	})
}
