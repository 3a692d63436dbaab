package mocks_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/mocks"
)

// later is a T that notes failures and runs its cleanups when told.
type later struct {
	*testing.T
	said     *[]string
	cleanups *[]func()
}

func newLater(t *testing.T) later { return later{t, new([]string), new([]func())} }

func (l later) Errorf(format string, args ...any) {
	*l.said = append(*l.said, fmt.Sprintf(format, args...))
}
func (l later) Failed() bool     { return len(*l.said) > 0 }
func (l later) Cleanup(f func()) { *l.cleanups = append(*l.cleanups, f) }

func (l later) end() []string {
	for n := len(*l.cleanups) - 1; n >= 0; n-- {
		(*l.cleanups)[n]()
	}
	return *l.said
}

const two = `
	{"description": "an order", "providerStates": [{"name": "order 7 exists"}], "request": {"method": "GET", "path": "/orders/7"},
		"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 7, "self": "x"},
			"generators": {"body": {"$.self": {"type": "MockServerURL", "regex": ".*(/orders/.*)", "example": "http://x/orders/7"}}}}},
	{"description": "a new order", "request": {"method": "POST", "path": "/orders", "headers": {"Content-Type": "application/json"}, "body": {"sku": "a1"},
		"matchingRules": {"body": {"$.sku": {"matchers": [{"match": "type"}]}}}}, "response": {"status": 201}}`

func TestRecordHoldsTheConsumerToItsPact(t *testing.T) {
	tests := []struct {
		requests []string
		faults   []string
		reason   string
	}{
		{[]string{"GET /orders/7", `POST /orders {"sku":"zz"}`}, nil, "all was asked for, and nothing else"},
		{[]string{"GET /orders/7", "GET /orders/7", `POST /orders {"sku":"zz"}`}, nil, "twice is no fault"},
		{[]string{`POST /orders {"sku":"zz"}`}, []string{`"an order" (GET /orders/7) given "order 7 exists" was never asked for`}, "one is missing"},
		{[]string{"GET /orders/7", `POST /orders {"sku":5}`}, []string{`is not quite that of "a new order"`, "was never asked for"}, "the body differs"},
		{[]string{"GET /orders/7", `POST /orders {"sku":"zz","more":1}`}, []string{"but received one with keys", "was never asked for"}, "requests are strict about keys"},
		{[]string{"GET /orders/7", `POST /orders {"sku":"zz"}`, "DELETE /orders/7"}, []string{"unexpected request DELETE /orders/7"}, "a request too many"},
		{[]string{"GET /orders/7?all=1", `POST /orders {"sku":"zz"}`}, []string{"Unexpected query parameter 'all' received", "was never asked for"}, "a parameter too many"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			dir, l := t.TempDir(), newLater(t)
			mock := mocks.Record(l, parse(t, two), dir)
			for _, request := range tt.requests {
				ask(t, mock.URL, request, nil)
			}
			said := l.end()
			if len(said) != len(tt.faults) {
				t.Fatalf("got %d faults, want %d: %q", len(said), len(tt.faults), said)
			}
			for n, want := range tt.faults {
				if !strings.Contains(said[n], want) {
					t.Errorf("%q does not say %q", said[n], want)
				}
			}
			_, err := os.Stat(filepath.Join(dir, "web-orders.json"))
			if written := err == nil; written != (len(tt.faults) == 0) {
				t.Errorf("the pact was written: %v", written)
			}
		})
	}
}

func TestAMockRefusesAndTellsWhy(t *testing.T) {
	l := newLater(t)
	mock := mocks.Record(l, parse(t, two), "")
	defer l.end()
	status, body, header := ask(t, mock.URL, `POST /orders {"sku":null}`, nil)
	if status != 500 || header.Get("X-Pact") != "Request-Mismatch" || !strings.Contains(body, "same type") {
		t.Errorf("got %d %v %s", status, header, body)
	}
	status, _, header = ask(t, mock.URL, "GET /nowhere", nil)
	if status != 500 || header.Get("X-Pact") != "Unexpected-Request" {
		t.Errorf("got %d %v", status, header)
	}
	status, body, _ = ask(t, mock.URL, "GET /orders/7", nil)
	if want := `{"id":7,"self":"` + mock.URL + `/orders/7"}`; status != 200 || body != want {
		t.Errorf("got %d %s, want the mock's own address in %s", status, body, want)
	}
}

func TestFaultsAreBounded(t *testing.T) {
	mock, err := mocks.NewMock(parse(t, two))
	if err != nil {
		t.Fatal(err)
	}
	mock.CORS = true
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/nowhere", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for range 1500 {
		mock.ServeHTTP(discard{http.Header{}}, r)
	}
	if got := len(mock.Faults()); got != 1002 {
		t.Errorf("got %d faults, want the first 1,000 and two that are missing", got)
	}
}

func TestConsume(t *testing.T) {
	p := parse(t, "")
	p.Version = contracts.V4
	body := contracts.NewBody([]byte(`{"id":1}`), "application/json")
	p.Interactions = []contracts.Interaction{
		{Kind: contracts.AsyncMessage, Description: "an event", Messages: []contracts.Message{{Contents: body}}},
		{Kind: contracts.SyncMessage, Description: "a question", Messages: []contracts.Message{{Contents: body}, {Contents: body}}},
	}
	dir, l := t.TempDir(), newLater(t)
	mock := mocks.Record(l, p, dir)
	count := map[string]int{}
	take := func(name string) func(...*contracts.Message) error {
		return func(sent ...*contracts.Message) error { count[name] = len(sent); return nil }
	}
	if err := errors.Join(mock.Consume("an event", take("event")), mock.Consume("a question", take("question"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"event": 1, "question": 2}, count); diff != "" {
		t.Error(diff)
	}
	if err := mock.Consume("another", take("")); err == nil || !strings.Contains(err.Error(), "try:") {
		t.Errorf("error %v does not say what to do", err)
	}
	if said := l.end(); len(said) > 0 {
		t.Errorf("faults: %q", said)
	}
	if got := mocks.Files(t, filepath.Join(dir, "web-orders.json")); len(got) != 1 || len(got[0].Interactions) != 2 {
		t.Errorf("wrote %+v", got)
	}
	refused := errors.New("no such column")
	if err := mock.Consume("an event", func(...*contracts.Message) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("got %v, want the consumer's own error", err)
	}
	if got := mock.Faults(); len(got) != 1 || got[0].Kind != mocks.Refused {
		t.Errorf("got %v", got)
	}
}

func TestSaveMergesUnderALock(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			p := parse(t, fmt.Sprintf(`{"description": "%d", "request": {"method": "GET", "path": "/%d"}, "response": {"status": 200}}`, n, n))
			if _, err := mocks.Save(dir, p); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := mocks.Files(t, filepath.Join(dir, "web-orders.json")); len(got) != 1 || len(got[0].Interactions) != 8 {
		t.Errorf("got %+v, want all eight interactions", got)
	}
	conflict := parse(t, `{"description": "1", "request": {"method": "GET", "path": "/other"}, "response": {"status": 200}}`)
	if _, err := mocks.Save(dir, conflict); err == nil || !strings.Contains(err.Error(), "another description") {
		t.Errorf("two interactions of one name: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSaveKeepsToItsFolder(t *testing.T) {
	p := parse(t, two)
	p.Consumer = "../../etc/web"
	dir := t.TempDir()
	path, err := mocks.Save(dir, p)
	if err != nil || filepath.Dir(path) != dir {
		t.Errorf("saved to %s: %v", path, err)
	}
}
