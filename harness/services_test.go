package harness

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/system"
)

func TestAServiceThatIsReadySaysForWhichTheStartWaits(t *testing.T) {
	service := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(service.Close)
	var mu sync.Mutex
	var steps []string // guarded by mu
	h, err := Start(t.Context(), Config{
		Spec: &system.Spec{Name: "chain", Services: []system.Service{
			{Name: "last", URL: service.URL, After: []string{"middle"}},
			{Name: "middle", URL: service.URL, After: []string{"first"}},
			{Name: "first", URL: service.URL},
		}},
		Progress: func(step string) {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, regexp.MustCompile(` \([0-9.]+ s\)`).ReplaceAllString(step, ""))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	want := []string{"first is ready; waiting for last, middle", "middle is ready; waiting for last", "last is ready"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error("said (-want +got):\n" + diff)
	}
}
