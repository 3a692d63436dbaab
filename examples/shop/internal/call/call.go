// Package call is how the shop's services call one another: JSON over HTTP.
package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seamtest/seam/harness/wrap"
)

// A Base is the service at a base URL.
type Base struct {
	URL  string
	HTTP *http.Client // nil: http.DefaultClient
}

// FromEnv reads the base URL from a variable such as ORDERS_URL. Without
// traced, calls carry no trace context.
func FromEnv(getenv func(string) string, name string, traced bool) (Base, error) {
	base, err := url.Parse(getenv(name))
	if err != nil || base.Scheme == "" || base.Host == "" {
		return Base{}, fmt.Errorf("%s is %q: set it to a base URL such as http://127.0.0.1:8080", name, getenv(name))
	}
	client := &http.Client{Timeout: 10 * time.Second}
	if traced {
		client = wrap.Client(client)
	}
	return Base{URL: strings.TrimSuffix(base.String(), "/"), HTTP: client}, nil
}

// A Refusal is an answer of 4xx: the caller may pass it on.
type Refusal struct {
	Status        int
	Code, Message string
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// ErrUpstream is the cause of every error of Do but a *Refusal.
var ErrUpstream = errors.New("no usable answer")

// Do makes the request that target names, such as "GET /items". It sends in as
// JSON (nil: no body) and decodes the answer into out (nil: the answer is not
// read). An answer of 4xx is a *Refusal.
func (b Base) Do(ctx context.Context, target string, in, out any) error {
	err := b.do(ctx, target, in, out)
	var refusal *Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return fmt.Errorf("%s: %w", target, err)
	default:
		return fmt.Errorf("%s: %w: %w", target, ErrUpstream, err)
	}
}

func (b Base) do(ctx context.Context, target string, in, out any) error {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	method, path, _ := strings.Cut(target, " ")
	request, err := http.NewRequestWithContext(ctx, method, b.URL+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := b.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return read(answer, out)
}

// read bounds what it takes in: no answer of the shop has a megabyte.
func read(answer *http.Response, out any) error {
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	switch {
	case answer.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("answered %d", answer.StatusCode)
	case answer.StatusCode >= http.StatusBadRequest:
		var told struct{ Error, Message string }
		if err := json.Unmarshal(body, &told); err != nil {
			return fmt.Errorf("answered %d without a reason: %w", answer.StatusCode, err)
		}
		return &Refusal{Status: answer.StatusCode, Code: told.Error, Message: told.Message}
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("decode the answer: %w", err)
	}
	return nil
}
