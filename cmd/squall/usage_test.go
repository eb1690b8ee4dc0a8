package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/result"
)

// wayOut is how the part of a message begins that says what to do, or what there
// is to choose from.
var wayOut = regexp.MustCompile(`[;:] (or )?(mend that, or )?(build|check|correct|give|go on|it allows|known are|leave|make|merge|name|replay|restore|squall [a-z -]*(lists|shows)|wait|write)\b`)

// unhelpful is what is wrong with a message to a user, "" if nothing is: it has
// to be one line, have the value that is wrong in it, and say the way out.
func unhelpful(message, value string) string {
	line, end, ended := strings.Cut(message, "\n")
	line, ours := strings.CutPrefix(line, "squall: ")
	switch {
	case !ours || !ended || end != "":
		return "it is not one line of squall's"
	case !strings.Contains(line, value):
		return "it does not have " + value
	case !wayOut.MatchString(line):
		return "it does not say the way out"
	}
	return ""
}

// What the libraries say that the command is made of would not do.
func TestUnhelpfulMessagesAreToldFromHelpfulOnes(t *testing.T) {
	for message, want := range map[string]string{
		"squall: unknown flag --zzz; squall run --help lists them all\n":                                            "",
		"squall: --zzz=abc: give a whole number, as in --zzz=7\n":                                                   "",
		"squall: --zzz=abc: it is not a number; what a pity\n":                                                      "it does not say the way out",
		"squall: unknown flag: --zzz\n":                                                                             "it does not say the way out",
		"squall: invalid argument \"abc\" for \"--zzz\" flag: strconv.ParseUint: parsing \"abc\": invalid syntax\n": "it does not say the way out",
		"squall: tape: open --zzz: no such file or directory\n":                                                     "it does not say the way out",
		"squall: requires at least 1 arg(s), only received 0; give it\n":                                            "it does not have --zzz",
		"squall: unknown command \"--zzz\" for \"squall\"\n\nDid you mean this?\n\trun\n\n":                         "it is not one line of squall's",
		"squall: go list --zzz: x; give another\nsquall: and this\n":                                                "it is not one line of squall's",
		"squall: --zzz; give it":                "it is not one line of squall's",
		"--zzz is bad; give it\n":               "it is not one line of squall's",
		"squall: replay: --zzz is no package\n": "it does not say the way out",
		"":                                      "it is not one line of squall's",
	} {
		NewWithT(t).Expect(unhelpful(message, "--zzz")).To(Equal(want), message)
	}
}

// badUses are uses that need nothing to be built, and what their message has to
// name.
var badUses = []struct{ args, value string }{
	{"rnu", `did you mean "run"`},
	{"frobnicate", `"frobnicate"`},
	{"help rnu", `did you mean "run"`},
	{"--zzz", "--zzz"},
	{"-q", "-q"},
	{"version x", `"x"`},
	{"version --json", "--json"},

	{"run --sede 3", `--sede (did you mean "--seed"?)`},
	{"run -q", "-q"},
	{"run -vq", "-q"},
	{"run -tags x", `-tags (did you mean "--tags"?)`},
	{"run --binaries dir --tags x", "--binaries=dir and --tags=x"},
	{"run --=3", "--=3"},
	{"run --seed", "--seed"},
	{"run --seed abc", "--seed=abc"},
	{"run --seed -1", "--seed=-1"},
	{"run --seed 18446744073709551616", "--seed=18446744073709551616"},
	{"run --runs many", "--runs=many"},
	{"run --runs 0", "--runs=0"},
	{"run --for 3", "--for=3"},
	{"run --for 0s", "--for=0s"},
	{"run --runs 3 --for 3s", "--runs=3 and --for=3s"},
	{"run --race=perhaps", "--race=perhaps"},
	{"run --json no/r.json", "no/r.json"},
	{"run --json=", "--json="},
	{"run --junit .", "--junit=."},
	{"run --json x --junit x", "--json=x and --junit=x"},
	{"run --plan missing.plan", "missing.plan"},
	{"run --plan dir", "dir"},
	{"run --plan empty", "empty"},
	{"run --plan text", "text"},
	{"run --binaries missing", "--binaries=missing"},
	{"run --binaries dir", "--binaries=dir"},
	{"run --binaries dir --race", "--binaries=dir"},
	{"run --binaries dir ./...", "--binaries=dir and ./..."},

	{"replay", "no tape"},
	{"replay missing.tape", "missing.tape"},
	{"replay dir", "dir: is a directory"},
	{"replay empty", "empty"},
	{"replay text", "text"},
	{"replay cut.tape", "cut.tape"},
	{"replay good.tape good.tape", "good.tape is no package"},
	{"replay good.tape missing.tape", "missing.tape is no package"},
	{"replay good.tape --json good.tape", "--json=good.tape"},
	{"replay good.tape --memory 1", "--memory=1"},
	{"run --memory -1", "--memory=-1"},

	{"list --zzz", "--zzz"},
	{"list --binaries missing", "--binaries=missing"},
	{"sites --jsno", `--jsno (did you mean "--json"?)`},
	{"overlay -o no/o.json", "--output=no/o.json"},
	{"overlay -o", "--output"},

	{"build", "--output"},
	{"build -o", "--output"},
	{"build -o dir", "--output=dir"},
	{"build -o text", "--output=text"},
	{"build -o text/such", "--output=text/such"},
	{"build -o /proc/no/such", "--output=/proc/no/such"},
	{"build -o /proc/y", "--output=/proc/y"},

	{"soak --shard 3/2", `"3/2"`},
	{"soak --shard 0/2", `"0/2"`},
	{"soak --shard x", `"x"`},
	{"soak --shard-index 2/2", `"2/2"`},
	{"soak --shard 1/2 --shard-index 0/2", "--shard=1/2 and --shard-index=0/2"},
	{"soak --for 8", "--for=8"},
	{"soak --for -1s", "--for=-1s"},
	{"soak --runs 0", "--runs=0"},
	{"soak --workers 0", "--workers=0"},
	{"soak --workers x", "--workers=x"},
	{"soak --workers 5000", "--workers=5000"},
	{"soak --memory 1", "--memory=1"},
	{"soak --out text", "/text"},
	{"soak --out text/soak", "/text/soak"},
	{"soak --out done", "/done"},
	{"soak --out done --resume --seed 2", "/done"},
	{"soak --out torn --resume", "/torn/soak.json"},
	{"soak --out other --resume", "/other/soak.json"},

	{"report", "no directory"},
	{"report missing", "missing"},
	{"report missing missing2 missing3", "(and 2 more directories)"},
	{"report torn", "torn/soak.json"},
	{"report other", "other/soak.json"},
	{"report text", "text"},
	{"report dir", "dir"},
	{"report done --html=", "--html="},
	{"report done --html no/r.html", "no/r.html"},
	{"report done --html r --json r", "--html=r and --json=r"},
	{"report done --trace text", "--trace=text"},
}

