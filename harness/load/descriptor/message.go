package descriptor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Encode turns JSON, as protobuf has it (https://protobuf.dev/programming-guides/json/),
// into the messages of one call. A method whose client streams takes an array
// of messages, or messages one after the other; any other takes one. Nothing
// is one empty message. The error names the line and the field.
func (m *Method) Encode(data []byte) ([][]byte, error) {
	if len(data) > mostData {
		return nil, fmt.Errorf("the data is larger than %d MiB", mostData>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}")
	}
	if !m.of.IsStreamingClient() {
		one, err := m.encode(data)
		if err != nil && m.isArray(data) {
			return nil, fmt.Errorf("%s takes one %s, but the data is an array", m.of.Name(), m.Input())
		}
		if err != nil {
			return nil, err
		}
		return [][]byte{one}, nil
	}
	return m.encodeAll(data)
}

// isArray reports whether the data is an array where that is no message.
func (m *Method) isArray(data []byte) bool {
	name := m.Input()
	return bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) && name != "google.protobuf.ListValue" && name != "google.protobuf.Value"
}

func (m *Method) encodeAll(data []byte) ([][]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	array := m.isArray(data)
	if array {
		if _, err := decoder.Token(); err != nil {
			return nil, place(data, decoder, err)
		}
	}
	all := [][]byte{}
	for !array || decoder.More() {
		var raw json.RawMessage
		switch err := decoder.Decode(&raw); {
		case errors.Is(err, io.EOF) && !array:
			return all, nil
		case err != nil:
			return nil, place(data, decoder, err)
		}
		one, err := m.encode(raw)
		if err != nil { // once more, where the message stands, for its line
			end := int(decoder.InputOffset())
			_, err = m.encode(append(blank(data[:end-len(raw)]), data[end-len(raw):end]...))
			return nil, fmt.Errorf("message %d: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	if _, err := decoder.Token(); err != nil { // the end of the array
		return nil, place(data, decoder, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something follows the array", at(data, int(decoder.InputOffset())))
	}
	return all, nil
}

func (m *Method) encode(data []byte) ([]byte, error) {
	message := dynamicpb.NewMessage(m.of.Input())
	if err := (protojson.UnmarshalOptions{Resolver: m.types, RecursionLimit: mostDepth}).Unmarshal(data, message); err != nil {
		return nil, m.explain(err)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(message)
}

var unknownField = regexp.MustCompile(`unknown field "`)

// explain tells of a fault without the library's name before it, and names the
// fields that there are.
func (m *Method) explain(err error) error {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "proto:"))
	if unknownField.MatchString(text) {
		text += fmt.Sprintf("; %s has %s", m.Input(), m.fields())
	}
	return errors.New(text)
}

func (m *Method) fields() string {
	var names []string
	for i := range m.of.Input().Fields().Len() {
		names = append(names, m.of.Input().Fields().Get(i).JSONName())
	}
	if len(names) == 0 {
		return "no field"
	}
	return strings.Join(names, ", ")
}

// blank is as many lines and columns as the text has, with nothing in them.
func blank(text []byte) []byte {
	empty := bytes.Repeat([]byte(" "), len(text))
	for i, c := range text {
		if c == '\n' {
			empty[i] = c
		}
	}
	return empty
}

// place says where JSON is wrong.
func place(data []byte, decoder *json.Decoder, err error) error {
	offset := int(decoder.InputOffset())
	var wrong *json.SyntaxError
	if errors.As(err, &wrong) {
		offset = int(wrong.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err, offset = errors.New("the data ends too early"), len(data)
	}
	return fmt.Errorf("%s: %w", at(data, offset), err)
}

func at(data []byte, offset int) string {
	before := data[:min(max(offset, 0), len(data))]
	return fmt.Sprintf("(line %d:%d)", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}
