package system

import (
	"bytes"
	_ "embed"
)

//go:embed seam.schema.json
var schema []byte

// Schema is the JSON Schema (draft-07) of seam.yaml, for editors. It is made
// from the types of this package. What it refuses, Read refuses too; Read
// refuses more, such as names that lead nowhere.
func Schema() []byte { return bytes.Clone(schema) }
