package contracts_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

func field(name string) contracts.Token {
	return contracts.Token{Kind: contracts.Field, Name: name}
}

func index(i int) contracts.Token { return contracts.Token{Kind: contracts.Index, Index: i} }

var (
	root     = contracts.Token{Kind: contracts.Root}
	anyField = contracts.Token{Kind: contracts.AnyField}
	anyIndex = contracts.Token{Kind: contracts.AnyIndex}
)

func TestParsePath(t *testing.T) {
	tests := []struct {
		expr   string
		want   contracts.Path
		reason string
	}{
		{"$", contracts.Path{root}, "the whole body"},
		{"$.a.b-c_d:e#f@g", contracts.Path{root, field("a"), field("b-c_d:e#f@g")}, "letters, digits and _ - : # @ make a name"},
		{"$.a[0][12]", contracts.Path{root, field("a"), index(0), index(12)}, "indexes"},
		{"$['a b']['$.x']", contracts.Path{root, field("a b"), field("$.x")}, "any name stands in quotes"},
		{"$.*[*].*", contracts.Path{root, anyField, anyIndex, anyField}, "wildcards"},
		{"$.100", contracts.Path{root, field("100")}, "digits after a dot are a name"},
		{"$.größe", contracts.Path{root, field("größe")}, "letters of any script"},
		{"a.b", contracts.Path{root, field("a"), field("b")}, "the $ may be left out"},
		{"a['@id']", contracts.Path{root, field("a"), field("@id")}, "attributes of XML"},
	}
	for _, tt := range tests {
		got, err := contracts.ParsePath(tt.expr)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.expr, tt.reason, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (%s):\n%s", tt.expr, tt.reason, diff)
		}
	}
}

func TestBadPathsAreRefused(t *testing.T) {
	tests := []struct {
		expr   string
		offset int
	}{
		{"", 0}, {".a", 0}, {"['a']", 0}, {"$a", 1}, {"$.", 2}, {"$..a", 2}, {"$.a b", 3}, {"$.a[", 4}, {"$.a[x]", 4},
		{"$.a['b]", 4}, {"$['']", 2}, {"$['a'", 5}, {`$['a\'b']`, 6}, {"$[1", 3}, {"$[-1]", 2}, {"$[99999999999999999999]", 2}, {"$.*a", 3},
	}
	for _, tt := range tests {
		got, err := contracts.ParsePath(tt.expr)
		var fault *contracts.PathError
		if !errors.As(err, &fault) {
			t.Errorf("%q was read as %v", tt.expr, got)
			continue
		}
		if fault.Offset != tt.offset {
			t.Errorf("%q: fault at %d, want %d: %v", tt.expr, fault.Offset, tt.offset, err)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"$", "$.a[0]['b c'].*[*]", "a.b", "$.a[", "$['']", "$.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		path, err := contracts.ParsePath(expr)
		if err != nil {
			return
		}
		again, err := contracts.ParsePath(path.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which is refused: %v", expr, path, err)
		}
		if diff := cmp.Diff(path, again); diff != "" {
			t.Fatalf("%q is written as %q, which is another path:\n%s", expr, path, diff)
		}
	})
}
