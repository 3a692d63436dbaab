package system

import (
	_ "embed"
	"strings"
)

//go:embed starter.yaml
var starter string

// Starter is the commented file that `seam init` writes for a system of that
// name. It is right as it stands, once the one service in it exists.
func Starter(name string) []byte {
	if !label.MatchString(name) {
		name = "my-system"
	}
	return []byte(strings.Replace(starter, "my-system", name, 1))
}
