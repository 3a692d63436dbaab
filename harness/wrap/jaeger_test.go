package wrap

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/ext"
)

// legacy is a service as it stood before OpenTelemetry: it takes its parent
// from the request and calls next, if any, with a context of its own.
func legacy(t *testing.T, tracer opentracing.Tracer, name, next string) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		parent, _ := tracer.Extract(opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(r.Header))
		span := tracer.StartSpan(name, ext.RPCServerOption(parent))
		defer span.Finish()
		if next == "" {
			return
		}
		request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, next, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if err := tracer.Inject(span.Context(), opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(request.Header)); err != nil {
			t.Error(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		answer.Body.Close()
	})
}

// modern is a wrapped service that answers at /name and calls next, if any.
func modern(t *testing.T, name, next string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+name, func(_ http.ResponseWriter, r *http.Request) {
		if next != "" {
			forward(r.Context(), t, next)
		}
	})
	return Handler(mux)
}

func startJaeger(t *testing.T, service string) (tracer opentracing.Tracer, flush func()) {
	t.Helper()
	tracer, closer, err := Jaeger(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closer.Close() })
	return tracer, func() {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
}

// One trace runs through modern -> legacy -> modern -> legacy, so the context
// crosses both ways twice, over each kind of header that may be in use.
func TestOneTraceAcrossBothWorlds(t *testing.T) {
	for _, test := range []struct{ reason, propagators string }{
		{"W3C headers alone", ""},
		{"Jaeger's header alone", "jaeger"},
		{"both at once, as behind an edge", "tracecontext,baggage,jaeger"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCollector(t)
			t.Setenv("OTEL_PROPAGATORS", test.propagators)
			t.Setenv("JAEGER_ENDPOINT", c.URL+"/api/traces")
			flush := begin(t, c, "modern")
			tracer, flushJaeger := startJaeger(t, "legacy")

			last := serve(t, legacy(t, tracer, "fourth", ""))
			third := serve(t, modern(t, "third", last))
			second := serve(t, legacy(t, tracer, "second", third+"/third"))
			first := serve(t, modern(t, "first", second))
			get(t, http.DefaultClient, first+"/first")
			flush()
			flushJaeger()

			root := c.named(t, "GET /first")
			if root.Parent != "" || strings.HasPrefix(root.Trace, strings.Repeat("0", 16)) {
				t.Errorf("%+v is not the root of a trace with an id of 128 bits", root)
			}
			at := root
			for _, want := range []struct{ service, name string }{
				{"modern", "HTTP GET"}, {"legacy", "second"}, {"modern", "GET /third"}, {"modern", "HTTP GET"}, {"legacy", "fourth"},
			} {
				next := c.child(t, at)
				if next.Service != want.service || next.Name != want.name || next.Trace != root.Trace {
					t.Fatalf("below %s is %+v, wanted %s of %s in trace %s", at.Name, next, want.name, want.service, root.Trace)
				}
				at = next
			}
		})
	}
}

func TestLegacyServiceBeginsTheTrace(t *testing.T) {
	c := newCollector(t)
	t.Setenv("JAEGER_ENDPOINT", c.URL+"/api/traces")
	flush := begin(t, c, "modern")
	tracer, flushJaeger := startJaeger(t, "legacy")
	back := serve(t, modern(t, "back", ""))
	get(t, http.DefaultClient, serve(t, legacy(t, tracer, "front", back+"/back")))
	flush()
	flushJaeger()

	root := c.named(t, "front")
	if root.Parent != "" || strings.HasPrefix(root.Trace, strings.Repeat("0", 16)) {
		t.Errorf("%+v is not the root of a trace with an id of 128 bits", root)
	}
	if next := c.child(t, root); next.Name != "GET /back" || next.Trace != root.Trace {
		t.Errorf("below the root is %+v", next)
	}
}

func TestJaegerOverUDP(t *testing.T) {
	c := newCollector(t)
	t.Setenv("JAEGER_AGENT_HOST", "127.0.0.1")
	t.Setenv("JAEGER_AGENT_PORT", newAgent(t, c))
	t.Setenv("JAEGER_REPORTER_ATTEMPT_RECONNECTING_DISABLED", "true")
	tracer, flush := startJaeger(t, "legacy")
	tracer.StartSpan("x").Finish()
	flush()
	c.wait(t, 1, 5*time.Second)
	if got := c.named(t, "x"); got.Service != "legacy" {
		t.Errorf("%+v is not of the service", got)
	}
}

func TestJaegerSpansLeaveInTime(t *testing.T) {
	c := newCollector(t)
	t.Setenv("JAEGER_ENDPOINT", c.URL+"/api/traces")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
	tracer, _ := startJaeger(t, "legacy")
	tracer.StartSpan("x").Finish()
	c.wait(t, 1, 900*time.Millisecond) // the client's own delay is 1 s
}

func TestJaegerWithoutEndpoint(t *testing.T) {
	tracer, _ := startJaeger(t, "legacy")
	var passed http.Header
	back := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed = r.Header }))
	const trace = "0af7651916cd43dd8448eb211c80319c"
	get(t, http.DefaultClient, serve(t, legacy(t, tracer, "front", back)), "traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	for _, name := range []string{"traceparent", "uber-trace-id"} {
		if !strings.Contains(passed.Get(name), trace) {
			t.Errorf("%s is %q, wanted trace %s", name, passed.Get(name), trace)
		}
	}
}

func TestJaegerNamesWhatItCannotDo(t *testing.T) {
	for _, test := range []struct{ reason, name, value, service, want string }{
		{"a sampler that does not exist", "JAEGER_SAMPLER_TYPE", "coin", "legacy", "coin"},
		{"a parameter that is no number", "JAEGER_SAMPLER_PARAM", "half", "legacy", "JAEGER_SAMPLER_PARAM"},
		{"an endpoint that is no URL", "JAEGER_ENDPOINT", "here", "legacy", "JAEGER_ENDPOINT"},
		{"an endpoint without a scheme", "JAEGER_ENDPOINT", "localhost:14268/api/traces", "legacy", "JAEGER_ENDPOINT"},
		{"tags without a value, which the client panics on", "JAEGER_TAGS", "a=b,", "legacy", "JAEGER_TAGS"},
		{"no name for the service", "JAEGER_SERVICE_NAME", "", "", "no service name"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Setenv(test.name, test.value)
			_, _, err := Jaeger(test.service)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, wanted one that names %q", err, test.want)
			}
		})
	}
}

func TestJaegerDisabled(t *testing.T) {
	t.Setenv("JAEGER_DISABLED", "true")
	tracer, closer, err := Jaeger("legacy")
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	recorder := httptest.NewRecorder()
	legacy(t, tracer, "x", "").ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	if recorder.Code != http.StatusOK {
		t.Errorf("status %d", recorder.Code)
	}
}

func TestEnvironmentNamesTheLegacyService(t *testing.T) {
	c := newCollector(t)
	t.Setenv("JAEGER_ENDPOINT", c.URL+"/api/traces")
	t.Setenv("JAEGER_SERVICE_NAME", "deployed")
	t.Setenv("JAEGER_TRACEID_128BIT", "false")
	tracer, flush := startJaeger(t, "legacy")
	tracer.StartSpan("x").Finish()
	flush()
	got := c.named(t, "x")
	if got.Service != "deployed" || strings.HasPrefix(got.Trace, strings.Repeat("0", 16)) {
		t.Errorf("%+v, wanted service deployed and 128 bits all the same", got)
	}
}
