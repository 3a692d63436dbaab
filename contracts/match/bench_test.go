package match_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/match"
)

// order is a body of about 1 kB.
const order = `{"id":"0b6f1f0a-3e55-4d0c-9d5c-7c1f3f2b8a11","number":"ORD-2026-000417","created":"2026-11-23T10:11:12Z","state":"paid",` +
	`"customer":{"id":4711,"name":"Änne Muster","email":"aenne@example.com","vip":false,"score":4.75},` +
	`"address":{"street":"Hauptstraße 1","city":"Wien","zip":"1010","country":"AT"},` +
	`"items":[{"sku":"A-100","title":"Blue teapot, 1.2 litres","quantity":2,"price":24.9,"tags":["kitchen","tea"]},` +
	`{"sku":"B-200","title":"Tea towel with stripes","quantity":6,"price":7.5,"tags":["kitchen"]},` +
	`{"sku":"C-300","title":"Sencha, first flush, 250 g","quantity":1,"price":18.75,"tags":["tea","organic"]},` +
	`{"sku":"D-400","title":"Cup without handle, hand made","quantity":4,"price":12,"tags":["kitchen","tea","hand made"]},` +
	`{"sku":"E-500","title":"Gift box, recycled paper","quantity":1,"price":3.2,"tags":["paper"]}],` +
	`"payment":{"method":"card","reference":"PAY-99812","captured":true,"amount":113.55},` +
	`"shipping":{"carrier":"post","tracking":"RR123456789AT","eta":"2026-11-27"},"notes":null,"version":"1.4.2"}`

func orderRules() map[string]contracts.RuleList {
	rules := map[string]contracts.RuleList{}
	add := func(at, name string, args ...string) {
		r := contracts.Rule{Match: name, Args: map[string]any{}}
		for i := 0; i < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
		rules[at] = contracts.RuleList{Rules: []contracts.Rule{r}}
	}
	add("$.id", "regex", "regex", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
	add("$.number", "regex", "regex", `^ORD-\d{4}-\d{6}$`)
	add("$.created", "datetime", "format", "yyyy-MM-dd'T'HH:mm:ssX")
	add("$.state", "regex", "regex", "new|paid|sent")
	add("$.customer.id", "integer")
	add("$.customer.name", "type")
	add("$.customer.email", "include", "value", "@")
	add("$.customer.vip", "boolean")
	add("$.customer.score", "decimal")
	add("$.address", "type")
	add("$.address.country", "regex", "regex", "[A-Z]{2}")
	add("$.items", "type", "min", "1", "max", "50")
	add("$.items[*].sku", "regex", "regex", `[A-Z]-\d+`)
	add("$.items[*].quantity", "integer")
	add("$.items[*].price", "number")
	add("$.items[*].tags", "type", "min", "1")
	add("$.payment.amount", "number")
	add("$.payment.reference", "regex", "regex", `PAY-\d+`)
	add("$.shipping.eta", "date", "format", "yyyy-MM-dd")
	add("$.version", "semver")
	return rules
}

// BenchmarkOrder matches a body of 1 kB by 20 rules.
func BenchmarkOrder(b *testing.B) {
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"match", order, 0},
		{"one mismatch", strings.Replace(order, `"quantity":6`, `"quantity":"6"`, 1), 1},
	} {
		i := &contracts.Interaction{Request: &contracts.Request{}, Response: &contracts.Response{Status: 200,
			Headers: map[string][]string{"Content-Type": {"application/json"}},
			Body:    contracts.Body{Presence: contracts.Present, Content: []byte(order), ContentType: "application/json"},
			Rules:   contracts.Rules{"body": orderRules()}}}
		plan, err := match.Compile(i)
		if err != nil {
			b.Fatal(err)
		}
		got := &contracts.Response{Status: 200, Headers: map[string][]string{"Content-Type": {"application/json; charset=utf-8"}},
			Body: contracts.Body{Presence: contracts.Present, Content: []byte(c.body), ContentType: "application/json; charset=utf-8"}}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			for b.Loop() {
				if n := len(plan.Response(got)); n != c.want {
					b.Fatalf("%d mismatches", n)
				}
			}
		})
	}
}

// TestOrderIsWhatTheBenchmarkSays keeps the benchmark's words true.
func TestOrderIsWhatTheBenchmarkSays(t *testing.T) {
	if n := len(order); n < 1000 || n > 1200 {
		t.Errorf("the body has %d bytes", n)
	}
	if n := len(orderRules()); n != 20 {
		t.Errorf("there are %d rules", n)
	}
	if !json.Valid([]byte(order)) {
		t.Error(fmt.Sprint("the body is no JSON: ", order))
	}
}
