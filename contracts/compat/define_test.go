package compat

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/seamtest/seam/contracts"
)

var definingSteps = []definition{
	{`the following HTTP interactions have been defined`, (*world).define},
}

func (w *world) define(rows table) error {
	for _, row := range rows {
		n, err := strconv.Atoi(row["No"])
		if err != nil {
			return err
		}
		i := &contracts.Interaction{Description: fmt.Sprintf("interaction %d", n), Request: &contracts.Request{Method: "GET", Path: "/"}, Response: &contracts.Response{Status: 200}}
		if err := w.change(i, row); err != nil {
			return err
		}
		w.interactions[n] = i
	}
	return nil
}

// change overwrites the parts of an interaction that a row names.
func (w *world) change(i *contracts.Interaction, row map[string]string) error {
	for column, text := range row {
		if text == "" {
			continue
		}
		switch column {
		case "No":
		case "method":
			i.Request.Method = text
		case "path":
			i.Request.Path = text
		case "query":
			i.Request.Query = contracts.ParseQuery(text)
		case "headers", "raw headers":
			i.Request.Headers = headers(text)
		case "response headers":
			i.Response.Headers = merged(i.Response.Headers, headers(text))
		case "response":
			status, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			i.Response.Status = status
		case "body", "matching rules", "response body", "response content", "response matching rules":
		default:
			return fmt.Errorf("column %q is not known", column)
		}
	}
	if text := row["response content"]; text != "" {
		i.Response.Headers = merged(i.Response.Headers, map[string][]string{"Content-Type": {text}})
	}
	if err := w.setBody(row["body"], &i.Request.Body, &i.Request.Headers); err != nil {
		return err
	}
	if err := w.setBody(row["response body"], &i.Response.Body, &i.Response.Headers); err != nil {
		return err
	}
	var err error
	if file := row["matching rules"]; file != "" {
		i.Request.Rules, err = w.rules(file)
	}
	if file := row["response matching rules"]; file != "" && err == nil {
		i.Response.Rules, err = w.rules(file)
	}
	return err
}

func merged(a, b map[string][]string) map[string][]string {
	out := maps.Clone(a)
	if out == nil {
		return b
	}
	maps.Copy(out, b)
	return out
}

var quotedHeader = regexp.MustCompile(`'([^:']+):\s*([^']*)'`)

// headers reads 'NAME: VALUE', 'NAME: VALUE'.
func headers(text string) map[string][]string {
	out := map[string][]string{}
	for _, found := range quotedHeader.FindAllStringSubmatch(text, -1) {
		out[found[1]] = append(out[found[1]], found[2])
	}
	return out
}

// setBody sets a body and, where it brings one, the Content-Type beside it.
func (w *world) setBody(text string, body *contracts.Body, headers *map[string][]string) error {
	if text == "" {
		return nil
	}
	content, contentType, err := w.content(text)
	if err != nil {
		return err
	}
	if contentType != "" {
		*headers = merged(*headers, map[string][]string{"Content-Type": {contentType}})
	} else if had := (*headers)["Content-Type"]; len(had) > 0 {
		contentType = had[0]
	}
	*body = contracts.NewBody(content, contentType)
	return nil
}

// content reads "file: NAME", "JSON: TEXT", "XML: TEXT" or plain text, which
// has no type of its own.
func (w *world) content(text string) (content []byte, contentType string, err error) {
	kind, rest, found := strings.Cut(text, ":")
	rest = strings.TrimSpace(rest)
	switch {
	case found && kind == "JSON":
		return []byte(rest), "application/json", nil
	case found && kind == "XML":
		return []byte(rest), "application/xml", nil
	case found && kind == "file":
		return w.file(rest)
	}
	return []byte(text), "", nil
}

// file reads a fixture. One of XML describes a body with its type.
func (w *world) file(name string) (content []byte, contentType string, err error) {
	content, err = os.ReadFile(filepath.Join(w.fixtures, name))
	if err != nil {
		return nil, "", err
	}
	switch filepath.Ext(name) {
	case ".json":
		return content, "application/json", nil
	case ".jpg":
		return content, "image/jpeg", nil
	case ".pdf":
		return content, "application/pdf", nil
	}
	var body struct {
		ContentType string `xml:"contentType"`
		Contents    struct {
			Text     string `xml:",chardata"`
			Encoding string `xml:"encoding,attr"`
			EOL      string `xml:"eol,attr"`
		} `xml:"contents"`
	}
	if err := xml.Unmarshal(content, &body); err != nil {
		return nil, "", fmt.Errorf("fixture %s: %w", name, err)
	}
	text := strings.TrimSpace(body.Contents.Text)
	if body.Contents.EOL == "CRLF" {
		text = strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	}
	content = []byte(text)
	if body.Contents.Encoding == "base64" {
		content, err = base64.StdEncoding.DecodeString(text)
	}
	return content, body.ContentType, err
}

// rules reads a fixture of matching rules in the form of any version.
func (w *world) rules(file string) (contracts.Rules, error) {
	text, err := os.ReadFile(filepath.Join(w.fixtures, file))
	if err != nil {
		return nil, err
	}
	q, err := w.requestWith("matchingRules", text)
	if err != nil {
		return nil, fmt.Errorf("fixture %s: %w", file, err)
	}
	return q.Rules, nil
}

// requestWith reads a request that has one member, by way of a pact.
func (w *world) requestWith(member string, value json.RawMessage) (*contracts.Request, error) {
	text, err := json.Marshal(map[string]any{
		"interactions": []any{map[string]any{
			"description": "x", "type": "Synchronous/HTTP",
			"request":  map[string]any{"method": "GET", "path": "/", member: value},
			"response": map[string]any{"status": 200},
		}},
		"metadata": map[string]any{"pactSpecification": map[string]string{"version": w.version.String()}},
	})
	if err != nil {
		return nil, err
	}
	p, _, err := contracts.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return p.Interactions[0].Request, nil
}

// changed is a copy of an interaction with the changes of a table.
func (w *world) changed(n int, rows table) (*contracts.Interaction, error) {
	original, has := w.interactions[n]
	if !has {
		return nil, fmt.Errorf("interaction %d was not defined", n)
	}
	i, q, p := *original, *original.Request, *original.Response
	i.Request, i.Response = &q, &p
	for _, row := range rows {
		if err := w.change(&i, row); err != nil {
			return nil, err
		}
	}
	return &i, nil
}

// pact is a pact of the scenario's version.
func (w *world) pact(interactions ...*contracts.Interaction) *contracts.Pact {
	p := &contracts.Pact{Consumer: "v-consumer", Provider: "p", Version: w.version}
	for _, i := range interactions {
		p.Interactions = append(p.Interactions, *i)
	}
	return p
}

// reread is a pact as it comes out of its file.
func (w *world) reread(p *contracts.Pact) (*contracts.Pact, []byte, error) {
	var text bytes.Buffer
	if err := contracts.Write(&text, p); err != nil {
		return nil, nil, err
	}
	read, _, err := contracts.Read(bytes.NewReader(text.Bytes()))
	return read, text.Bytes(), err
}
