package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBashCompletes presses the key in a bash that has nothing installed for it.
func TestBashCompletes(t *testing.T) {
	const press = `source <(seam completion bash)
complete -p seam >/dev/null || exit
compopt() { :; } # bash has it only while a key is pressed
press() {
	COMP_WORDS=("$@") COMP_CWORD=$(($#-1)) COMP_LINE="$*" COMPREPLY=()
	COMP_POINT=${#COMP_LINE}
	__start_seam
	printf '%s\n' "${COMPREPLY[@]}"
}
`
	folder := folderWith(t, "seam: 1\nservices:\n  web: { run: [service], calls: [orders] }\n  orders: { run: [service] }\n")
	for typed, want := range map[string]string{
		`seam vers`:               "version",
		`seam help tr`:            "traces",
		`seam record --edge web`:  `web-\>orders`,
		`seam test --skip ver`:    "verify",
		`seam test -f se`:         "seam.yaml",
		`seam load --protocol h2`: "h2\nh2c",
		`seam doctor --output js`: "json",
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-c", press+"press "+typed)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", typed, got, err, want)
		}
	}
}
