package contracts_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
)

// thousand is a pact of 1,000 interactions with bodies of about 1 kB.
func thousand() []byte {
	var interactions []string
	items := strings.TrimSuffix(strings.Repeat(`{"sku": "a1", "count": 2, "price": 1.50},`, 24), ",")
	for n := range 1000 {
		interactions = append(interactions, fmt.Sprintf(`{"description": "thing %d", "providerStates": [{"name": "it is there", "params": {"id": %d}}],
			"request": {"method": "GET", "path": "/things/%d", "query": {"deep": ["true"]}},
			"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": %d, "items": [%s]},
				"matchingRules": {"body": {"$.id": {"matchers": [{"match": "integer"}]}, "$.items[*].sku": {"matchers": [{"match": "regex", "regex": "[a-z]\\d"}]}}}}}`, n, n, n, n, items))
	}
	return []byte(file("3.0.0", strings.Join(interactions, ",")))
}

func BenchmarkRead(b *testing.B) {
	src := thousand()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := contracts.Read(bytes.NewReader(src)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	p, _, err := contracts.Read(bytes.NewReader(thousand()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := contracts.Write(&out, p); err != nil {
			b.Fatal(err)
		}
	}
}
