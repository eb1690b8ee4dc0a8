package publish

import (
	"fmt"
	"strings"
)

// maxAnnotations is how many GitHub shows of one step.
const maxAnnotations = 10

// Annotations are workflow commands for GitHub's runner, a line each: an ::error
// for each finding, a ::warning for what is missing. It shows ten of a step; where
// there are more the last one says so.
func (r *Report) Annotations() []string {
	var all []string
	for _, f := range r.Findings {
		message := f.Message
		if f.Replay != "" {
			message += "\nreplay: " + f.Replay
		}
		all = append(all, command("error", strings.TrimSpace(fmt.Sprintf("Squall: %s %s %s", f.Verdict, f.Scenario, f.Property)), message))
	}
	for _, l := range r.Lost {
		all = append(all, command("error", "Squall: "+string(l.Verdict)+" "+l.Scenario, fmt.Sprintf("%s in %s; its file is lost", l.Kind, plural(l.Runs, "run", "runs"))))
	}
	for _, reason := range r.Blind {
		all = append(all, command("error", "Squall: the soak was blind", reason))
	}
	for _, problem := range r.Problems {
		all = append(all, command("warning", "Squall: not everything could be read", problem))
	}
	if extra := len(all) - maxAnnotations; extra > 0 {
		all = append(all[:maxAnnotations-1], command("error", "Squall: there is more", fmt.Sprintf("%d more annotations: GitHub shows ten; the report has all", extra+1)))
	}
	return all
}

// Quiet surrounds text, so that the runner takes nothing in it for a command.
// token has to be one that the text cannot know.
func Quiet(text, token string) string {
	return "::stop-commands::" + token + "\n" + strings.TrimRight(text, "\n") + "\n::" + token + "::\n"
}

var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func command(name, title, message string) string {
	return "::" + name + " title=" + inProperty.Replace(title) + "::" + inMessage.Replace(message)
}
