package descriptor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// mostFaults bounds how many faults of .proto files are told at once.
const mostFaults = 10

// Compile reads .proto files. What they import is looked for below the import
// paths; without any, below the current folder and below that of each file.
// The error tells the place of each fault.
func Compile(ctx context.Context, files, importPaths []string) (*Schema, error) {
	names, roots, err := locate(files, importPaths)
	if err != nil {
		return nil, err
	}
	var read atomic.Int64
	open := func(path string) (io.ReadCloser, error) {
		source, err := openSource(path)
		if err == nil && read.Add(1) > mostFiles {
			return nil, fmt.Errorf("more than %d .proto files are imported", mostFiles)
		}
		return source, err
	}
	return compile(ctx, names, &protocompile.SourceResolver{ImportPaths: roots, Accessor: open})
}

func compile(ctx context.Context, names []string, sources protocompile.Resolver) (*Schema, error) {
	var mu sync.Mutex
	var faults []error // guarded by mu: after the last of them files may still be compiled
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(sources),
		Reporter: reporter.NewReporter(func(fault reporter.ErrorWithPos) error {
			mu.Lock()
			defer mu.Unlock()
			if faults = append(faults, fault); len(faults) >= mostFaults {
				return fault
			}
			return nil
		}, nil),
	}
	compiled, err := compiler.Compile(ctx, names...)
	mu.Lock()
	defer mu.Unlock()
	switch {
	case len(faults) > 0:
		return nil, errors.Join(faults...)
	case err != nil:
		return nil, err
	}
	registry := &protoregistry.Files{}
	for _, file := range compiled {
		if err := register(registry, file); err != nil {
			return nil, err
		}
	}
	return newSchema(registry), nil
}

// register adds the file after what it imports.
func register(registry *protoregistry.Files, file protoreflect.FileDescriptor) error {
	if _, err := registry.FindFileByPath(file.Path()); err == nil {
		return nil
	}
	for i := range file.Imports().Len() {
		if err := register(registry, file.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	return registry.RegisterFile(file)
}

// locate says by which name each file is imported, and below which folders
// imports are looked for.
func locate(files, importPaths []string) (names, roots []string, err error) {
	roots = importPaths
	if len(importPaths) == 0 {
		roots = []string{"."}
		for _, file := range files {
			roots = append(roots, filepath.Dir(file))
		}
	}
	for _, file := range files {
		name, err := importName(file, roots)
		if err != nil {
			return nil, nil, err
		}
		names = append(names, name)
	}
	return names, roots, nil
}

func importName(file string, roots []string) (string, error) {
	for _, root := range roots {
		if _, err := os.Stat(filepath.Join(root, file)); err == nil && !filepath.IsAbs(file) {
			return filepath.ToSlash(filepath.Clean(file)), nil
		}
	}
	if _, err := os.Stat(file); err != nil {
		return "", err
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	for _, root := range roots {
		above, err := filepath.Abs(root)
		if err != nil {
			return "", err
		}
		if name, err := filepath.Rel(above, whole); err == nil && filepath.IsLocal(name) {
			return filepath.ToSlash(name), nil
		}
	}
	return "", fmt.Errorf("%s is below none of the import paths %s", file, strings.Join(roots, ", "))
}

// openSource reads a file of which it is safe to make a tree.
func openSource(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostSource+1))
	if err != nil {
		return nil, err
	}
	if err := sane(string(text)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.NopCloser(strings.NewReader(string(text))), nil
}

// sane refuses a source that is larger or nests deeper than anybody writes.
func sane(text string) error {
	if len(text) > mostSource {
		return fmt.Errorf("the file is larger than %d MiB", mostSource>>20)
	}
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth = max(depth-1, 0)
		}
		if depth > mostDepth {
			return errDeep
		}
	}
	return nil
}
