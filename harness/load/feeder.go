package load

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// What the files of values may hold.
const (
	mostData    = 64 << 20  // bytes of one file
	mostRows    = 1_000_000 // of one file
	mostColumns = 1000
	mostFeeders = 16
)

// A table is what a file of values holds: its cells in one buffer.
type table struct {
	columns []string
	text    []byte
	ends    []uint32 // of each cell within text, row by row
	rows    int
}

func (t *table) cell(row, column int) []byte {
	i := row*len(t.columns) + column
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}

func (t *table) add(cell string) {
	t.text = append(t.text, cell...)
	t.ends = append(t.ends, uint32(len(t.text)))
}

// close ends a row.
func (t *table) close() error {
	if t.rows++; t.rows > mostRows {
		return fmt.Errorf("there are more than %d rows", mostRows)
	}
	if len(t.text) > math.MaxUint32/2 {
		return errors.New("the values are too long")
	}
	return nil
}

// readTable reads a file of values. Its errors say what is wrong with it.
func readTable(path string) (*table, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the values: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read the values: %s is no regular file", path)
	case info.Size() > mostData:
		return nil, fmt.Errorf("read the values: %s is longer than %d MiB", path, mostData>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the values: %w", err)
	}
	t, err := parseTable(data)
	if err != nil {
		return nil, fmt.Errorf("read the values of %s: %w", path, err)
	}
	return t, nil
}

// parseTable reads CSV with a header (RFC 4180), an array of JSON objects, or
// an object a line: what it is shows at its first character.
func parseTable(data []byte) (*table, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > mostData {
		return nil, fmt.Errorf("they are longer than %d MiB", mostData>>20)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("they are not UTF-8")
	}
	t := &table{}
	first := bytes.TrimLeft(data, " \t\r\n")
	var err error
	switch {
	case len(first) == 0:
		return nil, errors.New("the file is empty")
	case first[0] == '[':
		err = t.readArray(first)
	case first[0] == '{':
		err = t.readLines(first)
	default:
		err = t.readCSV(data)
	}
	if err == nil && t.rows == 0 {
		err = errors.New("there is no row in it")
	}
	return t, err
}

func (t *table) readCSV(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return err
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	if err := t.name(header); err != nil {
		return err
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err // names the line
		}
		for _, cell := range record {
			t.add(cell)
		}
		if err := t.close(); err != nil {
			return err
		}
	}
}

// name gives the columns their names.
func (t *table) name(columns []string) error {
	if len(columns) > mostColumns {
		return fmt.Errorf("there are more than %d columns", mostColumns)
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if c == "" || seen[c] || strings.ContainsAny(c, "{}") {
			return fmt.Errorf("%q cannot name a column: each has a name of its own, without braces", c)
		}
		seen[c] = true
		t.columns = append(t.columns, c)
	}
	return nil
}

func (t *table) readArray(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		if err := t.readObject(decoder); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("something follows the array")
	}
	return nil
}

func (t *table) readLines(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	for decoder.More() {
		if err := t.readObject(decoder); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("what follows the objects is no object")
	}
	return nil
}

// readObject adds a row. The members of the first name the columns.
func (t *table) readObject(decoder *json.Decoder) error {
	var members map[string]json.RawMessage
	if err := decoder.Decode(&members); err != nil {
		return fmt.Errorf("row %d: %w", t.rows+1, err)
	}
	if members == nil {
		return fmt.Errorf("row %d is no object", t.rows+1)
	}
	if t.rows == 0 {
		if err := t.name(slices.Sorted(maps.Keys(members))); err != nil {
			return err
		}
	}
	for _, name := range t.columns {
		raw, ok := members[name]
		if !ok {
			return fmt.Errorf("row %d has no member %q, which the first has", t.rows+1, name)
		}
		cell, _ := appendText(nil, raw) // it was decoded, so it is well-formed
		t.add(string(cell))
	}
	return t.close()
}
