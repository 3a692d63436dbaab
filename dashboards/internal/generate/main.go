// Command generate writes the dashboards of Grafana in its classic JSON, which
// file provisioning reads: go generate ./dashboards.
//
// It is a program of its own so that Grafana's types are not linked into seam.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	out := flag.String("out", "grafana/dashboards", "folder that the dashboards are written to")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate makes every dashboard, by the name of its file. The same program
// always makes the same bytes.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, make := range []func() *dashboard.DashboardBuilder{system, contracts, load, itself} {
		board, err := make().Build()
		if err != nil {
			return nil, err
		}
		for i := range board.Panels {
			id := uint32(i + 1)
			if panel := board.Panels[i].Panel; panel != nil {
				panel.Id = &id
			} else {
				board.Panels[i].RowPanel.Id = id
			}
		}
		var data bytes.Buffer
		encoder := json.NewEncoder(&data)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(board); err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", *board.Uid, err)
		}
		files[*board.Uid+".json"] = data.Bytes()
	}
	return files, nil
}
