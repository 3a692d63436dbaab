package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seamtest/seam/contracts"
)

// setUp asks for the provider states of an interaction, in their order, and
// gathers the values that ProviderState generators use: the parameters and,
// over them, what the handler returned. An interaction without states asks
// for the state "", so that a handler can clean up.
func (r *replay) setUp(ctx context.Context, i *contracts.Interaction, result *Result) error {
	r.values = map[string]any{}
	for _, s := range i.States {
		maps.Copy(r.values, s.Params)
	}
	if r.cfg.States == nil {
		if len(i.States) > 0 {
			result.Notes = append(result.Notes, "its provider states were not set up: no address for provider states was given")
		}
		return nil
	}
	for _, s := range orNone(i.States) {
		returned, err := r.state(ctx, s, "setup")
		if err != nil {
			return err
		}
		maps.Copy(r.values, returned)
	}
	return nil
}

func orNone(states []contracts.State) []contracts.State {
	if len(states) == 0 {
		return []contracts.State{{}}
	}
	return states
}

// tearDownTime is what a handler gets after the run was cancelled.
const tearDownTime = 5 * time.Second

func (r *replay) tearDown(ctx context.Context, i *contracts.Interaction) error {
	if r.cfg.States == nil || !r.cfg.Teardown {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tearDownTime)
	defer cancel()
	for _, s := range orNone(i.States) {
		if _, err := r.state(ctx, s, "teardown"); err != nil {
			return err
		}
	}
	return nil
}

// state makes one state change and returns the values in the answer.
func (r *replay) state(ctx context.Context, s contracts.State, action string) (map[string]any, error) {
	who := fmt.Sprintf("%s of provider state %q", action, s.Name)
	request, err := r.stateRequest(ctx, s, action)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", who, err)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, unreachable(who, r.cfg.States, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, r.cfg.MaxBody+1))
	switch {
	case err != nil:
		return nil, unreachable(who, r.cfg.States, err)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return nil, fmt.Errorf("%s: the handler at %s answered %s%s; try: make it answer 200 to states that it knows",
			who, r.cfg.States.Redacted(), answer.Status, excerpt(body))
	case int64(len(body)) > r.cfg.MaxBody:
		return nil, fmt.Errorf("%s: the handler's answer is larger than %d bytes", who, r.cfg.MaxBody)
	}
	return stateValues(body), nil
}

// stateValues reads a JSON object; any other answer holds no values.
func stateValues(body []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var values map[string]any
	if d.Decode(&values) != nil {
		return nil
	}
	return values
}

// excerpt is the beginning of an answer, for a message.
func excerpt(body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", text)
}

func (r *replay) stateRequest(ctx context.Context, s contracts.State, action string) (*http.Request, error) {
	params := s.Params
	if params == nil {
		params = map[string]any{}
	}
	target := *r.cfg.States
	if r.cfg.StateQuery {
		query := target.Query()
		for name, value := range params {
			query.Set(name, plain(value))
		}
		query.Set("state", s.Name)
		query.Set("action", action)
		target.RawQuery = query.Encode()
		return newRequest(ctx, &target, nil)
	}
	body, err := json.Marshal(map[string]any{"state": s.Name, "params": params, "action": action})
	if err != nil {
		return nil, err
	}
	return newRequest(ctx, &target, body)
}

// newRequest posts JSON.
func newRequest(ctx context.Context, target *url.URL, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// plain is the text of a JSON value, a string without its quotes.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
