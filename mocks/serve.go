package mocks

import (
	"net"
	"net/http"
	"os"
	"time"

	"github.com/seamtest/seam/contracts"
)

// T is what Serve, Record and Files need of a *testing.T.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
	Cleanup(func())
}

// A Server is a stub that listens on 127.0.0.1 until its test ends.
type Server struct {
	*Stub
	URL string // http://127.0.0.1:PORT
}

// Serve plays pacts for the rest of a test; pacts that New refuses fail it.
func Serve(t T, pacts ...*contracts.Pact) *Server {
	t.Helper()
	stub, err := New(pacts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	url, err := listen(t, stub)
	if err != nil {
		t.Fatalf("stub: %v", err)
		return nil
	}
	return &Server{Stub: stub, URL: url}
}

// listen serves on 127.0.0.1 until the test ends.
func listen(t T, handler http.Handler) (url string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if stub, plays := handler.(*Stub); plays {
		listener = stub.Front(listener)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // always ErrServerClosed: Close is the only way out
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return "http://" + listener.Addr().String(), nil
}

// Files reads the pacts of a test from files; what cannot be read fails it.
func Files(t T, paths ...string) []*contracts.Pact {
	t.Helper()
	var pacts []*contracts.Pact
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatalf("pact: %v", err)
			return nil
		}
		p, _, err := contracts.Read(f)
		f.Close()
		if err != nil {
			t.Fatalf("pact %s: %v", path, err)
			return nil
		}
		pacts = append(pacts, p)
	}
	return pacts
}
