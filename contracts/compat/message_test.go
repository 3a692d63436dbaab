package compat

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/mocks"
)

// message is a consumer test of messages under way.
type message struct {
	defined  []*contracts.Interaction // also of HTTP
	received *contracts.Message
	failure  error // of the consumer test
}

func (w *world) last() *contracts.Interaction { return w.defined[len(w.defined)-1] }

func (w *world) giveState(name string, rows table) error {
	state := contracts.State{Name: name}
	for _, row := range rows {
		state.Params = map[string]any{}
		for key, text := range row {
			v, err := jsonValue(text)
			if err != nil {
				return err
			}
			state.Params[key] = v
		}
	}
	w.last().States = append(w.last().States, state)
	return nil
}

func jsonValue(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func (w *world) save(pact *contracts.Pact) error {
	if w.dir == "" {
		w.dir = w.TempDir()
	}
	_, err := mocks.Save(w.dir, pact)
	return err
}

// stateParams are the parameters of a provider state in the file.
func (w *world) stateParams(name string) (json.RawMessage, error) {
	e, err := w.entry(1)
	if err != nil {
		return nil, err
	}
	for _, s := range e.ProviderStates {
		if s.Name == name {
			return s.Params, nil
		}
	}
	return nil, fmt.Errorf("state %q is not among %v", name, e.ProviderStates)
}

func (w *world) wasWritten() error {
	if w.saved() == nil {
		return errors.New("no pact file was written")
	}
	return nil
}

func (w *world) wasNotWritten() error {
	if text := w.saved(); text != nil {
		return fmt.Errorf("a pact file was written: %s", text)
	}
	return nil
}

// process runs the consumer test: handler takes the message.
func (w *world) process(handle func(*contracts.Message) error) error {
	pact, _, err := w.reread(w.pact(w.defined...))
	if err != nil {
		return err
	}
	mock, err := mocks.NewMock(pact)
	if err != nil {
		return err
	}
	w.failure = mock.Consume(w.last().Description, func(sent ...*contracts.Message) error {
		w.received = sent[0]
		return handle(sent[0])
	})
	if len(mock.Faults()) > 0 {
		return nil
	}
	return w.save(pact)
}

func taken(*contracts.Message) error { return nil }

var messageSteps = []definition{
	{`the message payload contains the "([^"]+)" JSON document`, func(w *world, name string) error { return w.payload("file: " + name + ".json") }},
	{`a message is defined`, func(w *world) error { return w.payload("file: basic.json") }},
	{`the message contains the following metadata`, func(w *world, rows table) error {
		for _, row := range rows {
			v, err := metadataValue(row["value"])
			if err != nil {
				return err
			}
			w.describe(row["key"], v)
		}
		return nil
	}},
	{`the message is configured with the following`, (*world).configure},
	{`the message is successfully processed`, func(w *world) error { return w.process(taken) }},
	{`the message is NOT successfully processed with a "([^"]+)" exception`, func(w *world, text string) error {
		return w.process(func(*contracts.Message) error { return errors.New(text) })
	}},
	{`the consumer test will have passed`, func(w *world) error { return w.failure }},
	{`the consumer test will have failed`, func(w *world) error {
		if w.failure == nil {
			return errors.New("it passed")
		}
		return nil
	}},
	{`the consumer test error will be "([^"]+)"`, func(w *world, want string) error { return same(want, w.failure.Error()) }},
	{`the received message payload will contain the "([^"]+)" JSON document`, func(w *world, name string) error {
		return w.sameJSON(name+".json", w.received.Contents.Content)
	}},
	{`the received message content type will be "([^"]+)"`, func(w *world, want string) error { return same(want, w.received.Contents.ContentType) }},
	{`the received message metadata will contain "([^"]+)" == "(.+)"`, func(w *world, key, want string) error {
		return sameMetadata(want, w.received.Metadata[key])
	}},
	{`the received message metadata will contain "([^"]+)" replaced with an "([^"]+)"`, func(w *world, key, kind string) error {
		return generatedAs(kind, w.received.Metadata[key])
	}},
	{`the message contents for "([^"]+)" will have been replaced with an "([^"]+)"`, func(w *world, path, kind string) error {
		return bodyGenerated(w.received.Contents, path, kind)
	}},
	{`the first message in the pact file will contain the "([^"]+)" document`, inEntry(1, func(w *world, e *entry, want string) error { return w.sameJSON(want, e.Contents) })},
	{`the first message in the pact file content type will be "([^"]+)"`, inEntry(1, func(_ *world, e *entry, want string) error {
		return sameMetadata(want, e.MetaData["contentType"])
	})},
	{`the first message in the pact file will contain the message metadata "([^"]+)" == "(.+)"`, func(w *world, key, want string) error {
		e, err := w.entry(1)
		if err != nil {
			return err
		}
		return sameMetadata(want, e.MetaData[key])
	}},
}

func (w *world) payload(text string) error {
	content, contentType, err := w.content(text)
	if err != nil {
		return err
	}
	w.last().Messages[0].Contents = contracts.NewBody(content, contentType)
	w.describe("contentType", contentType)
	return nil
}

func (w *world) describe(key string, v any) {
	m := &w.last().Messages[0]
	if m.Metadata == nil {
		m.Metadata = map[string]any{}
	}
	m.Metadata[key] = v
}

func metadataValue(text string) (any, error) {
	if rest, isJSON := strings.CutPrefix(text, "JSON:"); isJSON {
		return jsonValue(strings.ReplaceAll(rest, `\"`, `"`))
	}
	return text, nil
}

func sameMetadata(want string, got any) error {
	v, err := metadataValue(want)
	if err != nil {
		return err
	}
	a, errA := json.Marshal(v)
	b, errB := json.Marshal(got)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	return sameValue(a, b)
}

func (w *world) configure(rows table) error {
	row := rows[0]
	if row["body"] != "" {
		if err := w.payload(row["body"]); err != nil {
			return err
		}
	}
	if row["metadata"] != "" {
		v, err := jsonValue(row["metadata"])
		if err != nil {
			return err
		}
		for key, value := range v.(map[string]any) {
			w.describe(key, value)
		}
	}
	var err error
	w.last().Messages[0].Generators, err = w.generators(row["generators"])
	return err
}
