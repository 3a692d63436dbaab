// Package dashboards holds the files that show a run: the page of `seam up`.
package dashboards

import "embed"

// UI is the page: static files below ui/.
//
//go:embed ui
var UI embed.FS
