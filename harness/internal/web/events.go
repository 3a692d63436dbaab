package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	mostListeners = 32              // pages that are kept up to date at once
	beat          = time.Second     // between two pictures of the system
	stuck         = 5 * time.Second // after which a page that does not read is given up
)

// events keeps a page up to date (server-sent events): "system" each second,
// and "traces" with the number of spans so far whenever some came.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	defer s.listeners.Add(-1)
	if s.listeners.Add(1) > mostListeners {
		http.Error(w, fmt.Sprintf("%d pages are kept up to date already; close one", mostListeners), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	changed, cancel := s.Store.Subscribe()
	defer cancel()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	out := http.NewResponseController(w)
	for {
		_ = out.SetWriteDeadline(time.Now().Add(stuck)) // a recorder in a test has none
		if err := s.tell(w, changed); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func (s *server) tell(w http.ResponseWriter, changed <-chan struct{}) error {
	data, err := json.Marshal(s.overview())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: system\ndata: %s\n\n", data); err != nil {
		return err
	}
	select {
	case <-changed:
		_, err = fmt.Fprintf(w, "event: traces\ndata: %d\n\n", s.Store.Stats().Added)
	default:
	}
	return err
}
