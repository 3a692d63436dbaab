package edge

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// switchProtocols hands the two connections to each other after an answer of
// 101, for websockets and the like. The exchange ends with the connection.
func (c *call) switchProtocols(w http.ResponseWriter, response *http.Response) {
	provider, whole := response.Body.(io.ReadWriteCloser)
	if !whole || c.request.ProtoMajor != 1 || upgradeOf(c.request.Header) == nil {
		c.Status = 0
		c.refuse(w, c.noAnswer(errors.New("malformed HTTP response: 101 without an upgrade")))
		return
	}
	c.fence()
	c.conn.tunnel.Store(true)
	consumer, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		c.Fault, c.message = faultCanceled, "the consumer went away before the upgrade"
		panic(http.ErrAbortHandler)
	}
	defer consumer.Close()
	c.proxy.open.end(&c.entry) // Settle does not wait for what may never end
	response.Body = nil
	if response.Write(buffered) != nil || buffered.Flush() != nil {
		c.Fault, c.message = faultCanceled, "the consumer went away before the upgrade"
		return
	}
	early := io.LimitReader(buffered.Reader, int64(buffered.Reader.Buffered()))
	c.RequestBytes, c.ResponseBytes = exchangeBytes(
		stream{io.MultiReader(early, c.conn.TCPConn), c.conn},
		stream{provider, provider},
	)
	c.Took = time.Since(c.Start)
}

// A stream is one end of a tunnel.
type stream struct {
	from io.Reader
	to   io.WriteCloser
}

// exchangeBytes copies both ways until both ends have finished, or one broke.
// An end that has only finished sending is told to the other end as that.
func exchangeBytes(consumer, provider stream) (sent, answered int64) {
	done := make(chan int64, 1)
	go func() {
		n, err := io.Copy(provider.to, consumer.from)
		finish(provider.to, consumer.to, err)
		done <- n
	}()
	answered, err := io.Copy(consumer.to, provider.from)
	finish(consumer.to, provider.to, err)
	return <-done, answered
}

// finish passes the end of a stream on, or ends both where it broke.
func finish(to, from io.Closer, err error) {
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil && half.CloseWrite() == nil {
		return
	}
	to.Close()
	from.Close()
}
