package harness_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/seamtest/seam/harness/load"
	"github.com/seamtest/seam/harness/report"
)

// The pictures of the README are of the shop under some traffic. They are
// taken on demand, as no two are the same: go test ./harness -run TestPictures -picture
func TestPictures(t *testing.T) {
	if !*picture {
		t.Skip("pictures are taken with -picture: make picture")
	}
	b := startBrowser(t)
	t.Run("page", func(t *testing.T) { takePage(t, b) })
	t.Run("load", func(t *testing.T) { takeLoad(t, b) })
}

// takePage takes those of the page of a running system.
func takePage(t *testing.T, b *browser) {
	t.Helper()
	shop := startPage(t, shopSpec(t))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b.scheme(t, "light")
	b.open(t, shop.Page())
	for i := range 240 {
		sku := []string{"1", "3", "4"}[i%3] // book-2 is sold out, say the contracts
		card := "4242424242424242"
		if i%12 == 5 {
			card = "4000000000000002"
		}
		order := `{"items":[{"sku":"book-` + sku + `","quantity":1}],"card":"` + card + `"}`
		ask(ctx, t, shop, request{path: "/books"})
		if i%2 == 0 {
			ask(ctx, t, shop, request{path: "/books/book-" + sku})
		}
		if i%3 == 0 || i == 239 {
			ask(ctx, t, shop, request{method: http.MethodPost, path: "/checkout", body: order})
		}
		time.Sleep(time.Duration(60+i%7*25) * time.Millisecond) // so that the minute has a shape
	}
	take(t, b, "page.png")
	b.open(t, shop.Page()+"/#/traces?text=charges")
	b.key(t, "j")
	b.key(t, "\r")
	b.until(t, "a waterfall", `document.querySelectorAll(".row").length >= 12`)
	for range 4 {
		b.key(t, "j")
	}
	b.until(t, "a span", `document.querySelector(".detail:not([hidden]) h2") !== null`)
	take(t, b, "waterfall.png")
	b.scheme(t, "dark")
	b.open(t, shop.Page()+"/#/traces")
	b.until(t, "traces", `document.querySelectorAll("tr.trace").length > 5`)
	take(t, b, "traces-dark.png")
	b.quiet(t)
	b.do(t, "leave a page that is about to end", chromedp.Navigate("about:blank"))
}

// takeLoad takes that of a report in HTML: a ramp, with a pause of the origin
// in it, and errors at the end.
func takeLoad(t *testing.T, b *browser) {
	t.Helper()
	begun := time.Now()
	var asked atomic.Int64
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		at := time.Since(begun)
		if pause := 16*time.Second - at; pause > 0 && pause < 1500*time.Millisecond {
			time.Sleep(pause)
		}
		took := rand.ExpFloat64() * (1 + at.Seconds()/10) * float64(time.Millisecond)
		time.Sleep(2*time.Millisecond + time.Duration(took))
		if at > 28*time.Second && asked.Add(1)%11 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer origin.Close()
	stages, err := load.ParseStages("40/s:5s,40/s..240/s:30s,240/s:5s")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := load.Run(t.Context(), load.Job{Name: "checkout", Requests: []load.Request{{URL: origin.URL}}, Stages: stages, Poisson: true, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	doc := &report.Document{Seam: report.Format, Verb: "load", System: "shop", Verdict: report.Passed, Started: begun, Duration: 40, Load: []report.Load{report.NewLoad(sum, nil)}}
	path := filepath.Join(t.TempDir(), "load.html")
	if err := report.Write(doc, "html", path, io.Discard); err != nil {
		t.Fatal(err)
	}
	b.scheme(t, "light")
	b.do(t, "open the report", chromedp.EmulateViewport(1120, 900), chromedp.Navigate("file://"+path), chromedp.WaitReady(".charts"))
	eval[bool](t, b, `(document.querySelector("main h2").scrollIntoView(), true)`)
	take(t, b, "load.png")
	b.quiet(t)
}

func take(t *testing.T, b *browser, name string) {
	t.Helper()
	const most = 300_000
	time.Sleep(700 * time.Millisecond) // transitions end
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > most {
		t.Errorf("%s has %d bytes, more than %d", name, len(data), most)
	}
	path := filepath.Join("..", "docs", "img", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
