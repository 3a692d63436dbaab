package harness_test

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A browser is a real one, with one tab.
type browser struct {
	ctx context.Context

	mu   sync.Mutex
	said []string // guarded by mu; warnings, errors and exceptions
}

// startBrowser starts Chromium until the test ends.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("the page is tested in a real browser, and there is none (%v): run .ci/tools chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	b := &browser{ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1380, 900)); err != nil { // the browser lives as long as this context
		stop()
		t.Fatalf("start %s: %v", path, err)
	}
	messages, over := chromedp.Console(ctx), make(chan struct{})
	go func() {
		defer close(over)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleError || m.IsException() {
				b.mu.Lock()
				b.said = append(b.said, m.String())
				b.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("end the browser: %v", err)
		}
		cancel()
		<-over
		stop()
	})
	return b
}

// quiet fails where the console has an error or a warning.
func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.said {
		t.Errorf("the console says %s", text)
	}
	b.said = nil
}

func (b *browser) do(t *testing.T, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// open shows an address and waits until its view has what it needs.
func (b *browser) open(t *testing.T, address string) {
	t.Helper()
	b.do(t, "open "+address, chromedp.Navigate("about:blank"), chromedp.Navigate(address), chromedp.WaitReady("#view[data-ready]"))
}

// scheme chooses "light" or "dark", as a system's setting does.
func (b *browser) scheme(t *testing.T, name string) {
	t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		t.Fatal(err)
	}
}

// eval is the value of an expression of JavaScript.
func eval[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to be true.
func (b *browser) until(t *testing.T, what, expression string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !eval[bool](t, b, expression) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s: %s\nthe page says:\n%s", what, expression, eval[string](t, b, "document.body.innerText"))
		}
		time.Sleep(50 * time.Millisecond) // of a condition with a deadline
	}
}

func (b *browser) key(t *testing.T, key string) {
	t.Helper()
	b.do(t, "press "+key, chromedp.KeyEvent(key))
}

// texts lists what elements show.
func texts(t *testing.T, b *browser, selector string) []string {
	t.Helper()
	return eval[[]string](t, b, fmt.Sprintf("[...document.querySelectorAll(%q)].map((e) => e.textContent.trim())", selector))
}
