// Package dashboards holds the files that show a run: the page of `seam up`,
// and what provisions Grafana and Prometheus.
package dashboards

//go:generate go run ./internal/generate

import "embed"

// UI is the page: static files below ui/.
//
//go:embed ui
var UI embed.FS

// Provisioning is what Grafana and Prometheus read: static files below
// grafana/, jaeger/ and prometheus/. The dashboards are written by go generate.
//
//go:embed grafana jaeger prometheus
var Provisioning embed.FS
