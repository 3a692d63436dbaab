package descriptor_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/load/descriptor"
	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

// described is the method as another process finds it.
func described(t testing.TB, name string) *descriptor.Method {
	t.Helper()
	file := filepath.Join(t.TempDir(), "orders.proto")
	if err := os.WriteFile(file, []byte(descriptortest.Orders), 0o600); err != nil {
		t.Fatal(err)
	}
	schema, err := descriptor.Compile(t.Context(), []string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := schema.Described()
	if err != nil {
		t.Fatal(err)
	}
	if schema, err = descriptor.From(bytes); err != nil {
		t.Fatal(err)
	}
	method, err := schema.Method("shop.v1.Orders", name)
	if err != nil {
		t.Fatal(err)
	}
	if err := method.Answers(); err != nil {
		t.Fatal(err)
	}
	return method
}

func framed(messages [][]byte) (body []byte) {
	for _, m := range messages {
		body = append(binary.BigEndian.AppendUint32(append(body, 0), uint32(len(m))), m...)
	}
	return body
}

// What is encoded is decoded, with the fields that hold nothing; what is not
// whole is left out.
func TestAnswersAreDecoded(t *testing.T) {
	method := described(t, "Sync")
	messages, err := method.Encode([]byte(`[{"id": "7", "sku": "tea", "placedAt": "2026-01-02T03:04:05Z"}, {"lines": [{"name": "a", "count": 2}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	body := framed(messages)
	got, err := method.Decode(append(body, body[:len(body)-1]...))
	want := []string{
		`{"id":"7","sku":"tea","placedAt":"2026-01-02T03:04:05Z","lines":[]}`,
		`{"id":"0","sku":"","placedAt":null,"lines":[{"name":"a","count":2}]}`,
		`{"id":"7","sku":"tea","placedAt":"2026-01-02T03:04:05Z","lines":[]}`,
	}
	var texts []string
	for _, m := range got {
		texts = append(texts, string(m))
	}
	if diff := cmp.Diff(want, texts); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for reason, body := range map[string][]byte{"a message is compressed": {1, 0, 0, 0, 0}, "proto": {0, 0, 0, 0, 1, 0xff}} {
		if _, err := method.Decode(body); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v is decoded: %v", body, err)
		}
	}
}

// FuzzAnswer: whatever a server sends is decoded or refused, and what is
// decoded is no more than was sent.
func FuzzAnswer(f *testing.F) {
	method := described(f, "Get")
	one, err := method.Encode([]byte(`{"sku": "tea"}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(framed(one))
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, body []byte) {
		if messages, _ := method.Decode(body); 5*len(messages) > len(body) {
			t.Errorf("%d messages of %d bytes", len(messages), len(body))
		}
		if schema, err := descriptor.From(body); (schema == nil) == (err == nil) {
			t.Errorf("%v, %v", schema, err)
		}
	})
}
