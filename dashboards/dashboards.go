// Package dashboards holds the files that show a run: the page of `seam up`,
// and what provisions Grafana and Prometheus.
package dashboards

import "embed"

// UI is the page: static files below ui/.
//
//go:embed ui
var UI embed.FS

// Provisioning is what Grafana and Prometheus read: static files below
// grafana/ and prometheus/. The dashboard among them is what Generate writes.
//
//go:embed grafana prometheus
var Provisioning embed.FS
