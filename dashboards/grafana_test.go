package dashboards_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seamtest/seam/dashboards"
)

// A board is a dashboard as Grafana reads it.
type board struct {
	UID        string
	Title      string
	Templating struct {
		List []struct {
			Name, Query, AllValue string
			IncludeAll            bool
			Datasource            ref
		}
	}
	Panels []struct {
		ID         int
		Title      string
		Type       string
		Datasource *ref
		GridPos    struct{ X, Y, W, H int }
		Targets    []target
	}
}

type ref struct{ Type, UID string }

type target struct {
	Expr, RefID, Format string
	Instant, Range      bool
	Datasource          ref
}

func boards(t *testing.T) []board {
	t.Helper()
	paths, err := fs.Glob(dashboards.Provisioning, "grafana/dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []board
	for _, path := range paths {
		data, err := fs.ReadFile(dashboards.Provisioning, path)
		if err != nil {
			t.Fatal(err)
		}
		var b board
		if err := json.Unmarshal(data, &b); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, b)
	}
	if len(all) != 4 {
		t.Fatalf("%d dashboards, want 4", len(all))
	}
	return all
}

// A view is what Grafana knows when it fills in the variables of a query.
type view struct {
	scrape, step, span time.Duration
	values             map[string]string // of the dashboard's variables
}

var variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// resolve fills in as Grafana's Prometheus data source does: the window of a
// rate is at least four scrapes, and a step more than one.
func (v view) resolve(expr string) (string, error) {
	var unknown []string
	text := variable.ReplaceAllStringFunc(expr, func(name string) string {
		switch name = strings.Trim(name, "${}"); name {
		case "__rate_interval":
			return inSeconds(max(4*v.scrape, v.step+v.scrape))
		case "__interval":
			return inSeconds(v.step)
		case "__range":
			return inSeconds(v.span)
		}
		value, ok := v.values[name]
		if !ok {
			unknown = append(unknown, name)
		}
		return value
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("unknown variables %v in %s", unknown, expr)
	}
	return text, nil
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.0fs", d.Seconds()) }

func TestVariablesAreFilledInAsGrafanaDoes(t *testing.T) {
	v := view{scrape: 5 * time.Second, step: 2 * time.Second, span: time.Minute, values: map[string]string{"server": "a|b"}}
	got, err := v.resolve(`rate(x{s=~"$server"}[$__rate_interval]) + increase(y{s=~"${server}"}[$__range]) + z[$__interval]`)
	if want := `rate(x{s=~"a|b"}[20s]) + increase(y{s=~"a|b"}[60s]) + z[2s]`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	v.step = time.Minute
	if got, err := v.resolve("x[$__rate_interval]"); got != "x[65s]" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := v.resolve("x{a=~\"$nobody\"}"); err == nil {
		t.Error("an unknown variable is no error")
	}
}

func TestDashboardsAreWellFormed(t *testing.T) {
	uids := map[string]bool{}
	for _, b := range boards(t) {
		if uids[b.UID] || !strings.HasPrefix(b.UID, "seam-") {
			t.Errorf("%s: the uid %q is taken or foreign", b.Title, b.UID)
		}
		uids[b.UID] = true
		ids, taken := map[int]bool{}, map[[2]int]string{}
		for _, p := range b.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: panel %q has the id %d, which is none or taken", b.UID, p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s: panel %q does not fit: %+v", b.UID, p.Title, p.GridPos)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" {
						t.Fatalf("%s: panels %q and %q lie over each other", b.UID, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			if p.Type != "row" && len(p.Targets) == 0 {
				t.Errorf("%s: panel %q asks nothing", b.UID, p.Title)
			}
		}
	}
}
