package record

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"github.com/seamtest/seam/contracts"
)

// ids are what answers named things by: where a path has one of them, another
// call will have another there, whatever it looks like.
type ids map[string]bool

const (
	maxIDs     = 10_000 // that are remembered
	shortestID = 4      // bytes; a shorter one may be a word of the path
)

// learn takes identifiers out of an answer: the end of the Location of what was
// created (a redirection leads to a page), and the texts of members that are
// called id, or end so.
func (x *ids) learn(p *contracts.Response) {
	if location := p.Headers["Location"]; p.Status == http.StatusCreated && len(location) > 0 {
		path, _, _ := strings.Cut(location[0], "?")
		x.add(path[strings.LastIndexByte(path, '/')+1:])
	}
	if !p.Body.MediaType().IsJSON() || len(p.Body.Content) > maxBody {
		return
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(p.Body.Content))
	d.UseNumber()
	if d.Decode(&v) == nil {
		x.look(v)
	}
}

func (x *ids) look(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			x.look(one)
		}
	case map[string]any:
		for name, one := range v {
			if text, is := one.(string); is && namesID(name) {
				x.add(text)
				continue
			}
			x.look(one)
		}
	}
}

// namesID holds for id, order_id, orderId and uuid.
func namesID(name string) bool {
	stem, found := strings.CutSuffix(strings.ToLower(name), "id")
	if !found {
		return false
	}
	last := name[len(name)-len("id"):]
	return stem == "" || stem == "uu" || stem == "gu" || last == "Id" || last == "ID" || !unicode.IsLetter(rune(stem[len(stem)-1]))
}

func (x *ids) add(text string) {
	if len(text) < shortestID || strings.ContainsAny(text, "/{}") || len(*x) == maxIDs {
		return
	}
	if *x == nil {
		*x = ids{}
	}
	(*x)[text] = true
}

// route has {id} in place of identifiers. The first segment is never one.
func (x ids) route(route string) string {
	segments := strings.Split(route, "/")
	for n := 2; n < len(segments); n++ {
		if x[segments[n]] {
			segments[n] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}
