// Package debughttp shows what is alive in package scope on a debug endpoint,
// beside net/http/pprof:
//
//	mux.Handle("/debug/scopes", debughttp.Handler())
//
// It answers GET and HEAD:
//
//	/debug/scopes                  everything alive, as a tree: scope.Dump
//	/debug/scopes?path=server/db   the tasks of that path, and what is below them
//	/debug/scopes?islands          what no cancellation of its maker reaches: scope.Islands
//	/debug/scopes?format=json      the same for a program; see [Answer]
//
// A path that no live task has is 404; an unknown format or parameter is 400.
//
// Like pprof's, the endpoint tells names, source files and causes of
// cancellations to whoever asks: keep it off the public listener. One snapshot is
// taken at a time, so a flood of requests costs no more than one core; a client
// that reads slowly holds up nobody.
//
// It is a package of its own because package scope must not import net/http.
package debughttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/squall-go/squall/scope"
)

// Answer is the document for format=json.
type Answer struct {
	Taken time.Time `json:"taken"`
	Tasks []Task    `json:"tasks"` // oldest first; never null
}

// Task is one live task; see [scope.Node]. Fields may be added.
type Task struct {
	Kind     string    `json:"kind"`
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	State    string    `json:"state"`
	Waiting  string    `json:"waiting,omitempty"`
	Cancel   string    `json:"cancel,omitempty"` // cause of its cancellation
	Since    time.Time `json:"since"`
	Created  string    `json:"created"` // file:line
	Origin   string    `json:"origin,omitempty"`
	Children []Task    `json:"children,omitempty"`
}

// Handler is the endpoint. It keeps nothing between requests.
func Handler() http.Handler { return new(handler) }

type handler struct {
	one sync.Mutex // one snapshot at a time
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "debughttp: only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	q, err := parse(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body, found := h.answer(q)
	if !found {
		http.Error(w, "debughttp: no live task has the path "+strconv.Quote(q.path), http.StatusNotFound)
		return
	}
	contentType := "text/plain; charset=utf-8"
	if q.json {
		contentType = "application/json"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // an error is the client's
	}
}

type query struct {
	json, islands, oneTask bool
	path                   string
}

func parse(r *http.Request) (q query, err error) {
	for name, values := range r.URL.Query() {
		value := values[len(values)-1]
		switch name {
		case "format":
			if value != "json" && value != "text" {
				return q, fmt.Errorf("debughttp: unknown format %.80q; known are text, json", value)
			}
			q.json = value == "json"
		case "path":
			q.path, q.oneTask = value, true
		case "islands":
			q.islands = true
		default:
			return q, fmt.Errorf("debughttp: unknown parameter %.80q; known are format, islands, path", name)
		}
	}
	return q, nil
}

// answer is the whole body, made before anything is sent.
func (h *handler) answer(q query) (body []byte, found bool) {
	h.one.Lock()
	defer h.one.Unlock()
	taken, tasks := time.Now(), look(q)
	if q.oneTask && len(tasks) == 0 {
		return nil, false
	}
	if !q.json {
		var text bytes.Buffer
		for _, n := range tasks {
			text.WriteString(n.String())
		}
		return text.Bytes(), true
	}
	body, err := json.MarshalIndent(Answer{Taken: taken, Tasks: tell(tasks)}, "", "  ")
	if err != nil { // a time outside of the years 0 to 9999
		body = strconv.AppendQuote(nil, err.Error())
	}
	return append(body, '\n'), true
}

func look(q query) []scope.Node {
	all := scope.Snapshot
	if q.islands {
		all = scope.Islands
	}
	if !q.oneTask {
		return all()
	}
	return below(nil, all(), q.path)
}

// below adds the tasks with that path: siblings may share one.
func below(found, nodes []scope.Node, path string) []scope.Node {
	for _, n := range nodes {
		if n.Path == path {
			found = append(found, n)
			continue
		}
		found = below(found, n.Children, path)
	}
	return found
}

func tell(nodes []scope.Node) []Task {
	tasks := make([]Task, len(nodes))
	for i, n := range nodes {
		tasks[i] = Task{
			Kind: n.Kind, Name: n.Name, Path: n.Path, State: n.State, Waiting: n.Waiting,
			Since: n.Since, Created: n.Created, Origin: n.Origin, Children: tell(n.Children),
		}
		if n.Cancel != nil {
			tasks[i].Cancel = n.Cancel.Error()
		}
	}
	return tasks
}
