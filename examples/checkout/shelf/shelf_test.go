package shelf

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/memnet"
	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
)

func TestShelf(t *testing.T) { harness.RunSpecs(t, "shelf") }

var _ = harness.Explore("the shelf answers in time", func(r *harness.Run) {
	ctx, giveUp := context.WithTimeout(r.Context(), time.Second) // of virtual time
	defer giveUp()
	ask(r, ctx)
},
	harness.Faults("shelf/...", faults.Error, faults.Delay, faults.Hang),
	harness.Sometimes("it was out of reach", "nobody waited any longer"),
	harness.Controls(harness.Control{
		Name: "waits-for-ever", Story: "the client has no timeout", Breaks: "P-STARVE",
		Body: func(r *harness.Run) { ask(r, r.Context()) },
	}))

// ask runs the server and a client of it in the bubble, where a socket could not be
// waited for.
func ask(r *harness.Run, ctx context.Context) {
	network := memnet.Listen("shop")
	server := &http.Server{
		Handler:     http.HandlerFunc(Look),
		BaseContext: func(net.Listener) context.Context { return r.Context() }, // requests have its task
	}
	go server.Serve(network)
	defer server.Shutdown(context.Background()) // waits for the requests
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // a connection that is kept would be left over
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return network.Dial(ctx) },
	}}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://shop/", nil)
	r.Expect(err).NotTo(HaveOccurred())
	resp, err := client.Do(req)
	r.Sometimes("nobody waited any longer", errors.Is(err, context.DeadlineExceeded))
	if err != nil {
		r.Expect(err).To(MatchError(context.DeadlineExceeded))
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	r.Expect(err).NotTo(HaveOccurred())
	r.Sometimes("it was out of reach", resp.StatusCode == http.StatusServiceUnavailable)
	if resp.StatusCode == http.StatusOK {
		r.Expect(string(body)).To(Equal("tea"))
	}
}
