package harness_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

// spanAt is a span of the trace 3, with its id and its parent's; its bounds are in milliseconds.
func spanAt(ids [2]byte, service, name string, bounds [2]int) *trace.Span {
	begun := time.Unix(1_700_000_000, 0)
	s := &trace.Span{
		Trace: trace.ID{3}, ID: trace.SpanID{ids[0]}, Name: name, Resource: &trace.Resource{Service: service}, Scope: &trace.Scope{},
		Start: begun.Add(time.Duration(bounds[0]) * time.Millisecond), End: begun.Add(time.Duration(bounds[1]) * time.Millisecond),
	}
	if ids[1] != 0 {
		s.Parent = trace.SpanID{ids[1]}
	}
	return s
}

func TestATraceIsSearchedFoldedAndZoomed(t *testing.T) {
	b := startBrowser(t)
	h := startPage(t, &system.Spec{Name: "search"})
	spans := []*trace.Span{spanAt([2]byte{1}, "web", "GET /", [2]int{0, 100})}
	for i := range byte(40) {
		spans = append(spans, spanAt([2]byte{10 + 2*i, 1}, "orders", fmt.Sprintf("query %d", i), [2]int{int(i), 50}), spanAt([2]byte{11 + 2*i, 10 + 2*i}, "db", "rows", [2]int{int(i) + 1, 49}))
	}
	spans[3].Attrs = []attribute.KeyValue{attribute.String("db.statement", "SELECT needle")}
	spans[80].Attrs = spans[3].Attrs
	spans[60].Code, spans[60].Message = trace.Error, "no rows"
	lost := spanAt([2]byte{200, 199}, "mail", "send", [2]int{60, 70})
	skewed := spanAt([2]byte{201, 1}, "elsewhere", "its clock is wrong", [2]int{900_000, 900_010})
	h.Traces().Add(append(spans, lost, skewed)...)
	b.open(t, h.Page()+"/#/trace/"+trace.ID{3}.String())

	if got := eval[string](t, b, `document.querySelector(".took").textContent`); got != "100 ms" {
		t.Errorf("the trace took %q: a clock that differs must not make it longer", got)
	}
	b.do(t, "search", chromedp.SendKeys(".tools input", "needle"))
	b.until(t, "two spans are found", `document.querySelector(".tools [role=status]").textContent === "2 found"`)
	chosen := `document.querySelector(".detail:not([hidden]) dd")?.textContent === "SELECT needle" && document.querySelector(".row.chosen.hit")`
	for _, want := range []string{"1 of 2", "2 of 2", "1 of 2"} {
		b.key(t, kb.Enter)
		b.until(t, want, fmt.Sprintf(`document.querySelector(".tools [role=status]").textContent === %q && Boolean(%s)`, want, chosen))
	}
	b.key(t, kb.Escape)
	b.key(t, "e")
	b.until(t, "the span that failed is told", `document.querySelector(".detail .failure")?.textContent === "no rows"`)
	b.until(t, "a screen reader is told which", `document.activeElement.getAttribute("aria-activedescendant") === document.querySelector(".row.chosen").id`)
	b.key(t, "z")
	b.until(t, "the ruler shows its stretch", `document.querySelector(".ruler .track").textContent.startsWith("30.0 ms") || document.querySelector(".ruler .track").textContent.startsWith("29.0 ms")`)
	b.key(t, "z")
	b.until(t, "and the whole again", `document.querySelector(".ruler .track").textContent.startsWith("0")`)
	b.key(t, "f")
	b.until(t, "folded to what the root calls", `document.querySelector(".inner").style.height === "1290px"`) // 43 rows
	b.key(t, "n")
	b.until(t, "what is found is unfolded", chosen+` && document.querySelector(".row.chosen").getAttribute("aria-level") === "3"`)
	b.until(t, "a parent that has not come", `(() => { const f = document.querySelector(".fall"); f.scrollTop = f.scrollHeight; return [...document.querySelectorAll(".row")].some((r) => r.innerText.includes("send") && r.innerText.includes("no parent")) })()`)
	b.quiet(t)
}

// A page that is open goes on with the seam that is started after another.
func TestThePageGoesOnAfterARestart(t *testing.T) {
	b := startBrowser(t)
	first, second := startPage(t, &system.Spec{Name: "first"}), startPage(t, &system.Spec{Name: "second"})
	first.Traces().Add(spanAt([2]byte{1}, "web", "GET /before", [2]int{0, 100}))
	second.Traces().Add(spanAt([2]byte{1}, "web", "GET /after", [2]int{0, 100}))
	var now atomic.Pointer[harness.Harness]
	now.Store(first)
	address := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := url.Parse(now.Load().Page())
		if err != nil {
			t.Error(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(to)
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		address.CloseClientConnections() // the page listens for ever
		address.Close()
	})

	b.open(t, address.URL+"/#/traces")
	b.until(t, "what the first has seen", `[...document.querySelectorAll("tr.trace")].map((r) => r.innerText).join().includes("GET /before")`)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := first.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	b.until(t, "the page says that it has ended", `!document.querySelector("#gone").hidden`)
	now.Store(second)
	b.until(t, "what the second has seen, alone", `(() => { const all = [...document.querySelectorAll("tr.trace")].map((r) => r.innerText).join(); return all.includes("GET /after") && !all.includes("GET /before") })()`)
	b.until(t, "it runs", `document.querySelector("#gone").hidden && document.querySelector("#name").textContent === "second"`)
}
