package check

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seamtest/seam/contracts"
	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/system"
)

// Read reads a seam.yaml and holds it to everything that can be known before
// a run: the file itself, the expressions in it, and the pact files that it
// names. All faults come in one *system.Error; any other error means that the
// file could not be read. It starts nothing and asks no network.
func Read(path string, env func(string) (string, bool)) (*system.Spec, error) {
	spec, err := system.Read(path, env)
	var wrong *system.Error
	if errors.As(err, &wrong) {
		spec = wrong.Spec
	}
	if spec == nil {
		return nil, err
	}
	// Where services are misspelt, so would be what is said of their edges.
	known := wrong == nil || !slices.ContainsFunc(wrong.Faults, func(f system.Fault) bool {
		return f.Key == "entry" || f.Key == "services" || strings.HasPrefix(f.Key, "services.")
	})
	_, more := compile(spec, known)
	if wrong = wrong.With(path, append(more, pactFaults(spec, known)...)...); wrong != nil {
		return nil, wrong
	}
	return spec, nil
}

// pactFaults are those of the pact files that the file names.
func pactFaults(spec *system.Spec, known bool) []system.Fault {
	look := &lookup{spec: spec, known: known, read: map[string]reading{}}
	for i := range spec.Services {
		if s := &spec.Services[i]; s.Stub != nil {
			key := "services." + s.Name + ".stub.pacts"
			look.chosen(key, look.pacts(key, s.Stub.Pacts), s.Name, "")
		}
	}
	for i := range spec.Contracts {
		c, key := &spec.Contracts[i], spec.Item("contracts", i)
		found := look.pacts(key+".pacts", c.Pacts)
		look.chosen(key+".pacts", found, c.Provider, c.Consumer)
		look.providers(key+".pacts", found, c)
	}
	return look.faults
}

// A lookup reads the pacts that a file names, each path once.
type lookup struct {
	spec   *system.Spec
	known  bool // the services are as they are meant to be
	read   map[string]reading
	faults []system.Fault
}

// A reading is what a path gave.
type reading struct {
	sources []verify.Source
	err     error
}

func (l *lookup) add(key, message, remedy string) {
	here := filepath.Dir(l.spec.File) + string(filepath.Separator)
	f := l.spec.Fault(l.spec.Place(key), key, strings.ReplaceAll(message, here, ""))
	f.Remedy = remedy
	l.faults = append(l.faults, f)
}

// pacts reads the pacts of the paths. Nil means that they are not all known:
// one was at fault, or is a URL.
func (l *lookup) pacts(key string, paths []string) []verify.Source {
	var found []verify.Source
	whole := len(paths) > 0
	for i, path := range paths {
		if path == "" || strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
			whole = false
			continue
		}
		got, before := l.read[path]
		if !before {
			got.sources, got.err = verify.Sources(context.Background(), []string{path})
			l.read[path] = got
		}
		found = append(found, got.sources...)
		if got.err != nil {
			whole = false
			l.broken(l.spec.Item(key, i), got.err)
		}
	}
	if !whole {
		return nil
	}
	return found
}

// broken notes each fault of the files behind one path.
func (l *lookup) broken(key string, err error) {
	all := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		all = joined.Unwrap()
	}
	for _, err := range all {
		var file *contracts.FileError
		if !errors.As(err, &file) {
			message, remedy, found := strings.Cut(err.Error(), "; try: ")
			if !found {
				remedy = "write the pacts first, or correct the path; it is relative to the folder of this file"
			}
			l.add(key, message, remedy)
			continue
		}
		name, _, _ := strings.Cut(err.Error(), ": not a usable pact")
		first := file.Faults[0]
		message := fmt.Sprintf("%s:%d:%d: %s", name, first.Line, first.Column, first.Message)
		if others := len(file.Faults) + file.Omitted - 1; others > 0 {
			message += fmt.Sprintf(" (and %d more)", others)
		}
		l.add(key, strings.ReplaceAll(message, "\n", " "), remedyOf(first))
	}
}

func remedyOf(f contracts.Fault) string {
	if f.Remedy != "" {
		return f.Remedy
	}
	return "let the consumer's tests write the pact anew"
}

// chosen wants at least one of the pacts to be between the two; "" is any.
func (l *lookup) chosen(key string, found []verify.Source, provider, consumer string) {
	if found == nil {
		return
	}
	var providers, consumers []string
	for _, s := range found {
		if (provider == "" || s.Pact.Provider == provider) && (consumer == "" || s.Pact.Consumer == consumer) {
			return
		}
		providers, consumers = append(providers, s.Pact.Provider), append(consumers, s.Pact.Consumer)
	}
	if provider != "" && !slices.Contains(providers, provider) {
		l.add(key, "none of these pacts has the provider "+provider, "they have "+listed(providers))
		return
	}
	message := "none of these pacts has the consumer " + consumer
	if provider != "" {
		message += " with the provider " + provider
	}
	l.add(key, message, "they have "+listed(consumers))
}

// providers wants the provider of each pact that is verified to be a service.
func (l *lookup) providers(key string, found []verify.Source, c *system.Contract) {
	if !l.known || c.Provider != "" {
		return
	}
	var services []string
	for i := range l.spec.Services {
		services = append(services, l.spec.Services[i].Name)
	}
	said := map[string]bool{}
	for _, s := range found {
		name := s.Pact.Provider
		if said[name] || slices.Contains(services, name) || c.Consumer != "" && c.Consumer != s.Pact.Consumer {
			continue
		}
		said[name] = true
		remedy := "provider: with one of " + listed(services) + ", or a service of that name"
		if near := system.Nearest(name, services); near != "" {
			remedy = "the same name in both: " + near + " is the service that is near"
		}
		l.add(key, fmt.Sprintf("%s is a pact with %s, and there is no service of that name", s.Name, name), remedy)
	}
}

// listed names each of the words once.
func listed(words []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(words))), ", ")
}
