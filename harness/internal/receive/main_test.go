package receive

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for; it is reached only by a fault.
const patience = 20 * time.Second

// A tub is a sink that keeps what it gets, unless refuse says otherwise.
type tub struct {
	refuse func([]*trace.Span) error // may be nil

	mu    sync.Mutex
	spans []*trace.Span // guarded by mu
}

func (b *tub) take(spans []*trace.Span) error {
	if b.refuse != nil {
		if err := b.refuse(spans); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spans = append(b.spans, spans...)
	return nil
}

func (b *tub) all() []*trace.Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*trace.Span(nil), b.spans...)
}

// named waits for the span of this name: a sender may answer before it sent.
func (b *tub) named(t testing.TB, name string) *trace.Span {
	t.Helper()
	var found *trace.Span
	eventually(t, "a span named "+name, func() bool {
		for _, s := range b.all() {
			if s.Name == name {
				found = s
			}
		}
		return found != nil
	})
	return found
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s within %s", what, patience)
		}
	}
}

// open starts a receiver and closes it, and the client's connections, at the end.
func open(t testing.TB, c Config) (*Receiver, *tub) {
	t.Helper()
	var b tub
	if c.Sink == nil {
		c.Sink = b.take
	}
	r, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := r.Close(within(t)); err != nil {
			t.Error(err)
		}
	})
	return r, &b
}

// within is a context for one act of a test. It outlives the test's own, which
// ends before its clean-up runs.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	return ctx
}

// numbered makes n spans whose ids count on from first.
func numbered(first uint64, n int) ptrace.Traces {
	all := ptrace.NewTraces()
	rs := all.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "sender")
	ss := rs.ScopeSpans().AppendEmpty()
	for i := range uint64(n) {
		var id pcommon.SpanID
		binary.BigEndian.PutUint64(id[:], first+i)
		s := ss.Spans().AppendEmpty()
		s.SetTraceID(pcommon.TraceID{15: 1})
		s.SetSpanID(id)
		s.SetName("n")
	}
	return all
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var to bytes.Buffer
	z := gzip.NewWriter(&to)
	_, err := z.Write(content)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// deflated is compressed as HTTP's coding "deflate" is: in zlib's format.
func deflated(t testing.TB, content []byte) []byte {
	t.Helper()
	var to bytes.Buffer
	z := zlib.NewWriter(&to)
	_, err := z.Write(content)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// A reply is an answer that was read to its end.
type reply struct {
	*http.Response
	body string
}

// post sends a body; header is "Name: value" lines.
func post(t testing.TB, url, header string, body []byte) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(within(t), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer, string(text)}
}
