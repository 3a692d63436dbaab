package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Write writes a pact in the form of its version. The same pact gives the
// same bytes: members are sorted by name and, in V4, interactions by
// description and key. Reading it again gives the pact back.
func Write(w io.Writer, p *Pact) error {
	doc, err := p.document()
	if err != nil {
		return fmt.Errorf("write pact of %s and %s: %w", p.Consumer, p.Provider, err)
	}
	compact, err := encodeJSON(doc)
	if err != nil {
		return fmt.Errorf("write pact of %s and %s: %w", p.Consumer, p.Provider, err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return fmt.Errorf("write pact of %s and %s: %w", p.Consumer, p.Provider, err)
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

// tree is a JSON object on its way out; encoding sorts its members.
type tree map[string]any

// encodeJSON writes compact JSON without escaping <, > and &.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// String is how a version is written in files.
func (v Version) String() string {
	switch v {
	case V1:
		return "1.0.0"
	case V1_1:
		return "1.1.0"
	case V2:
		return "2.0.0"
	case V4:
		return "4.0"
	}
	return "3.0.0"
}

func (p *Pact) document() (tree, error) {
	doc := unknownTree(p.Unknown)
	for role, name := range map[string]string{"consumer": p.Consumer, "provider": p.Provider} {
		rest := map[string]json.RawMessage{}
		if raw := p.Unknown[role]; raw != nil {
			if err := json.Unmarshal(raw, &rest); err != nil {
				return nil, fmt.Errorf("unknown members of the %s: %w", role, err)
			}
		}
		member := unknownTree(rest)
		member["name"] = name
		doc[role] = member
	}
	metadata := unknownTree(p.Metadata)
	metadata["pactSpecification"] = tree{"version": p.Version.String()}
	doc["metadata"] = metadata

	interactions, messages := []tree{}, []tree{}
	for _, i := range p.sorted() {
		out := newWriter(p.Version)
		t, err := out.interaction(&i)
		if err != nil {
			return nil, fmt.Errorf("interaction %q: %w", i.Description, err)
		}
		if p.Version != V4 && i.Kind == AsyncMessage {
			messages = append(messages, t)
			continue
		}
		interactions = append(interactions, t)
	}
	if len(interactions) > 0 || len(messages) == 0 {
		doc["interactions"] = interactions
	}
	if len(messages) > 0 {
		doc["messages"] = messages
	}
	return doc, nil
}

func (p *Pact) sorted() []Interaction {
	if p.Version != V4 {
		return p.Interactions
	}
	list := slices.Clone(p.Interactions)
	slices.SortStableFunc(list, func(a, b Interaction) int {
		if c := strings.Compare(a.Description, b.Description); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return list
}

func unknownTree(members map[string]json.RawMessage) tree {
	t := tree{}
	for k, v := range members {
		t[k] = v
	}
	return t
}

// writer knows the version whose form it writes.
type writer struct{ version Version }

func newWriter(v Version) writer { return writer{version: v} }

func (w writer) interaction(i *Interaction) (tree, error) {
	t := unknownTree(i.Unknown)
	t["description"] = i.Description
	setString(t, "_id", i.ID)
	w.states(t, i.States)
	if w.version == V4 {
		w.v4Members(t, i)
	}
	switch {
	case i.Kind == HTTP:
		if i.Request == nil || i.Response == nil {
			return nil, fmt.Errorf("lacks its request or its response")
		}
		t["request"], t["response"] = w.request(i.Request), w.response(i.Response)
	case i.Kind == AsyncMessage:
		if len(i.Messages) != 1 {
			return nil, fmt.Errorf("has %d messages instead of one", len(i.Messages))
		}
		if w.version < V3 {
			return nil, fmt.Errorf("messages need version 3 or 4, not %s", w.version)
		}
		maps.Copy(t, w.message(&i.Messages[0]))
	case w.version != V4:
		return nil, fmt.Errorf("synchronous messages need version 4, not %s", w.version)
	case len(i.Messages) == 0:
		return nil, fmt.Errorf("lacks its request")
	default:
		t["request"] = w.message(&i.Messages[0])
		responses := []tree{}
		for n := range i.Messages[1:] {
			responses = append(responses, w.message(&i.Messages[n+1]))
		}
		t["response"] = responses
	}
	return t, nil
}

func (w writer) v4Members(t tree, i *Interaction) {
	for name, kind := range kinds {
		if kind == i.Kind {
			t["type"] = name
		}
	}
	t["pending"] = i.Pending
	setString(t, "key", i.Key)
	setString(t, "transport", i.Transport)
	if len(i.Comments) > 0 {
		t["comments"] = i.Comments
	}
	if len(i.Plugins) > 0 {
		t["pluginConfiguration"] = i.Plugins
	}
	if len(i.Markup) > 0 {
		t["interactionMarkup"] = i.Markup
	}
}

// states writes the single name of V1 and V2 where it says everything.
func (w writer) states(t tree, states []State) {
	if w.version < V3 && len(states) == 1 && len(states[0].Params) == 0 && states[0].Name != "" {
		t["providerState"] = states[0].Name
		return
	}
	list := []tree{}
	for _, s := range states {
		one := tree{"name": s.Name}
		if len(s.Params) > 0 {
			one["params"] = s.Params
		}
		list = append(list, one)
	}
	if len(list) > 0 {
		t["providerStates"] = list
	}
}

func setString(t tree, name, value string) {
	if value != "" {
		t[name] = value
	}
}

func (w writer) request(q *Request) tree {
	t := unknownTree(q.Unknown)
	t["method"], t["path"] = q.Method, q.Path
	if len(q.Query) > 0 {
		if w.version < V3 {
			t["query"] = EncodeQuery(q.Query)
		} else {
			t["query"] = q.Query
		}
	}
	w.headers(t, q.Headers)
	w.body(t, "body", headerValue(q.Headers, "Content-Type"), q.Body)
	w.rules(t, q.Rules)
	w.generators(t, q.Generators)
	return t
}

func (w writer) response(p *Response) tree {
	t := unknownTree(p.Unknown)
	t["status"] = p.Status
	w.headers(t, p.Headers)
	w.body(t, "body", headerValue(p.Headers, "Content-Type"), p.Body)
	w.rules(t, p.Rules)
	w.generators(t, p.Generators)
	return t
}

func (w writer) message(m *Message) tree {
	t := unknownTree(m.Unknown)
	if len(m.Metadata) > 0 {
		name := "metadata"
		if w.version < V4 {
			name = "metaData"
		}
		t[name] = m.Metadata
	}
	w.body(t, "contents", metadataContentType(m.Metadata), m.Contents)
	w.rules(t, m.Rules)
	w.generators(t, m.Generators)
	return t
}

// headers writes lists in V4. Before it writes a string where that is read
// as the same values again.
func (w writer) headers(t tree, headers map[string][]string) {
	if len(headers) == 0 {
		return
	}
	out := tree{}
	for name, values := range headers {
		joined := strings.Join(values, ", ")
		if w.version < V4 && slices.Equal(SplitHeader(name, joined), values) {
			out[name] = joined
			continue
		}
		out[name] = values
	}
	t["headers"] = out
}
