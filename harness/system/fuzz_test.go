package system

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(Starter("x", nil))
	f.Add([]byte("seam: 1\nservices: &a\n  x: *a\n  <<: *a\n"))
	for _, row := range slices.Concat(valueFaults, checkFaults, yamlFaults) {
		f.Add([]byte(row.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := Parse("/nowhere/seam.yaml", data, env("X", "y"))
		if (spec == nil) == (err == nil) {
			t.Fatalf("spec %v with error %v", spec, err)
		}
		var faults *Error
		switch {
		case err == nil:
			sound(t, data, spec)
		case !errors.As(err, &faults):
			t.Fatalf("an error of another kind: %v", err)
		default:
			for _, fault := range faults.Faults {
				held(t, data, fault)
			}
		}
	})
}

// sound wants of a Spec what everybody may rely on.
func sound(t *testing.T, data []byte, spec *Spec) {
	if len(spec.Services) == 0 || spec.Name == "" && len(data) == 0 {
		t.Error("a system without services")
	}
	for i := range spec.Services {
		s := &spec.Services[i]
		ways := 0
		for _, given := range []bool{len(s.Run) > 0 && s.Run[0] != "", s.URL != "", s.Stub != nil && len(s.Stub.Pacts) > 0} {
			if given {
				ways++
			}
		}
		if ways != 1 || !label.MatchString(s.Name) || !filepath.IsAbs(s.Dir) || s.Ready.Within <= 0 || s.Stop.Within <= 0 || s.Port < 0 || s.Port > 65535 {
			t.Errorf("a service that cannot be started: %+v", s)
		}
		for _, c := range s.Calls {
			if spec.Service(c.Provider) == nil || !isVariable(c.Env) || c.Listen == "" || c.Protocol != "http" && c.Protocol != "tcp" || !c.Expose && !isLoopback(c.Listen) {
				t.Errorf("an edge that cannot be opened: %+v", c)
			}
		}
		for _, name := range s.After {
			if spec.Service(name) == nil {
				t.Errorf("%s waits for nobody", s.Name)
			}
		}
	}
	if needsEntry(spec) != "" && spec.Service(spec.Entry.Service) == nil {
		t.Errorf("no entry, though %s needs one", needsEntry(spec))
	}
	for _, e := range spec.Expect {
		for _, x := range e.That {
			for column := range len(x.Text) + 2 {
				held(t, data, func() Fault { f := spec.Fault(spec.Within(x, column), "", "x"); f.Remedy = "x"; return f }())
			}
		}
	}
	again, err := Parse("/nowhere/seam.yaml", data, env("X", "y"))
	if err != nil {
		t.Fatalf("read again: %v", err)
	}
	if diff := cmp.Diff(spec, again); diff != "" {
		t.Errorf("read again, it is another system:\n%s", diff)
	}
}

// Whatever the files of a folder hold, what is proposed of them is right.
func FuzzPropose(f *testing.F) {
	f.Add("web: node web.js -p $PORT\nrelease: x\n", `{"scripts":{"start":"node ."}}`, "services:\n  a: { build: ., ports: [\"80:80\"] }\n", `{"consumer":{"name":"web"},"provider":{"name":"orders"}}`, byte(15))
	f.Add("", `{"main":"x y.js"}`, "services: &a\n  b: *a\n", `{"consumer":{"name":"api"},"provider":{"name":"web"}}`, byte(14))
	f.Add("a:\tb\r\nA_b: '\"\\", "{", "services: [", "[]", byte(9))
	f.Fuzz(func(t *testing.T, procfile, pkg, compose, pact string, which byte) {
		files := map[string]string{"web/main.go": "package main"}
		for i, name := range []string{"Procfile", "api/package.json", "compose.yaml", "pacts/a.json"} {
			if which&(1<<i) != 0 {
				files[name] = []string{procfile, pkg, compose, pact}[i]
			}
		}
		if which&(1<<4) != 0 { // what is looked for before a compose file
			delete(files, "web/main.go")
		}
		text := Starter("x", folderOf(files))
		if _, err := Parse("seam.yaml", text, env()); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}
