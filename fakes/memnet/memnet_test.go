package memnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/fakes/memnet"
)

// The whole contract, with TCP beside it, is in scenarios/contract. These are the
// lines of it that a user's test would miss first.
func connected(t *testing.T) (client, server net.Conn, l *memnet.Listener) {
	t.Helper()
	g := NewWithT(t)
	l = memnet.Listen("shop")
	client, err := l.Dial(context.Background())
	g.Expect(err).NotTo(HaveOccurred())
	server, err = l.Accept()
	g.Expect(err).NotTo(HaveOccurred())
	return client, server, l
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	g := NewWithT(t)
	client, server, _ := connected(t)
	go func() {
		_, _ = client.Write([]byte("hello"))
		_ = client.Close()
	}()
	text, err := io.ReadAll(server)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(Equal("hello"))
	g.Expect([]string{client.LocalAddr().String(), client.RemoteAddr().String()}).To(Equal([]string{"shop:1", "shop"}))
	g.Expect([]string{server.LocalAddr().String(), server.RemoteAddr().String()}).To(Equal([]string{"shop", "shop:1"}))
}

func TestWritingToAPeerWhoIsGoneFails(t *testing.T) {
	g := NewWithT(t)
	client, server, _ := connected(t)
	g.Expect(server.Close()).To(Succeed())
	_, err := client.Write([]byte("hello"))
	g.Expect(err).To(MatchError(syscall.EPIPE))
	g.Expect(errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded)).To(BeFalse())
	g.Expect(client.Close()).To(Succeed())
	_, err = client.Write([]byte("hello"))
	g.Expect(err).To(MatchError(net.ErrClosed), "one's own end")
	g.Expect(client.Close()).To(MatchError(net.ErrClosed), "a second time")
}

func TestAListenerThatIsClosed(t *testing.T) {
	g := NewWithT(t)
	l := memnet.Listen("shop")
	waiting, err := l.Dial(context.Background())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(l.Close()).To(Succeed())
	_, err = waiting.Read(make([]byte, 1))
	g.Expect(err).To(Equal(io.EOF), "in the backlog")
	_, err = l.Accept()
	g.Expect(err).To(MatchError(net.ErrClosed))
	_, err = l.Dial(context.Background())
	g.Expect(err).To(MatchError(syscall.ECONNREFUSED))
	g.Expect(l.Close()).To(MatchError(net.ErrClosed), "a second time")

	gone, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("nobody wants to know any more"))
	_, err = memnet.Listen("shop").Dial(gone)
	g.Expect(err).To(MatchError("dial mem shop: nobody wants to know any more"))
}
