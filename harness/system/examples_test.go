package system

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// around puts a mapping of a type where it belongs in a file.
var around = map[string]string{
	"Service": "web: %s", "Stub": "web: { stub: %s }", "Ready": "web: { run: [x], ready: %s }", "Stop": "web: { run: [x], stop: %s }",
	"Call": "web: { run: [x], calls: [%s] }", "Entry": "entry: %s", "Step": "drive: [%s]", "Request": "drive: { request: %s }",
	"Contract": "contracts: [%s]", "Expectation": "expect: %s", "Load": "load: %s",
	"Stage":     "load: { request: { path: / }, stages: %s }",
	"LoadPacts": "load: { rate: 1/s, for: 1s, pacts: %s }", "LoadCall": "load: { rate: 1/s, for: 1s, call: %s }",
	"Flow":     "load: { rate: 1/s, for: 1s, flows: [%s] }",
	"FlowStep": "load: { rate: 1/s, for: 1s, flows: { steps: [%s] } }", "Feeder": "load: { rate: 1/s, for: 1s, data: { books: %s }, flows: { steps: { request: { path: / } } } }",
	"Extract":   "load: { rate: 1/s, for: 1s, flows: { steps: { request: { path: / }, extract: { x: %s } } } }",
	"Check":     "load: { rate: 1/s, for: 1s, flows: { steps: { request: { path: / }, check: %s } } }",
	"EdgeFault": "drive: { request: { path: / }, faults: %s }",
	"Publish":   "publish: %s", "Coverage": "coverage: %s",
}

// examples are files that each hold the example of one key, by its path.
func examples() map[string]string {
	files := map[string]string{}
	for _, t := range sections() {
		for _, k := range shapeOf(t).keys {
			for _, name := range []string{k.name, k.single} {
				if name != "" {
					files[t.Name()+"."+name] = file(t.Name(), flow(t, name, k.example))
				}
			}
		}
	}
	return files
}

// flow is a mapping of the type that holds the key, and what it must hold.
func flow(t reflect.Type, key, value string) string {
	s := shapeOf(t)
	pairs := []string{key + ": " + value}
	add := func(name string) {
		if name != key {
			pairs = append(pairs, name+": "+s.find(name).example)
		}
	}
	for _, k := range s.keys {
		if k.required {
			add(k.name)
		}
	}
	for _, c := range s.choices {
		if c.required && !slices.Contains(c.keys, key) {
			add(c.keys[0])
		}
	}
	if t == reflect.TypeFor[Load]() && key != "stages" && key != "replay" {
		add("for")
	}
	if t == reflect.TypeFor[EdgeFault]() && !slices.Contains([]string{"latency", "status", "reset", "cut", "rate"}, key) {
		add("latency")
	}
	switch key {
	case "teardown":
		add("states")
	case "coverage":
		add("contracts")
	case "import-path":
		add("proto")
	case "streams":
		add("protocol")
	case "equals", "exists":
		pairs[len(pairs)-1] = "json: /id"
	case "data":
		pairs[slices.IndexFunc(pairs, func(p string) bool { return strings.HasPrefix(p, "request: ") })] = "flows: { steps: { request: { path: / } } }"
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}

// file is a whole file around a mapping of the type.
func file(name, mapping string) string {
	if name == "Spec" {
		text := strings.TrimSuffix(strings.TrimPrefix(mapping, "{ "), " }")
		return "{ " + text + " }\n"
	}
	web, part := "web: { run: [x] }", fmt.Sprintf(around[name], mapping)
	if strings.HasPrefix(part, "web:") {
		web, part = part, ""
	}
	if strings.Contains(mapping, "web->orders") {
		web = "web: { run: [x], calls: [orders] }"
	}
	if name == "Coverage" || name == "LoadPacts" || name == "Load" && strings.Contains(mapping, "pacts: ") {
		part += "\ncontracts: { pacts: x.json }"
	}
	return "seam: 1\nservices:\n  " + web + "\n  orders: { run: [x] }\n  db: { run: [x] }\n" + entryUnless(name) + part + "\n"
}

func entryUnless(name string) string {
	if name == "Entry" {
		return ""
	}
	return "entry: web\n"
}
