package wrap

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// begin starts telemetry towards c and returns what sends the rest.
func begin(t *testing.T, c *collector, service string) (flush func()) {
	t.Helper()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	telemetry, err := Start(t.Context(), Config{Service: service})
	if err != nil {
		t.Fatal(err)
	}
	flush = func() {
		t.Helper()
		if err := telemetry.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(flush)
	return flush
}

func serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func get(t *testing.T, client *http.Client, url string, headers ...string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
}

func TestNothingIsSentUnlessAsked(t *testing.T) {
	const incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, test := range []struct {
		reason string
		env    map[string]string
	}{
		{"no endpoint is set", nil},
		{"the SDK is disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}},
		{"the SDK is disabled in capitals", map[string]string{"OTEL_SDK_DISABLED": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}},
		{"no exporter is wanted", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			telemetry, err := Start(t.Context(), Config{})
			if err != nil {
				t.Fatal(err)
			}
			_, span := otel.Tracer("test").Start(t.Context(), "x")
			if span.IsRecording() {
				t.Error("a span is recorded")
			}
			var passed string
			back := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed = r.Header.Get("traceparent") }))
			front := serve(t, Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				forward(r.Context(), t, back)
			})))
			get(t, http.DefaultClient, front, "traceparent", incoming)
			if diff := cmp.Diff(incoming, passed); diff != "" {
				t.Errorf("context did not pass through (-want +got):\n%s", diff)
			}
			if err := telemetry.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// forward calls url as a wrapped service does in the course of a request.
func forward(ctx context.Context, t *testing.T, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	client := Client(nil)
	answer, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return
	}
	answer.Body.Close()
}

func TestStartNamesWhatItCannotDo(t *testing.T) {
	for _, test := range []struct{ reason, name, value string }{
		{"an exporter that is not linked", "OTEL_TRACES_EXPORTER", "zipkin"},
		{"a protocol that is not linked", "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
		{"an address without a scheme", "OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4317"},
		{"a name without a scheme", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "localhost:4317"},
		{"a queue of nothing", "OTEL_BSP_MAX_QUEUE_SIZE", "-1"},
		{"a batch of nothing", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-512"},
		{"the variable for traces alone", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "udp"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			t.Setenv(test.name, test.value)
			_, err := Start(t.Context(), Config{})
			if err == nil || !strings.Contains(err.Error(), test.value) || !strings.Contains(err.Error(), "set it to") {
				t.Errorf("error %v, wanted one that names %q and what to set", err, test.value)
			}
		})
	}
}

func TestServiceName(t *testing.T) {
	for _, test := range []struct{ reason, env, config, want string }{
		{"the configuration names it", "", "books", "books"},
		{"the environment is the stronger", "deployed", "books", "deployed"},
		{"the program's name stands in", "", "", "wrap.test"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Setenv("OTEL_SERVICE_NAME", test.env)
			c := newCollector(t)
			flush := begin(t, c, test.config)
			_, span := otel.Tracer("test").Start(t.Context(), "x")
			span.End()
			flush()
			if diff := cmp.Diff(test.want, c.named(t, "x").Service); diff != "" {
				t.Errorf("service.name (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAWrongResourceStopsNoService: what can be read of it is sent.
func TestAWrongResourceStopsNoService(t *testing.T) {
	var told error
	before := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { told = errors.Join(told, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(before) })
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "broken,service.name=books")
	t.Setenv("OTEL_SDK_DISABLED", "1") // which is not how it is written
	c := newCollector(t)
	flush := begin(t, c, "")
	_, span := otel.Tracer("test").Start(t.Context(), "x")
	span.End()
	flush()
	if got := c.named(t, "x").Service; got != "books" {
		t.Errorf("service.name = %q", got)
	}
	if told == nil || !strings.Contains(told.Error(), `OTEL_RESOURCE_ATTRIBUTES is "broken,service.name=books"`) {
		t.Errorf("told %v", told)
	}
}

func TestSpansLeaveInTime(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
	begin(t, c, "books")
	_, span := otel.Tracer("test").Start(t.Context(), "x")
	span.End()
	c.wait(t, 1, 4*time.Second) // the default delay is 5 s
}

func TestHandlerNamesSpansByRoute(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /books/{id}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/any/", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /panic/{id}", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, test := range []struct {
		reason, path, name, route string
		handler                   http.Handler
	}{
		{"method and pattern, not the path", "/books/7", "GET /books/{id}", "/books/{id}", mux},
		{"a pattern without a method", "/any/thing", "GET /any/", "/any/", mux},
		{"no pattern matched", "/nowhere", "GET", "", mux},
		{"no mux at all", "/books/7", "GET", "", http.NotFoundHandler()},
		{"a handler that panics was routed all the same", "/panic/7", "GET", "/panic/{id}", mux},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCollector(t)
			flush := begin(t, c, "books")
			server := httptest.NewServer(Handler(test.handler))
			answer, err := server.Client().Get(server.URL + test.path)
			if err == nil {
				answer.Body.Close()
			}
			server.Close()
			flush()
			got := c.named(t, test.name)
			if diff := cmp.Diff([]string{test.route, "Server"}, []string{got.Attrs["http.route"], got.Kind}); diff != "" {
				t.Errorf("route and kind (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGRPC(t *testing.T) {
	c := newCollector(t)
	flush := begin(t, c, "books")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(ServerOption())
	healthpb.RegisterHealthServer(server, health.NewServer())
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), DialOption(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, root := otel.Tracer("test").Start(t.Context(), "root")
	if _, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
	root.End()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	server.GracefulStop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	flush()
	at := c.named(t, "root")
	for _, kind := range []string{"Client", "Server"} {
		next := c.kind(t, kind)
		if next.Trace != at.Trace || next.Parent != at.ID || next.Name != "grpc.health.v1.Health/Check" {
			t.Errorf("%s span %+v is no child of %+v", kind, next, at)
		}
		at = next
	}
}
