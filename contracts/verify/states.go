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
func (t *trial) setUp(ctx context.Context) error {
	i := t.of
	t.values = map[string]any{}
	for _, s := range i.States {
		maps.Copy(t.values, s.Params)
	}
	if t.cfg.States == nil {
		if len(i.States) > 0 {
			t.Result.Notes = append(t.Result.Notes, "its provider states were not set up: no address for provider states was given")
		}
		return nil
	}
	for _, s := range orNone(i.States) {
		returned, err := t.state(ctx, s, "setup")
		if err != nil {
			return err
		}
		maps.Copy(t.values, returned)
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

func (t *trial) tearDown(ctx context.Context) error {
	if t.cfg.States == nil || !t.cfg.Teardown {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tearDownTime)
	defer cancel()
	for _, s := range orNone(t.of.States) {
		if _, err := t.state(ctx, s, "teardown"); err != nil {
			return err
		}
	}
	return nil
}

// maxTries is how often a state change is tried in all.
const maxTries = 4

// state makes one state change and returns the values in the answer. An
// answer that may be better next time (408, 429, 5xx) is asked for again.
func (r *replay) state(ctx context.Context, s contracts.State, action string) (map[string]any, error) {
	pause := r.cfg.StatePause
	if pause <= 0 {
		pause = 100 * time.Millisecond
	}
	for try := 1; ; try++ {
		values, again, err := r.changeState(ctx, s, action)
		if err == nil || !again || try == maxTries {
			return values, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// changeState tries once and says whether to try again.
func (r *replay) changeState(ctx context.Context, s contracts.State, action string) (values map[string]any, again bool, err error) {
	who := fmt.Sprintf("%s of provider state %q", action, s.Name)
	if s.Name == "" {
		who = action + ` of provider state "" (which stands for none)`
	}
	request, err := r.stateRequest(ctx, s, action)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", who, err)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, false, unreachable(who, r.cfg.States, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, r.cfg.MaxBody+1))
	switch code := answer.StatusCode; {
	case err != nil:
		return nil, false, unreachable(who, r.cfg.States, err)
	case code < 200 || code > 299:
		again = code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500
		return nil, again, fmt.Errorf("%s: the handler at %s answered %s%s; try: make it answer 200 to states that it knows",
			who, r.cfg.States.Redacted(), answer.Status, excerpt(body))
	case int64(len(body)) > r.cfg.MaxBody:
		return nil, false, fmt.Errorf("%s: the handler's answer is larger than %d bytes", who, r.cfg.MaxBody)
	}
	return stateValues(body), false, nil
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
