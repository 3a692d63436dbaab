package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Two jobs that ask for the same have one plan, wherever they go to; what they
// ask for in other ways shows.
func TestThePlanOfAJobTellsWhatWasAskedFor(t *testing.T) {
	get := []Request{{URL: "http://127.0.0.1:1/items?n=1"}}
	for name, c := range map[string]struct {
		job  Job
		want map[string]string
	}{
		"a rate": {Job{Requests: get, Rate: 50, For: time.Second}, map[string]string{"arrivals": "50/s", "length": "1s", "requests": "GET /items?n=…"}},
		"by chance, warmed up": {
			Job{Requests: get, Rate: 50, Poisson: true, For: time.Second, WarmUp: time.Minute, Protocol: "h2"},
			map[string]string{"arrivals": "50/s by chance", "length": "1s", "warm-up": "1m0s", "protocol": "h2", "requests": "GET /items?n=…"},
		},
		"stages": {
			Job{Requests: get, Stages: []Stage{{0, 10, time.Second}, {10, 10, time.Minute}}},
			map[string]string{"arrivals": "0/s..10/s:1s,10/s..10/s:1m0s", "length": "1m1s", "requests": "GET /items?n=…"},
		},
		"connections, a body": {
			Job{Requests: []Request{{Method: "POST", URL: "http://127.0.0.1:1/items", Body: []byte("lamp")}}, Connections: 4, For: time.Second},
			map[string]string{"arrivals": "as fast as 4 connections go", "length": "1s", "requests": "POST /items with 4 bytes"},
		},
		"a query of secrets": {
			Job{Requests: []Request{{URL: "http://ann:hunter2@127.0.0.1:1/?hunter2&a=hunter2&token=hun=ter2"}}, Rate: 1, For: time.Second},
			map[string]string{"arrivals": "1/s", "length": "1s", "requests": "GET /?…&a=…&token=…"},
		},
		"flows": {
			Job{For: time.Second, Rate: 1, Flows: []Flow{{Name: "buy", Weight: 3, Steps: []Step{{Request: get[0]}, {Request: Request{URL: "http://127.0.0.1:1/items/{{id}}"}}}}, {Name: "look"}}},
			map[string]string{"arrivals": "1/s", "length": "1s", "requests": "3 times buy (GET /items?n=… then GET /items/{{id}}), 1 times look ()"},
		},
		"recorded": {Job{Requests: make([]Request, 0), Times: []time.Duration{0, time.Second}, For: 2 * time.Second}, map[string]string{"arrivals": "2 recorded", "length": "2s"}},
	} {
		if diff := cmp.Diff(c.want, c.job.about()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
