package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Fault is a way for a service to be broken, so that one can see it found.
type Fault string

// The faults. Which edge each of them shows on is told in the shop's README.
const (
	Sound        Fault = ""
	WrongType    Fault = "wrong-type"    // a number is sent as a string
	MissingField Fault = "missing-field" // a field is left out
	WrongStatus  Fault = "wrong-status"  // 200 in place of 201
	NoContext    Fault = "no-context"    // trace context ends here
	Slow         Fault = "slow"          // every answer takes Delay longer
)

// Faults lists what SHOP_BREAK may ask for.
var Faults = []Fault{WrongType, MissingField, WrongStatus, NoContext, Slow}

// Delay is how long a slow service sleeps.
const Delay = 300 * time.Millisecond

// FaultOf reads SHOP_BREAK: "slow" breaks whoever reads it, "stock=slow" only
// the service stock; several are separated by commas, the last one stands.
func FaultOf(service string, getenv func(string) string) (Fault, error) {
	chosen := Sound
	for _, item := range strings.Split(getenv("SHOP_BREAK"), ",") {
		who, what, named := strings.Cut(item, "=")
		if !named {
			who, what = service, item
		}
		switch fault := Fault(what); {
		case item == "":
		case !slices.Contains(Faults, fault):
			return Sound, fmt.Errorf("SHOP_BREAK has %q: set it to SERVICE=FAULT with one of %q", item, Faults)
		case who == service:
			chosen = fault
		}
	}
	return chosen, nil
}

// A Broken says which fields of a service's JSON answers a fault spoils.
type Broken struct {
	Number string // sent as a string by WrongType
	Field  string // left out by MissingField
}

// Break puts a fault in front of a sound handler. NoContext leaves the answer
// alone: see Forget, and traced of call.FromEnv.
func (b Broken) Break(fault Fault, next http.Handler) http.Handler {
	switch fault {
	case WrongType, MissingField, WrongStatus:
		return b.rewrite(fault, next)
	case Slow:
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(Delay):
			case <-r.Context().Done():
			}
			next.ServeHTTP(w, r)
		})
	default:
		return next
	}
}

// Forget takes the trace context off every request before next sees it.
func Forget(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"traceparent", "tracestate", "baggage", "uber-trace-id", "b3"} {
			r.Header.Del(name)
		}
		next.ServeHTTP(w, r)
	})
}

func (b Broken) rewrite(fault Fault, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &held{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(held, r)
		body := held.body.Bytes()
		if fault == WrongStatus {
			if held.status == http.StatusCreated {
				held.status = http.StatusOK
			}
		} else {
			body = b.spoil(fault, body)
		}
		w.WriteHeader(held.status)
		_, _ = w.Write(body) // a caller that has gone cannot be told
	})
}

// spoil leaves alone what is neither an object nor an array of them.
func (b Broken) spoil(fault Fault, body []byte) []byte {
	object := map[string]json.RawMessage{}
	if json.Unmarshal(body, &object) == nil {
		b.spoilObject(fault, object)
		return encoded(object)
	}
	var array []map[string]json.RawMessage
	if json.Unmarshal(body, &array) != nil {
		return body
	}
	for _, object := range array {
		b.spoilObject(fault, object)
	}
	return encoded(array)
}

func (b Broken) spoilObject(fault Fault, object map[string]json.RawMessage) {
	if fault == MissingField {
		delete(object, b.Field)
		return
	}
	if number, ok := object[b.Number]; ok {
		object[b.Number] = encoded(string(number))
	}
}

// encoded never fails for what was JSON before.
func encoded(v any) []byte {
	body, _ := json.Marshal(v)
	return body
}

// held keeps an answer back until it is complete; header is the real one.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
