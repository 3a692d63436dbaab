package contracts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/contracts"
)

func TestDetectContentType(t *testing.T) {
	tests := []struct{ content, want string }{
		{"", ""},
		{`<?xml version="1.0"?><a/>`, "application/xml"},
		{"  <a>", "application/xml"},
		{"<!doctype html>", "text/html"},
		{"<html><p>", "text/html"},
		{`{"a": 1}`, "application/json"},
		{"{ }", "application/json"},
		{"{a}", "text/plain"},
		{" [ ", "application/json"},
		{`"x"`, "application/json"},
		{"null", "application/json"},
		{"-1", "text/plain"},
		{"hello", "text/plain"},
		{"\x89PNG\r\n", ""},
		{strings.Repeat("x", 31) + "ü and more", "text/plain"},
		{strings.Repeat("x", 31) + "\xffmore", ""},
		{strings.Repeat(" ", 32) + "{}", "text/plain"},
	}
	for _, tt := range tests {
		if got := contracts.DetectContentType([]byte(tt.content)); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.content, got, tt.want)
		}
	}
}

func TestMediaTypes(t *testing.T) {
	tests := []struct {
		text     string
		essence  string
		families string
	}{
		{"application/json", "application/json", "json text"},
		{"Application/JSON; charset=UTF-8", "application/json", "json text"},
		{"application/vnd.shop.order+json", "application/vnd.shop.order+json", "json text"},
		{"application/graphql", "application/graphql", "json text"},
		{"text/json", "text/json", "text"},
		{"text/xml", "text/xml", "xml text"},
		{"image/svg+xml", "image/svg+xml", "binary"},
		{"text/x+json", "text/x+json", "text"},
		{"application/yaml", "application/yaml", "binary"},
		{"model/x", "model/x", "binary"},
		{"image/png", "image/png", "binary"},
		{"application/octet-stream", "application/octet-stream", "binary"},
		{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "form text"},
		{"multipart/form-data; boundary=x", "multipart/form-data", "multipart"},
		{"text/plain; bad parameter", "", ""},
		{"text/plain; charset = utf-8", "", ""},
		{"text/plain;", "text/plain", "text"},
		{`text/plain; a="x;y" ;b=1`, "text/plain", "text"},
		{`text/plain; a="x`, "", ""},
		{"nonsense", "", ""},
		{"*/*", "*/*", "binary"},
		{"text/*", "text/*", "text"},
	}
	for _, tt := range tests {
		m := contracts.ParseMediaType(tt.text)
		var families []string
		for _, family := range []struct {
			name string
			is   bool
		}{{"json", m.IsJSON()}, {"xml", m.IsXML()}, {"form", m.IsForm()}, {"multipart", m.IsMultipart()}, {"text", m.IsText()}, {"binary", m.IsBinary()}} {
			if family.is {
				families = append(families, family.name)
			}
		}
		if diff := cmp.Diff([]string{tt.essence, tt.families}, []string{m.Essence(), strings.Join(families, " ")}); diff != "" {
			t.Errorf("%s:\n%s", tt.text, diff)
		}
		if m.Known() != (tt.families != "" && !strings.Contains(tt.text, "*")) {
			t.Errorf("%s: known is %t", tt.text, m.Known())
		}
	}
}

func TestWhichTypesAreAccepted(t *testing.T) {
	tests := []struct {
		want, got string
		accepts   bool
		reason    string
	}{
		{"application/json", "application/json;charset=utf-8", true, "no parameters were asked for"},
		{"application/json;charset=utf-8", "application/json", false, "a parameter was asked for"},
		{"application/json;charset=UTF-8", "application/json; charset=utf-8", true, "a charset has no case"},
		{"application/json", "application/vnd.a+json", false, "not without its base"},
	}
	for _, tt := range tests {
		if got := contracts.ParseMediaType(tt.want).Accepts(contracts.ParseMediaType(tt.got)); got != tt.accepts {
			t.Errorf("%s accepts %s: %t: %s", tt.want, tt.got, got, tt.reason)
		}
	}
	if base := contracts.ParseMediaType("application/vnd.a+json").Base(); base.Essence() != "application/json" {
		t.Errorf("base is %s", base)
	}
}
