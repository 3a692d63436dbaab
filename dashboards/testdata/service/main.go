// Command service answers 500 to /fail and with books to everything else; it
// asks BOOKS_URL for them where that is set, and passes the trace context on.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(answer)}
	log.Fatal(server.ListenAndServe())
}

func answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/fail" {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if os.Getenv("BOOKS_URL") == "" || r.URL.Path == "/ready" {
		_, _ = io.WriteString(w, `{"books": 3}`)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, os.Getenv("BOOKS_URL")+r.URL.Path, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Traceparent", r.Header.Get("Traceparent"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}
