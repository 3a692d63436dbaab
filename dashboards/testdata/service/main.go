// Command service answers 500 to /fail and 200 to everything else.
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	server := &http.Server{
		Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/fail" {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}),
	}
	log.Fatal(server.ListenAndServe())
}
