package otlp

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/seamtest/seam/harness/load"
)

// An export that is under way when the load ends comes to its own end.
func TestTheEndCutsNoExportShort(t *testing.T) {
	under, ended := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // then the server sees when the client leaves
		once.Do(func() { close(under) })
		select {
		case <-ended:
		case <-q.Context().Done():
		}
	}))
	defer slow.Close()
	e := begin(t, Config{Endpoint: slow.URL, Every: time.Millisecond, Timeout: time.Minute})
	job := orders()
	e.Watch(&job)
	job.Progress(load.Progress{Elapsed: time.Second, Requests: 1})
	<-under
	stop := e.stop
	e.stop = func() { stop(); close(ended) }
	if s := e.Close(); s != (Stats{Sent: 1}) {
		t.Errorf("%+v, %s", s, s.Trouble(""))
	}
}
