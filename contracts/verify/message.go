package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// message asks the provider over HTTP to make the message that an
// interaction describes, and matches it. Of the responses to a synchronous
// message the first is compared.
func (t *trial) message(ctx context.Context) error {
	i := t.of
	want := &i.Messages[0]
	if i.Kind == contracts.SyncMessage {
		if len(i.Messages) < 2 {
			return fmt.Errorf("the interaction has no response")
		}
		want = &i.Messages[1]
	}
	want, failed := t.generation().Message(agreed(want))
	t.note(failed)
	request, err := t.messageRequest(ctx)
	if err != nil {
		return err
	}
	answer, err := t.send(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := t.read(answer)
	if err != nil {
		return err
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("provider %s: asked at %s for the message %q it answered %s%s; try: answer a POST there with the message, or say with messages in seam.yaml or --messages-url where one is answered",
			t.pact.Provider, request.URL.Redacted(), i.Description, answer.Status, excerpt(body))
	}
	if t.Result.Message, err = seenMessage(answer, body); err != nil {
		return fmt.Errorf("provider %s: %w", t.pact.Provider, err)
	}
	t.Result.Mismatches = match.Message(want, t.Result.Message)
	return nil
}

// agreed is a message with the generators that bind its provider: values from
// provider states. What is made by chance no provider could know.
func agreed(m *contracts.Message) *contracts.Message {
	out := *m
	out.Generators = contracts.Generators{}
	for category, keys := range m.Generators {
		for key, one := range keys {
			if one.Type != "ProviderState" {
				continue
			}
			if out.Generators[category] == nil {
				out.Generators[category] = map[string]contracts.Generator{}
			}
			out.Generators[category][key] = one
		}
	}
	return &out
}

// messageRequest asks for one message by its description and states.
func (t *trial) messageRequest(ctx context.Context) (*http.Request, error) {
	i, states := t.of, []map[string]any{}
	for _, s := range i.States {
		one := map[string]any{"name": s.Name}
		if len(s.Params) > 0 {
			one["params"] = s.Params
		}
		states = append(states, one)
	}
	ask := map[string]any{"description": i.Description, "providerStates": states}
	if i.Kind == contracts.SyncMessage {
		sent, failed := t.generation().Message(&i.Messages[0])
		t.note(failed)
		contents, err := contracts.MessageTree(sent)
		if err != nil {
			return nil, err
		}
		ask["request"] = contents
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, fmt.Errorf("ask for message %q: %w", i.Description, err)
	}
	target := t.cfg.Messages
	if target == nil {
		target = t.cfg.Provider
	}
	request, err := newRequest(ctx, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range t.cfg.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	return request, nil
}

// metadataHeader carries a message's metadata as base64 of a JSON object.
const metadataHeader = "Pact-Message-Metadata"

func seenMessage(answer *http.Response, body []byte) (*contracts.Message, error) {
	contentType := answer.Header.Get("Content-Type")
	m := &contracts.Message{Metadata: map[string]any{}, Contents: contracts.NewBody(body, contentType)}
	if contentType != "" {
		m.Metadata["contentType"] = contentType
	}
	encoded := answer.Header.Get(metadataHeader)
	if encoded == "" {
		return m, nil
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("the header %s is not base64: %w", metadataHeader, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var metadata map[string]any
	if err := d.Decode(&metadata); err != nil {
		return nil, fmt.Errorf("the header %s holds no JSON object: %w", metadataHeader, err)
	}
	maps.Copy(m.Metadata, metadata)
	return m, nil
}
