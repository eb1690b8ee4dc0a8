//go:build unix

package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// envStarts makes this binary, started as a worker, one whose scenario starts a process
// that writes into the file of that name.
const envStarts = "SQUALL_TEST_STARTS"

// TestBeAWorker is the life of the worker that the test below starts.
func TestBeAWorker(t *testing.T) {
	told := os.Getenv(envStarts)
	if told == "" || orders == nil {
		t.Skip("it is started by another test")
	}
	work([]Scenario{{ID: "S1", Body: func(r *Run) {
		look := exec.Command("sh", "-c", `for fd in 3 4 5; do if [ -e /dev/fd/$fd ]; then echo "has $fd"; fi; done; echo "worker '$`+result.EnvWorker+`'"`)
		out, err := os.Create(told)
		if err != nil {
			panic(err)
		}
		defer out.Close()
		look.Stdout = out
		if err := look.Run(); err != nil {
			panic(err)
		}
	}}})
}

// A server that a scenario starts is no worker, and must not hold the soak's files
// open when the worker has ended: the soak would wait for it.
func TestWhatAScenarioStartsHasNothingOfTheWorker(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("this system has no /dev/fd")
	}
	g := NewWithT(t)
	told := filepath.Join(t.TempDir(), "told")
	answers, write, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer answers.Close()
	box, err := os.Create(filepath.Join(t.TempDir(), "box"))
	g.Expect(err).NotTo(HaveOccurred())
	defer box.Close()
	worker := exec.Command(os.Args[0], "-test.run=^TestBeAWorker$")
	worker.Env = append(os.Environ(), result.EnvWorker+"=1", envStarts+"="+told)
	worker.Stderr = os.Stderr
	worker.ExtraFiles = []*os.File{batch.AnswersFD - 3: write, batch.BoxFD - 3: box, batch.ChoicesFD - 3: box}
	orders, err := worker.StdinPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(worker.Start()).To(Succeed())
	write.Close()
	g.Expect(json.NewEncoder(orders).Encode(batch.Batch{Scenario: "S1", Seed: 1, Runs: 1})).To(Succeed())
	lines := json.NewDecoder(answers)
	var ready, over batch.Answer
	g.Expect(lines.Decode(&ready)).To(Succeed())
	g.Expect(lines.Decode(&over)).To(Succeed())
	g.Expect(orders.Close()).To(Succeed())
	g.Expect(worker.Wait()).To(Succeed())
	g.Expect(ready.Ready).NotTo(BeNil())
	g.Expect(over.Outcome).NotTo(BeNil())
	g.Expect(os.ReadFile(told)).To(BeEquivalentTo(fmt.Sprintln("worker ''")))
}
