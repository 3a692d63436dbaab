package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/harness/system"
)

// What the file names is held together with the file: all faults come at once,
// in its order, at their places.
func TestFaultsOfFileExpressionsAndPactsComeTogether(t *testing.T) {
	broken := `{"consumer": {"name": "phone"}, "provider": {"name": "web"}, "interactions": 5}`
	for _, test := range []struct {
		reason, text string
		want         []string
	}{
		{"nothing wrong", "services: { web: { run: [x] } }\ncontracts: { pacts: good.json }\nexpect: { that: errors == 0 }\n", nil},
		{
			"expressions, however they are quoted",
			"services: { web: { run: [x] } }\nexpect:\n  - that: erors == 0\n  - that: ['errors == 0', \"errors =! 0\"]\n  - that: >\n      calls(\"web\") == 1\n      and calls(\"wbe\") == 1\n",
			[]string{
				`4:11 expect[0].that: unknown name erors`,
				`5:35 expect[1].that[1]: unexpected token Operator("=")`,
				`8:17 expect[2].that: the system has no service "wbe"`,
			},
		},
		{
			"objectives, and the file itself",
			"services: { web: { run: [x], prot: 1 } }\nload: { rate: 1/s, for: 1s, request: { path: / }, objectives: [p99<200ms, p42<1ms] }\nexpect: { that: calls(\"nobody\") == 0 }\n",
			[]string{
				"2:30 services.web.prot: there is no key `prot` here; did you mean `port`?",
				`3:75 load.objectives[1]: "p42" cannot be measured; there are p50, p90, p95, p99, p999, max, mean, errors and rate`,
			},
		},
		{
			"pacts that are not there, or are none",
			"services:\n  web: { run: [x] }\n  stock: { stub: { pacts: [good.json, 'none/*.json'] } }\ncontracts:\n  - pacts: [nowhere.json, bad.json, folder]\n  - { pacts: bad.json }\nentry: web\n",
			[]string{
				"4:39 services.stock.stub.pacts[1]: pact none/*.json: there is no pact",
				"6:13 contracts[0].pacts[0]: pact nowhere.json: there is no such file or folder",
				"6:27 contracts[0].pacts[1]: pact bad.json:1:78: expected an array but found a number",
				"6:37 contracts[0].pacts[2]: pact folder: there is no pact",
				"7:14 contracts[1].pacts: pact bad.json:1:78: expected an array but found a number",
			},
		},
		{
			"pacts with others",
			"services: { wbe: { run: [x] }, stock: { stub: { pacts: good.json } } }\nentry: wbe\ncontracts:\n  - pacts: good.json\n  - { pacts: good.json, consumer: nobody }\n  - { pacts: good.json, provider: wbe, consumer: phone }\n  - { pacts: \"http://127.0.0.1:9/none.json\", provider: wbe }\n",
			[]string{
				"2:56 services.stock.stub.pacts: none of these pacts has the provider stock",
				"5:12 contracts[0].pacts: good.json is a pact with web, and there is no service of that name",
				"6:14 contracts[1].pacts: none of these pacts has the consumer nobody",
				"7:14 contracts[2].pacts: none of these pacts has the provider wbe",
			},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range map[string]string{"seam.yaml": "seam: 1\n" + test.text, "good.json": pact, "bad.json": broken} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(folder, "folder"), 0o700); err != nil {
				t.Fatal(err)
			}
			spec, err := Read(filepath.Join(folder, "seam.yaml"), os.LookupEnv)
			if (spec == nil) == (err == nil) {
				t.Fatalf("spec %v with error %v", spec, err)
			}
			var got []string
			var faults *system.Error
			if errors.As(err, &faults) {
				for _, f := range faults.Faults {
					got = append(got, fmt.Sprintf("%d:%d %s: %s", f.Pos.Line, f.Pos.Column, f.Key, f.Message))
					if f.Remedy == "" || f.Excerpt == "" {
						t.Errorf("no remedy or no excerpt: %+v", f)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
