package system

import (
	_ "embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed starter.yaml
var starter string

// The paragraphs of starter.yaml that proposals change.
const (
	aboutServices  = 1
	aboutEntry     = 2
	aboutContracts = 4
)

// Starter is the commented file that `seam init` writes for a system of that
// name. Its services are those that the folder seems to hold, or one to fill
// in where that is none; nil is an empty folder. It is right as it stands.
func Starter(name string, folder fs.FS) []byte {
	if !isServiceName(name) {
		name = "my-system"
	}
	text := strings.Replace(starter, "my-system", name, 1)
	if folder == nil {
		return []byte(text)
	}
	services, verified := propose(folder)
	if len(services) == 0 {
		return []byte(text)
	}
	paragraphs := strings.Split(text, "\n\n")
	example := strings.SplitAfterN(paragraphs[aboutServices], "\n", 4) // services, a name, how it runs; and what else there is
	var b strings.Builder
	b.WriteString("services:                   # each finds its port in $PORT, and whom it calls in variables such as $ORDERS_URL\n")
	for _, p := range services {
		p.write(&b)
	}
	b.WriteString("    # What else a service may have, and other services:\n" + example[3])
	paragraphs[aboutServices] = b.String()
	if entry := entryOf(services); entry != "" {
		paragraphs[aboutEntry] = entry
	}
	if len(verified) > 0 {
		paragraphs[aboutContracts] = contractsOf(verified)
	}
	return []byte(strings.Join(paragraphs, "\n\n"))
}

func contractsOf(providers []string) string {
	text := "contracts:                  # add states: /_pact/states, where a provider takes provider states\n"
	for _, provider := range providers {
		text += "  - { pacts: pacts/*.json, provider: " + scalarOf(provider) + " }\n"
	}
	return strings.TrimSuffix(text, "\n")
}

// write writes the service as a mapping below services.
func (p proposal) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s:%s# from %s\n", p.name, strings.Repeat(" ", max(1, 25-len(p.name))), p.from)
	switch {
	case p.stub:
		fmt.Fprintf(b, "    stub: { pacts: pacts/*.json }\n")
	case p.url != "":
		fmt.Fprintf(b, "    url: %s\n", p.url)
	default:
		if p.build != nil {
			fmt.Fprintf(b, "    build: %s\n", flowList(p.build))
		}
		fmt.Fprintf(b, "    run: %s\n", flowList(p.run))
	}
	if p.dir != "" && p.dir != "." {
		fmt.Fprintf(b, "    dir: %s\n", scalarOf(p.dir))
	}
	if len(p.calls) > 0 {
		fmt.Fprintf(b, "    calls: %s\n", flowList(p.calls))
	}
}

// entryOf names the entry where more than one service is called by nobody.
func entryOf(services []proposal) string {
	var free []string
	for _, p := range services {
		called := slices.ContainsFunc(services, func(other proposal) bool { return slices.Contains(other.calls, p.name) })
		if !called && !p.stub {
			free = append(free, p.name)
		}
	}
	if len(free) < 2 {
		return ""
	}
	entry := free[0]
	for _, usual := range []string{"gateway", "web", "frontend", "api"} {
		if slices.Contains(free, usual) {
			entry = usual
			break
		}
	}
	return fmt.Sprintf("entry: %-20s # who is called from outside: one of %s", scalarOf(entry), strings.Join(free, ", "))
}

// plainScalar is a text that YAML reads as that text, in a list too.
var plainScalar = regexp.MustCompile(`^-{0,2}[A-Za-z./_][A-Za-z0-9./_-]*$`)

// scalarOf writes a text so that seam.yaml means exactly it.
func scalarOf(s string) string {
	if strings.Contains(s, "$$") || strings.Contains(s, "${") {
		s = strings.ReplaceAll(s, "$", "$$")
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", ".nan", ".inf":
	default:
		if plainScalar.MatchString(s) {
			return s
		}
	}
	if printable(s) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strconv.Quote(s)
}

func flowList(words []string) string {
	written := make([]string, 0, len(words))
	for _, word := range words {
		written = append(written, scalarOf(word))
	}
	return "[" + strings.Join(written, ", ") + "]"
}

// wordsOf is a command line as a list: what only a shell understands is left
// to one.
func wordsOf(line string) []string {
	if strings.ContainsAny(line, "|&;<>$`\"'\\*?~#()\n") {
		return []string{"sh", "-c", line}
	}
	return strings.Fields(line)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return !strconv.IsPrint(c) || c == '\ufffd' })
}

func isServiceName(name string) bool {
	return label.MatchString(name) && name != "entry" && name != "seam"
}
