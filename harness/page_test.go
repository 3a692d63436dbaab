package harness_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seamtest/seam/harness"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/harness/trace"
)

var picture = flag.Bool("picture", false, "take the pictures of the README")

// startPage runs a system with its page until the test ends.
func startPage(t *testing.T, spec *system.Spec) *harness.Harness {
	t.Helper()
	h, err := harness.Start(t.Context(), harness.Config{Spec: spec, Page: "127.0.0.1:0", Log: func(l harness.Line) { t.Logf("%s | %s", l.Service, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := h.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func shopSpec(t *testing.T) *system.Spec {
	t.Helper()
	file, err := filepath.Abs("../examples/shop/seam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := system.Read(file, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestThePageShowsTheShop(t *testing.T) {
	b := startBrowser(t)
	shop := startPage(t, shopSpec(t))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b.open(t, shop.Page())
	if got := eval[string](t, b, `document.querySelector(".empty:not([hidden]) code").textContent`); !strings.HasPrefix(got, "curl "+shop.Entry()) {
		t.Errorf("without a call the page says %q", got)
	}
	buy := `{"items":[{"sku":"book-1","quantity":2}],"card":"4242424242424242"}`
	for _, r := range []request{{path: "/books", status: 200}, {method: http.MethodPost, path: "/checkout", body: buy, status: 201}, {path: "/books/book-99", status: 404}} {
		ask(ctx, t, shop, r)
	}
	t.Run("map", func(t *testing.T) { testMap(t, b) })
	t.Run("live", func(t *testing.T) {
		ask(ctx, t, shop, request{path: "/books", status: 200})
		b.until(t, "the page counts a call that came while it was open", `document.querySelector("[data-edge='entry->gateway'] td:nth-child(3)").textContent === "4"`)
	})
	t.Run("traces", func(t *testing.T) { testTraces(t, b, shop) })
	t.Run("waterfall", func(t *testing.T) { testWaterfall(t, b) })
	t.Run("contracts and logs", func(t *testing.T) { testContractsAndLogs(t, b, shop) })
	t.Run("end", func(t *testing.T) {
		b.quiet(t)
		if err := shop.Stop(ctx); err != nil { // although the page listens for events
			t.Fatal(err)
		}
		b.until(t, "the page says that seam has ended", `document.querySelector("#live").textContent === "not running" && document.querySelector("#gone").innerText.includes("seam up")`)
	})
}

func testMap(t *testing.T, b *browser) {
	b.until(t, "every service is ready", `document.querySelectorAll(".node .state.ready").length === 4`)
	names := texts(t, b, ".node .name")
	slices.Sort(names)
	if diff := cmp.Diff([]string{"gateway", "orders", "outside", "payments", "stock"}, names); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	b.until(t, "the calls are counted", `document.querySelector("[data-edge='orders->payments'] td:nth-child(3)").textContent === "1"`)
	want := []string{"entry->gateway", "gateway->orders", "gateway->stock", "orders->stock", "orders->payments"}
	if diff := cmp.Diff(want, eval[[]string](t, b, `[...document.querySelectorAll("[data-edge]")].map((e) => e.dataset.edge)`)); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	for _, cell := range texts(t, b, "[data-edge] td:nth-child(n+6)") {
		if !strings.Contains(cell, "s") {
			t.Errorf("a percentile is %q, which is no time", cell)
		}
	}
	if got := texts(t, b, ".label text:first-of-type"); len(got) != 5 || slices.Contains(got, "no calls") {
		t.Errorf("the edges are labelled %q", got)
	}
}

func testTraces(t *testing.T, b *browser, shop *harness.Harness) {
	// Not by key, as the protocol would type the letter into the field as well.
	const slash = `document.dispatchEvent(new KeyboardEvent("keydown", {key: "/"}))`
	focused := `document.querySelector("#view").dataset.view === "traces" && document.activeElement.type === "search"`
	eval[bool](t, b, slash)
	b.until(t, "the search is opened from the map", focused)
	eval[bool](t, b, `(() => { document.activeElement.blur(); location.hash = "#/"; return true; })()`)
	b.until(t, "the map", `document.querySelector("#view").dataset.view === "map"`)
	b.key(t, "2")
	b.until(t, "all traces", `document.querySelector("#view").dataset.view === "traces" && document.querySelectorAll("tr.trace").length === 4`)
	eval[bool](t, b, slash)
	b.until(t, "the search has the focus", focused)
	b.do(t, "search", chromedp.SendKeys("input[type=search]", "checkout"))
	b.until(t, "the search leaves one trace", `document.querySelectorAll("tr.trace").length === 1`)
	if got := eval[string](t, b, "location.hash"); got != "#/traces?text=checkout" {
		t.Errorf("the address is %s: it must lead here again", got)
	}
	for _, filter := range []struct {
		query string
		rows  int
	}{
		{"service=payments", 1}, {"service=stock", 4}, {"service=gateway&operation=GET+%2Fbooks", 2}, {"failed=true", 1},
		{"edge=gateway-%3Eorders", 1}, {"min=1h", 0}, {"text=book-99", 1}, {"text=%3Cimg", 0},
	} {
		b.open(t, shop.Page()+"/#/traces?"+filter.query)
		b.until(t, filter.query, fmt.Sprintf(`document.querySelectorAll("tr.trace").length === %d`, filter.rows))
	}
	b.do(t, "choose a service", chromedp.Navigate(shop.Page()+"/#/traces"), chromedp.WaitReady(`select[name=service] option[value=payments]`))
	eval[bool](t, b, `(() => { const s = document.querySelector("select[name=service]"); s.value = "payments"; return s.dispatchEvent(new Event("change")); })()`)
	b.until(t, "the choice leaves one trace", `document.querySelectorAll("tr.trace").length === 1 && location.hash === "#/traces?service=payments"`)
}

func testWaterfall(t *testing.T, b *browser) {
	b.key(t, "j")
	b.key(t, kb.Enter)
	b.until(t, "the waterfall of a checkout", `document.querySelectorAll(".row").length >= 12`)
	names := texts(t, b, ".row .chip")
	for _, service := range []string{"gateway", "orders", "stock", "payments"} {
		if !slices.Contains(names, service) {
			t.Errorf("no span of %s among %q", service, names)
		}
	}
	all := len(names)
	if got := eval[int](t, b, `document.querySelectorAll(".row .path").length`); got < 8 {
		t.Errorf("the critical path has %d stretches", got)
	}
	b.key(t, "j")
	b.until(t, "the first span is told", `document.querySelector(".detail:not([hidden]) h2")?.textContent === "POST /checkout"`)
	if got := texts(t, b, ".detail dt"); !slices.Contains(got, "seam.edge.provider") || !slices.Contains(got, "http.response.status_code") {
		t.Errorf("the attributes are %q", got)
	}
	b.key(t, kb.ArrowLeft)
	b.until(t, "folded to its root", `document.querySelectorAll(".row").length === 1`)
	b.key(t, kb.ArrowRight)
	b.until(t, "unfolded", fmt.Sprintf(`document.querySelectorAll(".row").length === %d`, all))
	b.key(t, "c")
	b.until(t, "less than all on the critical path, or all", fmt.Sprintf(`document.querySelector("[data-path]").classList.contains("on") && document.querySelectorAll(".row").length <= %d`, all))
	b.key(t, kb.Escape)
	b.key(t, kb.Escape)
	b.until(t, "back in the list, with its filter", `location.hash === "#/traces?service=payments"`)
}

func testContractsAndLogs(t *testing.T, b *browser, shop *harness.Harness) {
	b.open(t, shop.Page()+"/#/contracts")
	b.until(t, "a card for each edge with contracts", `document.querySelectorAll(".contract").length === 5`)
	b.until(t, "calls as agreed", `[...document.querySelectorAll(".legend span:first-child b")].some((e) => Number(e.textContent) > 0)`)
	b.open(t, shop.Page()+"/#/logs")
	b.until(t, "the services' output", `[...document.querySelectorAll(".log .what")].some((e) => e.textContent.includes("payments listens on"))`)
	b.do(t, "search", chromedp.SendKeys("input[type=search]", "payments"))
	b.until(t, "lines of payments only", `[...document.querySelectorAll(".log li:not([hidden])")].every((e) => e.textContent.includes("payments")) && document.querySelectorAll(".log li[hidden]").length > 0`)
	b.key(t, kb.Escape)
	b.key(t, "?")
	b.until(t, "the keys are told", `document.querySelector("dialog").open`)
}

const hostile = `"><img src=x onerror="window.hacked=1"><script>window.hacked=2</script>` + "-a-name-without-end-a-name-without-end-a-name-without-end-a-name-without-end"

// Whatever a service says stays text: its lines, its answers, its spans.
func TestThePageIsDeafToMarkup(t *testing.T) {
	b := startBrowser(t)
	folder := t.TempDir()
	h := startPage(t, &system.Spec{
		Name: "hostile", File: filepath.Join(folder, "seam.yaml"), Entry: system.Entry{Service: "bad"},
		Services: []system.Service{{
			Name: "bad", Dir: folder, Run: []string{"sh", "-c", `printf "\033[31m%s\033[0m\n" "$SAY"; exec sleep 600`}, Env: map[string]string{"SAY": hostile},
			Ready: system.Ready{Log: "script", Within: 20 * time.Second}, Stop: system.Stop{Within: 5 * time.Second},
		}},
	})
	start := time.Now()
	text := []attribute.KeyValue{attribute.String(hostile, hostile), attribute.String("exception.message", hostile)}
	h.Traces().Add(&trace.Span{
		Trace: trace.ID{1}, ID: trace.SpanID{1}, Name: hostile, Code: trace.Error, Message: hostile, Start: start, End: start.Add(time.Second), Attrs: text,
		Events:   []trace.Event{{Name: hostile, Time: start, Attrs: text}},
		Resource: &trace.Resource{Service: hostile, Attrs: text}, Scope: &trace.Scope{Name: hostile},
	})
	id := trace.ID{1}.String()
	for _, place := range []struct{ hash, selector string }{
		{"#/", "tr.trace .what"}, {"#/traces", "tr.trace .what"}, {"#/logs", ".log .what"},
		{"#/trace/" + id, ".row .op"}, {"#/trace/" + id + "/" + trace.SpanID{1}.String(), ".detail dd"},
		{"#/traces?service=" + "%22%3E%3Cimg%20src=x%20onerror=%22window.hacked=3%22%3E", "select[name=service]"},
	} {
		b.open(t, h.Page()+"/"+place.hash)
		b.until(t, place.hash, fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes("<img src=x onerror="))`, place.selector))
		if n := eval[int](t, b, `document.querySelectorAll("main img, main script, dialog img").length`); n > 0 {
			t.Errorf("%s: %d elements came out of text", place.hash, n)
		}
		if eval[bool](t, b, `"hacked" in window`) {
			t.Fatalf("%s: text was run", place.hash)
		}
		b.do(t, "narrow", chromedp.EmulateViewport(360, 740))
		b.until(t, place.hash+" fits a narrow window", `document.documentElement.scrollWidth <= innerWidth`)
		b.do(t, "wide", chromedp.EmulateViewport(1380, 900))
	}
	b.open(t, h.Page()+"/#/logs")
	b.until(t, "colours of a terminal are dropped", `document.querySelector(".log .what")?.textContent.startsWith('"><img')`)
	b.quiet(t)
	eval[bool](t, b, `(() => { try { document.body.innerHTML = "<i>"; return true } catch { return false } })()`)
	if eval[int](t, b, `document.querySelectorAll("main").length`) != 1 {
		t.Error("the browser lets text become markup: the policy does not hold")
	}
}

// A trace of thousands of spans has in the document only what is in sight.
func TestALongTraceDrawsNoMoreThanTheScreenShows(t *testing.T) {
	b := startBrowser(t)
	h := startPage(t, &system.Spec{Name: "long"})
	start := time.Now()
	var spans []*trace.Span
	for i := range 4000 {
		s := &trace.Span{
			Trace: trace.ID{2}, ID: trace.SpanID{byte(i >> 8), byte(i), 1}, Name: fmt.Sprintf("step %d", i), Start: start.Add(time.Duration(i) * time.Millisecond),
			End: start.Add(time.Duration(i+3) * time.Millisecond), Resource: &trace.Resource{Service: fmt.Sprintf("s%d", i%7)}, Scope: &trace.Scope{},
		}
		if i > 0 {
			s.Parent = trace.SpanID{byte((i - 1) / 3 >> 8), byte((i - 1) / 3), 1}
		}
		spans = append(spans, s)
	}
	h.Traces().Add(spans...)
	b.open(t, h.Page()+"/#/trace/"+trace.ID{2}.String())
	rows := `document.querySelectorAll(".row").length`
	if n := eval[int](t, b, rows); n < 15 || n > 80 {
		t.Errorf("%d rows are in the document", n)
	}
	most := eval[int](t, b, `(() => {
		const body = document.querySelector(".fall");
		let most = 0;
		for (let i = 0; i < 60; i++) {
			body.scrollTop += 900;
			body.dispatchEvent(new Event("scroll"));
			body.getBoundingClientRect();
			most = Math.max(most, document.querySelectorAll(".row").length);
		}
		return most;
	})()`)
	if most > 80 {
		t.Errorf("scrolling draws %d rows at once: more than the screen shows", most)
	}
	b.until(t, "the end of the trace", `(() => { const f = document.querySelector(".fall"); f.scrollTop = f.scrollHeight; return [...document.querySelectorAll(".row .op")].some((e) => e.textContent === "step 3999") || f.scrollTop > 100000 })()`)
	if n := eval[int](t, b, rows); n > 80 {
		t.Errorf("%d rows are in the document at the end", n)
	}
	b.quiet(t)
}
