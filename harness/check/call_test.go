package check

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
	"github.com/seamtest/seam/harness/report"
	"github.com/seamtest/seam/harness/system"
)

// ordersAt plays the orders of descriptortest and says where.
func ordersAt(t *testing.T, offered descriptortest.Reflection) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, err := descriptortest.Serve(listener, offered)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return listener.Addr().String()
}

// callSpec is a web that is the entry, and orders that speak gRPC, with what
// the load says besides its plan.
func callSpec(t *testing.T, orders, loads string) *system.Spec {
	t.Helper()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	dir := written(t, map[string]string{
		"orders.proto": descriptortest.Orders,
		"seam.yaml":    fmt.Sprintf("seam: 1\nservices:\n  web: { url: %q }\n  orders: { url: \"http://%s\" }\nentry: web\nload:\n%s", web.URL, orders, loads),
	})
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// Calls go over edges, so that what a load says of the system holds of them;
// one that names a URL goes there.
func TestALoadCallsGRPC(t *testing.T) {
	told, silent := ordersAt(t, descriptortest.Both), ordersAt(t, descriptortest.None)
	for name, test := range map[string]struct {
		orders, load     string
		class            string // of the errors
		errors, messages int64
		edge             bool
	}{
		"by reflection": {told, "call: { service: orders, method: shop.v1.Orders/Get, message: { sku: tea } }", "", 0, 10, true},
		"a stream, by its file": {
			silent, "streams: 3, call: { service: orders, method: shop.v1.Orders/Sync, message: [{ id: 1 }, { id: 2 }], proto: orders.proto }", "", 0, 20, true,
		},
		"text as it is":     {silent, `call: { service: orders, method: shop.v1.Orders/Watch, message: '{"id": "7"}', proto: orders.proto }`, "", 0, 30, true},
		"a wanted error":    {told, "call: { service: orders, method: shop.v1.Orders/Get, message: { sku: nothing }, status: NOT_FOUND }", "", 0, 0, true},
		"an unwanted error": {told, "call: { service: orders, method: shop.v1.Orders/Get, message: { sku: nothing } }", "grpc-NOT_FOUND", 10, 0, true},
		"answers as they should be": {
			told, `call: { service: orders, method: shop.v1.Orders/Get, message: { id: 7, sku: tea }, check: [{ json: /sku, equals: tea }, { json: /id, equals: "7" }, { json: /lines/0, exists: false }, { contains: '"lines":[]' }, { header: Content-Type, equals: application/grpc }] }`,
			"", 0, 10, true,
		},
		"an answer that is wrong": {
			silent, "call: { service: orders, method: shop.v1.Orders/Sync, message: [{ sku: tea }, { sku: milk }], proto: orders.proto, check: { name: tea, json: /sku, equals: tea } }",
			"check tea", 10, 20, true,
		},
		"a URL": {silent, "url: grpc://" + told + ", call: { method: shop.v1.Orders/Get, metadata: { X-Tenant: blue } }", "", 0, 10, false},
	} {
		doc, err := Run(t.Context(), Options{Spec: callSpec(t, test.orders, "  { rate: 20/s, for: 500ms, "+test.load+" }\n")})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		l := &doc.Load[0]
		var crossed int64
		for _, e := range l.Edges {
			if e.Edge == "entry->orders" {
				crossed = int64(e.Requests)
			}
		}
		if l.Requests != 10 || l.Errors != test.errors || l.ErrorsByClass[test.class] != test.errors || l.Messages != test.messages || (crossed == 10) != test.edge {
			t.Errorf("%s: %d crossed the edge, %+v", name, crossed, l)
		}
		keepsToTheSchema(t, doc)
	}
}

// The entry is called where no service is named, and Objectives judge its statuses.
func TestTheEntryMaySpeakGRPC(t *testing.T) {
	dir := written(t, map[string]string{"seam.yaml": fmt.Sprintf(`seam: 1
services: { orders: { url: "http://%s" } }
load:
  rate: 20/s
  for: 500ms
  call: { method: shop.v1.Orders/Get, message: { sku: nothing } }
  objectives: errors<10%%
`, ordersAt(t, descriptortest.V1Alpha))})
	spec, err := system.Read(filepath.Join(dir, "seam.yaml"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Run(t.Context(), Options{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	l := &doc.Load[0]
	if l.Errors != 10 || len(l.Failed) == 0 || l.Failed[0].Note != "there is no such order" || !l.Failed[0].Kept {
		t.Errorf("%+v", l)
	}
	if len(l.Objectives) != 1 || l.Objectives[0].Result != report.CaseFailed {
		t.Errorf("the objective: %+v", l.Objectives)
	}
}

// What is wrong with a call is told at its place where that can be known
// before the system runs, and else before the load.
func TestWrongCallsAreRefused(t *testing.T) {
	told, silent := ordersAt(t, descriptortest.Both), ordersAt(t, descriptortest.None)
	for _, test := range []struct{ call, want string }{
		{"method: shop.v1.Orders/Gett, proto: orders.proto", `load[0].call.method: there is no method of shop.v1.Orders named "Gett" | Get`},
		{"method: shop.v2.Basket/Get, proto: orders.proto", `load[0].call.method: there is no service named "shop.v2.Basket" | one of shop.v1.Orders`},
		{"method: shop.v1.Orders/Get, message: { name: tea }, proto: orders.proto", `load[0].call.message: (line 1:2): unknown field "name"; shop.v1.Order has id, sku, placedAt, lines`},
		{"method: shop.v1.Orders/Get, proto: none.proto", `load[0].call.proto: `},
		{"method: shop.v1.Orders/Get, proto: orders.proto, check: { json: /sku, equals: '{{sku}}' }", "load[0].call.check.equals: there is no value {{sku}} here"},
		{"service: web, method: shop.v1.Orders/Get", "it speaks no HTTP/2, and so no gRPC, there: call.service names"},
		{"service: orders, method: shop.v1.Orders/Gett", `load 20/s for 1s: there is no method of shop.v1.Orders named "Gett"; try: Get`},
		{"service: orders, method: shop.v1.Orders/Get, message: [{}]", `load 20/s for 1s: message: `},
		{"service: silent, method: shop.v1.Orders/Get", "does not offer reflection, neither v1 nor v1alpha; name in proto the file"},
	} {
		orders := told
		if strings.Contains(test.call, "silent") {
			orders = silent
		}
		call := strings.Replace(test.call, "silent", "orders", 1)
		_, err := Run(t.Context(), Options{Spec: callSpec(t, orders, "  - { rate: 20/s, for: 1s, call: { "+call+" } }\n")})
		var wrong *system.Error
		text := fmt.Sprint(err)
		if errors.As(err, &wrong) {
			f := wrong.Faults[0]
			text = fmt.Sprintf("line %d: %s: %s | %s", f.Pos.Line, f.Key, f.Message, f.Remedy)
		}
		if !strings.Contains(text, test.want) || (wrong != nil) != strings.HasPrefix(test.want, "load[0]") || wrong != nil && !strings.HasPrefix(text, "line 7:") {
			t.Errorf("%s: %s, want %s", test.call, text, test.want)
		}
	}
}
