package debughttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/scope"
	"github.com/squall-go/squall/scope/debughttp"
)

func ask(method, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	debughttp.Handler().ServeHTTP(w, httptest.NewRequest(method, url, nil))
	return w
}

// server runs body beside a server with one job that is waited for.
func server(t *testing.T, body func(g *WithT)) {
	t.Helper()
	// The bubble ends when the goroutines have: a task that is over leaves the tree a moment later.
	synctest.Test(t, func(t *testing.T) {
		_ = scope.Supervise(context.Background(), "server", func(s *scope.Scope) error {
			free, running := make(chan struct{}), make(chan struct{})
			job := s.Launch("query <db>", func(context.Context) error { close(running); <-free; return nil })
			<-running
			island := scope.Detach(s.Context(), "audit", func(context.Context) error { <-free; return nil })
			defer func() { close(free); _ = island.Join(s.Context()) }()
			body(NewWithT(t))
			_ = job
			return nil
		})
	})
}

func TestText(t *testing.T) {
	server(t, func(g *WithT) {
		w := ask("GET", "/debug/scopes")
		g.Expect(w.Code).To(Equal(200))
		g.Expect(w.Header().Get("Content-Type")).To(Equal("text/plain; charset=utf-8"))
		g.Expect(w.Header().Get("X-Content-Type-Options")).To(Equal("nosniff"))
		g.Expect(w.Body.String()).To(MatchRegexp(`^supervisor server: running, since \S+, created at debughttp/debughttp_test.go:\d+
  job query <db>: running, since \S+, created at debughttp/debughttp_test.go:\d+
island audit: \S+, since \S+, created at debughttp/debughttp_test.go:\d+, detached from server
$`))
	})
}

func TestSubtreeAndIslands(t *testing.T) {
	server(t, func(g *WithT) {
		g.Expect(ask("GET", "/debug/scopes?path=server/query+%3Cdb%3E&format=text").Body.String()).To(HavePrefix("job query <db>: running"))
		g.Expect(ask("GET", "/debug/scopes?islands").Body.String()).To(HavePrefix("island audit: "))
		g.Expect(ask("GET", "/debug/scopes?islands&path=audit").Code).To(Equal(200))
		missing := ask("GET", "/debug/scopes?path=server/nobody")
		g.Expect(missing.Code).To(Equal(404))
		g.Expect(missing.Body.String()).To(Equal("debughttp: no live task has the path \"server/nobody\"\n"))
		g.Expect(ask("GET", "/debug/scopes?path=").Code).To(Equal(404))
	})
}

func TestJSON(t *testing.T) {
	server(t, func(g *WithT) {
		var answer debughttp.Answer
		w := ask("GET", "/debug/scopes?format=json")
		g.Expect(w.Header().Get("Content-Type")).To(Equal("application/json"))
		g.Expect(json.Unmarshal(w.Body.Bytes(), &answer)).To(Succeed())
		g.Expect(answer.Tasks).To(HaveLen(2))
		job := answer.Tasks[0].Children[0]
		g.Expect(job.Path).To(Equal("server/query <db>"))
		g.Expect(job.State).To(Equal("running"))
		g.Expect(filepath.Base(job.Created)).To(HavePrefix("debughttp_test.go:"))
		g.Expect(answer.Tasks[1].Origin).To(Equal("server"))
	})
	g := NewWithT(t)
	g.Expect(ask("GET", "/debug/scopes?format=json").Body.String()).To(ContainSubstring(`"tasks": []`), "nothing is no null")
}

func TestRefusals(t *testing.T) {
	g := NewWithT(t)
	w := ask("POST", "/debug/scopes")
	g.Expect(w.Code).To(Equal(405))
	g.Expect(w.Header().Get("Allow")).To(Equal("GET, HEAD"))
	g.Expect(ask("GET", "/debug/scopes?format=xml").Body.String()).To(Equal("debughttp: unknown format \"xml\"; known are text, json\n"))
	g.Expect(ask("GET", "/debug/scopes?paht=x").Code).To(Equal(400))
}

func TestHead(t *testing.T) {
	server(t, func(g *WithT) {
		head, get := ask("HEAD", "/debug/scopes?path=server"), ask("GET", "/debug/scopes?path=server")
		g.Expect(head.Code).To(Equal(200))
		g.Expect(head.Body.Len()).To(BeZero())
		g.Expect(head.Header().Get("Content-Length")).NotTo(Equal("0"))
		g.Expect(get.Body.Len()).NotTo(BeZero())
	})
}

// Under -race this proves more.
func TestUnderLoad(t *testing.T) {
	g := NewWithT(t)
	web := httptest.NewServer(debughttp.Handler())
	defer web.Close()
	over := make(chan struct{})
	var churn sync.WaitGroup
	for i := range 4 {
		churn.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-over:
					return
				default:
					storm(fmt.Sprintf("request %d.%d", i, n))
				}
			}
		})
	}
	for _, url := range []string{"", "?format=json", "?islands"} {
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for range 50 {
					reply, err := http.Get(web.URL + url)
					if err != nil {
						t.Error(err)
						return
					}
					_, err = io.Copy(io.Discard, reply.Body)
					_ = reply.Body.Close()
					if err != nil || reply.StatusCode != 200 {
						t.Error(reply.Status, err)
					}
				}
			})
		}
		clients.Wait()
	}
	close(over)
	churn.Wait()
	g.Expect(ask("GET", "/").Body.String()).To(BeEmpty(), "nothing is left")
}

func storm(name string) {
	_ = scope.Run(context.Background(), name, func(s *scope.Scope) error {
		m := scope.NewMutex("till")
		for range 4 {
			s.Launch("", func(ctx context.Context) error {
				return m.WithLock(ctx, func() error {
					return scope.Run(context.WithoutCancel(ctx), "inner", func(*scope.Scope) error { return nil })
				})
			})
		}
		island := scope.Detach(s.Context(), "audit", func(context.Context) error { return nil })
		_ = island.Join(s.Context())
		s.Cancel(nil)
		return nil
	})
}

// TestScopeDoesNotImportNetHTTP: whoever needs no endpoint does not pay for one.
func TestScopeDoesNotImportNetHTTP(t *testing.T) {
	g := NewWithT(t)
	files, err := filepath.Glob("../*.go")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).NotTo(BeEmpty())
	for _, file := range files {
		text, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		if !strings.HasSuffix(file, "_test.go") {
			g.Expect(string(text)).NotTo(ContainSubstring(`"net/http"`), file)
		}
	}
}
