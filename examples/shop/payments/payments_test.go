package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/mocktracer"
)

func call(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestCharges(t *testing.T) {
	for _, test := range []struct {
		reason, method, path, body string
		status                     int
		want                       string // part of the body
	}{
		{"a good card", "POST", "/charges", `{"amount":2500,"currency":"EUR","card":"4242424242424242"}`, 201, `"status":"approved","amount":2500,"currency":"EUR"`},
		{"the test card", "POST", "/charges", `{"amount":2500,"currency":"EUR","card":"4000000000000002"}`, 402, "card_declined"},
		{"a card declined by a provider state", "POST", "/charges", `{"amount":2500,"currency":"EUR","card":"5555555555554444"}`, 402, "card_declined"},
		{"no amount", "POST", "/charges", `{"currency":"EUR","card":"4242424242424242"}`, 400, "amount 0 is not positive"},
		{"no currency", "POST", "/charges", `{"amount":1,"card":"4242424242424242"}`, 400, "no ISO 4217 code"},
		{"a short card number", "POST", "/charges", `{"amount":1,"currency":"EUR","card":"42"}`, 400, "16 digits"},
		{"an amount that is a string", "POST", "/charges", `{"amount":"1"}`, 400, "bad_request"},
		{"an earlier charge", "GET", "/charges/ch-7", "", 200, `{"id":"ch-7","status":"approved","amount":990,"currency":"EUR"`},
		{"no such charge", "GET", "/charges/ch-8", "", 404, "unknown_charge"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			l := &ledger{}
			for _, state := range []string{
				`{"state":"the card is declined","params":{"card":"5555555555554444"}}`,
				`{"state":"a charge exists","params":{"id":"ch-7","amount":990,"currency":"EUR"}}`,
			} {
				if set := call(l.states(), "POST", "/", state); set.Code != http.StatusOK {
					t.Fatalf("set up: %d %s", set.Code, set.Body)
				}
			}
			answer := call(l.routes(), test.method, test.path, test.body)
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), test.want) {
				t.Errorf("%d %s, wanted %d with %s", answer.Code, answer.Body, test.status, test.want)
			}
		})
	}
}

func TestChargeIsKept(t *testing.T) {
	l := &ledger{}
	made := call(l.routes(), "POST", "/charges", `{"amount":1,"currency":"EUR","card":"4242424242424242"}`)
	var c charge
	if err := json.Unmarshal(made.Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if age := time.Since(c.At); age < 0 || age > time.Minute {
		t.Errorf("charged %s ago", age)
	}
	found := call(l.routes(), "GET", "/charges/"+c.ID, "")
	if diff := cmp.Diff(made.Body.String(), found.Body.String()); diff != "" {
		t.Errorf("charge (-made +found):\n%s", diff)
	}
}

func TestTraced(t *testing.T) {
	for _, test := range []struct {
		reason, path, name string
		parent             bool
		status             uint16
		failed             bool
	}{
		{"named after its route, below its caller", "/charges/ch-1", "GET /charges/{id}", true, 404, false},
		{"without a caller it begins a trace", "/charges/ch-1", "GET /charges/{id}", false, 404, false},
		{"no route", "/nowhere", "GET", true, 404, false},
		{"a failure of ours", "/fail", "GET /fail", true, 500, true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("GET /charges/{id}", (&ledger{}).routes())
			mux.HandleFunc("GET /fail", func(w http.ResponseWriter, r *http.Request) {
				tell(r, "lost")
				w.WriteHeader(http.StatusInternalServerError)
			})
			tracer := mocktracer.New()
			request := httptest.NewRequest(http.MethodGet, test.path, nil)
			caller := tracer.StartSpan("caller").(*mocktracer.MockSpan)
			if test.parent {
				if err := tracer.Inject(caller.Context(), opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(request.Header)); err != nil {
					t.Fatal(err)
				}
			}
			traced(tracer, mux).ServeHTTP(httptest.NewRecorder(), request)
			span := tracer.FinishedSpans()[0]
			if span.OperationName != test.name || span.Tag("http.status_code") != test.status || span.Tag("error") != test.failed {
				t.Errorf("%s with %v", span.OperationName, span.Tags())
			}
			if child := span.ParentID == caller.SpanContext.SpanID; child != test.parent {
				t.Errorf("child of the caller: %v", child)
			}
			if told := span.Tag("shop.outcome") == "lost" && len(span.Logs()) == 1; told != test.failed {
				t.Errorf("%v and %v tell of the outcome: %v", span.Tags(), span.Logs(), told)
			}
		})
	}
	tell(httptest.NewRequest(http.MethodGet, "/", nil), "without a span nothing happens")
}
