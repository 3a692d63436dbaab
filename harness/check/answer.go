package check

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/harness/load"
)

// mostDecoded bounds the body of an answer to a load, decompressed.
const mostDecoded = 4 << 20

// responseOf is an answer as contracts speak of it, or why it cannot be judged.
func responseOf(a *load.Answer) (r *contracts.Response, why string) {
	if a.Cut {
		return nil, "too large: only the beginning of such a body is kept under load"
	}
	r = &contracts.Response{Status: a.Status, Headers: make(map[string][]string, len(a.Header))}
	for name, lines := range a.Header {
		for _, line := range lines {
			r.Headers[name] = append(r.Headers[name], contracts.SplitHeader(name, line)...)
		}
	}
	body, err := decoded(a.Body, a.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, err.Error()
	}
	r.Body = contracts.NewBody(body, a.Header.Get("Content-Type"))
	return r, ""
}

// decoded undoes the content coding of a body.
func decoded(body []byte, coding string) ([]byte, error) {
	switch coding = strings.ToLower(strings.TrimSpace(coding)); {
	case coding == "" || coding == "identity" || len(body) == 0:
		return body, nil
	case coding != "gzip" && coding != "x-gzip":
		return nil, fmt.Errorf("a body's content coding is not known under load: %s", coding)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("a body says gzip, and is something else: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(unzipped, mostDecoded+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("a body says gzip, and is something else: %w", err)
	case len(text) > mostDecoded:
		return nil, fmt.Errorf("too large: a body has more than %d MiB, decompressed", mostDecoded>>20)
	}
	return text, nil
}