func TestBadUseIsToldInOneLineWithTheWayOut(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir()) // there is nothing to build
	for name, content := range map[string]string{
		"empty": "", "text": "some text\n", "dir/file": "x",
		"good.tape": "squall tape 1\nscenario S1 version 1\nend\n", "cut.tape": "squall tape 1\nscenario S1 version 1\n",
		"done/soak.json":  `{"format": 1, "shard": {"number": 1, "of": 1}, "seed": 1}`,
		"torn/soak.json":  `{"format": 1, "shard": {"num`,
		"other/soak.json": `{"format": 99}`,
	} {
		g.Expect(os.MkdirAll(filepath.Dir(name), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(name, []byte(content), 0o644)).To(Succeed())
	}
	for _, use := range badUses {
		t.Run(use.args, func(t *testing.T) {
			g := NewWithT(t)
			code, stdout, stderr := squall(strings.Fields(use.args)...)
			g.Expect(unhelpful(stderr, use.value)).To(BeEmpty(), stderr)
			g.Expect(code).To(Equal(2))
			g.Expect(stdout).To(BeEmpty())
			t.Log(stderr)
		})
	}
}

func TestAFocusOfNothingNamesTheNearest(t *testing.T) {
	var few, many result.List
	for _, id := range strings.Fields("S1 S2 S3 S4 S5 S6 S7 S8 S9 D1 D2 D3") {
		many = append(many, result.Listed{ID: id})
	}
	many = append(many, result.Listed{ID: "errgroup/S1", Peer: true})
	few = many[:3]
	for focus, want := range map[string]string{
		"S99":      `--focus=S99: no such scenario (did you mean "S9"?); squall list shows all 13`,
		"errgruop": `--focus=errgruop: no such scenario (did you mean "errgroup"?); squall list shows all 13`,
		"nonsense": `--focus=nonsense: no such scenario; squall list shows all 13`,
	} {
		_, err := focused(many, focus)
		NewWithT(t).Expect(err).To(MatchError(want))
		_, err = focused(few, focus)
		NewWithT(t).Expect(err).To(MatchError("--focus=" + focus + ": no such scenario; known are S1, S2, S3"))
	}
}

func TestHelp(t *testing.T) {
	g := NewWithT(t)
	_, bare, _ := squall()
	_, flag, _ := squall("--help")
	code, command, stderr := squall("help")
	g.Expect(code).To(Equal(0), stderr)
	g.Expect([]string{flag, command}).To(HaveEach(bare))
	g.Expect(bare).To(And(ContainSubstring("Usage:\n  squall [command]\n"), ContainSubstring("\n  soak ")))
	_, flag, _ = squall("soak", "--help")
	_, command, _ = squall("help", "soak")
	g.Expect(command).To(And(Equal(flag), ContainSubstring("whichever comes first")))
	g.Expect(faults.Meant("rnu", []string{"run"})).NotTo(BeEmpty(), "what the other tests rely on")
}
