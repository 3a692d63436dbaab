package wrap

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/uber/jaeger-client-go/thrift"
	"github.com/uber/jaeger-client-go/thrift-gen/agent"
	jaegerthrift "github.com/uber/jaeger-client-go/thrift-gen/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A seen is what the tests look at of a span, whoever sent it.
type seen struct {
	Service, Name, Kind string
	Trace, ID, Parent   string // hexadecimal; Parent "" for a root
	Attrs               map[string]string
}

// A collector takes OTLP at /v1/traces and Jaeger's Thrift at /api/traces.
type collector struct {
	URL   string
	mu    sync.Mutex
	spans []seen // guarded by mu
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", c.otlp(t))
	mux.HandleFunc("POST /api/traces", func(_ http.ResponseWriter, r *http.Request) {
		var batch jaegerthrift.Batch
		if err := batch.Read(r.Context(), protocol(t, r.Body, thrift.NewTBinaryProtocolFactoryConf(nil))); err != nil {
			t.Errorf("decode a Thrift batch: %v", err)
		}
		c.addJaeger(&batch)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func protocol(t *testing.T, from io.Reader, factory thrift.TProtocolFactory) thrift.TProtocol {
	t.Helper()
	body, err := io.ReadAll(from)
	if err != nil {
		t.Errorf("read a batch: %v", err)
	}
	return factory.GetProtocol(&thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(body)})
}

func (c *collector) otlp(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := ptraceotlp.NewExportRequest()
		if err == nil {
			err = request.UnmarshalProto(body)
		}
		if err != nil {
			t.Errorf("decode an OTLP request: %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, resource := range request.Traces().ResourceSpans().All() {
			service, _ := resource.Resource().Attributes().Get("service.name")
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					attrs := map[string]string{}
					for key, value := range span.Attributes().All() {
						attrs[key] = value.AsString()
					}
					trace, id, parent := span.TraceID(), span.SpanID(), span.ParentSpanID()
					s := seen{Service: service.AsString(), Name: span.Name(), Kind: span.Kind().String(), Attrs: attrs,
						Trace: hex.EncodeToString(trace[:]), ID: hex.EncodeToString(id[:])}
					if !parent.IsEmpty() {
						s.Parent = hex.EncodeToString(parent[:])
					}
					c.add(s)
				}
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}
}

func (c *collector) addJaeger(batch *jaegerthrift.Batch) {
	for _, span := range batch.Spans {
		s := seen{
			Service: batch.Process.ServiceName, Name: span.OperationName, Attrs: map[string]string{},
			Trace: hexOf(span.TraceIdHigh) + hexOf(span.TraceIdLow), ID: hexOf(span.SpanId),
		}
		if span.ParentSpanId != 0 {
			s.Parent = hexOf(span.ParentSpanId)
		}
		for _, tag := range span.Tags {
			s.Attrs[tag.Key] = tag.GetVStr()
		}
		c.add(s)
	}
}

func hexOf(n int64) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func (c *collector) add(s seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, s)
}

// named returns the one span of that name.
func (c *collector) named(t *testing.T, name string) seen {
	t.Helper()
	return c.one(t, "named "+name, func(s seen) bool { return s.Name == name })
}

// kind returns the one span of that kind.
func (c *collector) kind(t *testing.T, kind string) seen {
	t.Helper()
	return c.one(t, "of kind "+kind, func(s seen) bool { return s.Kind == kind })
}

// child returns the one span whose parent is the given one.
func (c *collector) child(t *testing.T, of seen) seen {
	t.Helper()
	return c.one(t, "below "+of.Name, func(s seen) bool { return s.Parent == of.ID })
}

func (c *collector) one(t *testing.T, what string, is func(seen) bool) seen {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []seen
	for _, s := range c.spans {
		if is(s) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans are %s, wanted 1, of %+v", len(found), what, c.spans)
	}
	return found[0]
}

func (c *collector) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.spans)
}

// wait returns once there are n spans.
func (c *collector) wait(t *testing.T, n int, within time.Duration) {
	t.Helper()
	for deadline := time.Now().Add(within); c.count() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d spans within %s, wanted %d", c.count(), within, n)
		}
	}
}

// newAgent takes Jaeger's compact Thrift over UDP and adds it to c.
func newAgent(t *testing.T, c *collector) (port string) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() {
		if err := socket.Close(); err != nil {
			t.Error(err)
		}
		done.Wait()
	})
	done.Go(func() {
		packet := make([]byte, 65536)
		for {
			n, _, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			in := protocol(t, bytes.NewReader(packet[:n]), thrift.NewTCompactProtocolFactoryConf(nil))
			var call agent.AgentEmitBatchArgs
			if _, _, _, err := in.ReadMessageBegin(context.Background()); err != nil {
				t.Errorf("decode a datagram: %v", err)
				continue
			}
			if err := call.Read(context.Background(), in); err != nil {
				t.Errorf("decode emitBatch: %v", err)
				continue
			}
			c.addJaeger(call.Batch)
		}
	})
	_, port, err = net.SplitHostPort(socket.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
