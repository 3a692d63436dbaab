package system

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
)

// The reference stands between these two lines of the page.
const (
	referenceBegin = "<!-- The keys below come from harness/system/spec.go: go generate ./harness/system -->\n"
	referenceEnd   = "<!-- End of the keys -->\n"
)

// titles name the mappings of the file as its reader meets them.
var titles = map[string]string{
	"Spec": "The file", "Service": "services.NAME", "Stub": "services.NAME.stub", "Ready": "services.NAME.ready", "Call": "services.NAME.calls[]",
	"Stop": "services.NAME.stop", "Entry": "entry", "Step": "drive[]", "Request": "request", "Contract": "contracts[]",
	"Expectation": "expect[]", "Load": "load[]", "Stage": "load[].stages[]", "Flow": "load[].flows[]",
	"FlowStep": "load[].flows[].steps[]", "Feeder": "load[].data.NAME", "Extract": "load[].flows[].steps[].extract.NAME",
	"LoadCall": "load[].call", "LoadPacts": "load[].pacts", "Check": "load[].flows[].steps[].check[]", "Publish": "publish[]", "Coverage": "coverage", "EdgeFault": "drive[].faults[]",
}

// referenceFile is the page with the reference of the types within.
func (g *generator) referenceFile(old []byte) []byte {
	before, rest, found := strings.Cut(string(old), referenceBegin)
	_, after, closed := strings.Cut(rest, referenceEnd)
	if !found || !closed {
		g.t.Fatalf("%s lacks the lines between which the reference stands:\n%s%s", referenceFile, referenceBegin, referenceEnd)
	}
	var b bytes.Buffer
	for _, t := range sections() {
		title := titles[t.Name()]
		if title == "" {
			g.t.Errorf("the type %s has no title for the reference", t.Name())
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| key | meaning | value | default | example |\n|---|---|---|---|---|\n", title, g.about(t))
		for _, k := range shapeOf(t).keys {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", names(k), cell(g.doc(t, k)), cell(kindOf(k)), codeCell(k.fallback), codeCell(k.example))
		}
	}
	return []byte(before + referenceBegin + b.String() + "\n" + referenceEnd + after)
}

// about is what the type's comment says beyond its first sentence's "A Service is".
func (g *generator) about(t reflect.Type) string {
	doc := g.docs[t.Name()]
	if t == reflect.TypeFor[Spec]() {
		return "Paths are relative to the folder of the file."
	}
	return doc
}

func names(k key) string {
	s := "`" + k.name + "`"
	if k.single != "" {
		s = "`" + k.single + "`, " + s
	}
	if k.required {
		s += " (required)"
	}
	return s
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func codeCell(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

// formNames say what a form is to its reader.
var formNames = map[string]string{
	"address": "IP:PORT", "call": "method of gRPC", "edge": "`consumer->provider`", "paths": "path, or list", "command": "list of a program and its arguments", "method": "method", "pacts": "text, or list", "path": "path",
	"pattern": "regular expression", "route": "path that begins with /", "service": "name of a service", "services": "name of a service, or list",
	"states": "path that begins with /, or URL", "template": "text", "url": "URL, http or https", "target": "URL, http or https, grpc or grpcs", "variable": "name of a variable",
	"duration0": "duration: `500ms`, `30s`, `2m`", "rate": "`200/s`, `12000/m`", "share": "`90%`, or `0.9`", "body": "anything",
	"rates": "`50/s`, or `50/s..500/s`", "think": "`200ms`, or `200ms..2s`", "sample": "`1 in N`", "pointer": "JSON pointer", "token": "name of a header",
	"weights": "mapping of descriptions to numbers, or `traces`", "demands": "mapping of descriptions to expressions",
	"env": "mapping of names to texts", "headers": "mapping of names to texts",
}

// kindOf says what the value of a key is.
func kindOf(k key) string {
	if name, ok := formNames[k.form]; ok {
		return name
	}
	switch {
	case len(k.words) > 0:
		return "`" + strings.Join(k.words, "` or `") + "`"
	case k.typ.String() == "time.Duration":
		return formNames["duration0"]
	case k.typ == reflect.TypeFor[[]Expr]():
		return "expression, or list"
	case k.typ == reflect.TypeFor[[]Service]():
		return "mapping of names to services"
	case isNamed(k.typ):
		return "mapping of names to " + link(k.typ.Elem())
	}
	switch k.typ.Kind() {
	case reflect.Int:
		if k.low == k.high {
			return fmt.Sprint(k.low)
		}
		return fmt.Sprintf("%d to %d", k.low, k.high)
	case reflect.Bool:
		return "`true` or `false`"
	case reflect.Slice:
		return link(k.typ.Elem()) + ", or list"
	case reflect.Pointer:
		return link(k.typ.Elem())
	case reflect.Struct:
		return link(k.typ)
	}
	return "text"
}

// link leads to the part of the page about a type.
func link(t reflect.Type) string {
	anchor := strings.NewReplacer(".", "", "[", "", "]", "").Replace(strings.ToLower(titles[t.Name()]))
	short := ""
	for _, k := range shapeOf(t).keys {
		if k.short {
			short = "name of a service, or "
		}
	}
	return short + "[mapping](#" + anchor + ")"
}
