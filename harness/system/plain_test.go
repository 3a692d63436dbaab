package system

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColonsWithinWords(t *testing.T) {
	rows := []struct {
		list string
		want []string
	}{
		{"[java, -javaagent:agent.jar, Main]", []string{"java", "-javaagent:agent.jar", "Main"}},
		{"[docker, run, -p, 8080:80, redis:7]", []string{"docker", "run", "-p", "8080:80", "redis:7"}},
		{"[./web, --api, http://127.0.0.1:9000/v1, -x]", []string{"./web", "--api", "http://127.0.0.1:9000/v1", "-x"}},
		{"[./web, --listen, :8080, --also, ::1, a::b, c:d:e]", []string{"./web", "--listen", ":8080", "--also", "::1", "a::b", "c:d:e"}},
		{"[\n  -Dkey:value,\n  été:x, a:1.5 ]", []string{"-Dkey:value", "été:x", "a:1.5"}},
		{`["a:b", 'c: d']`, []string{"a:b", "c: d"}},
	}
	for _, row := range rows {
		for _, file := range []string{"services:\n  a: { run: " + row.list + " }\n", "services:\n  a:\n    run: " + row.list + "\n"} {
			spec, err := Parse("seam.yaml", []byte("seam: 1\n"+file), nil)
			if err != nil {
				t.Errorf("%s: %v", row.list, err)
				continue
			}
			if diff := cmp.Diff(row.want, spec.Services[0].Run); diff != "" {
				t.Errorf("%s: the command differs (-want +got):\n%s", file, diff)
			}
		}
	}
}

func TestPairsInListsStayPairs(t *testing.T) {
	rows := []string{"[x, a: b]", "[x, a: ]", `[x, "a":b]`}
	for _, list := range rows {
		if _, err := Parse("seam.yaml", []byte("seam: 1\nservices:\n  a: { run: "+list+" }\n"), nil); err == nil {
			t.Errorf("%s: a pair is taken for text", list)
		}
	}
}
