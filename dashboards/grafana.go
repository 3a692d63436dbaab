package dashboards

import (
	"encoding/json"
	"fmt"
)

//go:generate go test -count=1 -run TestCommittedDashboardIsTheGenerated . -args -update

// The uids by which the dashboard and the provisioning files know each other.
const (
	prometheusUID = "seam-prometheus"
	dashboardUID  = "seam"
)

// A Dashboard is the part of Grafana's classic dashboard JSON that seam uses.
type Dashboard struct {
	UID           string     `json:"uid"`
	Title         string     `json:"title"`
	Tags          []string   `json:"tags"`
	SchemaVersion int        `json:"schemaVersion"`
	Refresh       string     `json:"refresh"`
	Time          TimeRange  `json:"time"`
	Templating    Templating `json:"templating"`
	Panels        []Panel    `json:"panels"`
}

// A TimeRange is in Grafana's relative notation, such as now-15m.
type TimeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Templating holds the variables of a dashboard.
type Templating struct {
	List []Variable `json:"list"`
}

// A Variable is chosen above the panels and used in queries as $name.
type Variable struct {
	Name       string     `json:"name"`
	Label      string     `json:"label"`
	Type       string     `json:"type"`
	Datasource Datasource `json:"datasource"`
	Query      string     `json:"query"`
	Refresh    int        `json:"refresh"` // 2: whenever the time range changes
	Multi      bool       `json:"multi"`
	IncludeAll bool       `json:"includeAll"`
	AllValue   string     `json:"allValue"`
}

// A Datasource is referred to by the uid that provisioning gives it.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// A Panel draws what its targets yield.
type Panel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description,omitempty"`
	GridPos         GridPos          `json:"gridPos"`
	Datasource      Datasource       `json:"datasource"`
	FieldConfig     FieldConfig      `json:"fieldConfig"`
	Targets         []Target         `json:"targets"`
	Transformations []Transformation `json:"transformations,omitempty"`
}

// A GridPos is in units of a 24th of the width and of 30 pixels of height.
type GridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// A FieldConfig says how values are shown.
type FieldConfig struct {
	Defaults  FieldDefaults `json:"defaults"`
	Overrides []any         `json:"overrides"`
}

// FieldDefaults are for all fields of a panel; Unit is one of Grafana's ids.
type FieldDefaults struct {
	Unit string `json:"unit"`
}

// A Target is one query of a panel.
type Target struct {
	RefID        string     `json:"refId"`
	Datasource   Datasource `json:"datasource"`
	Expr         string     `json:"expr"`
	LegendFormat string     `json:"legendFormat,omitempty"`
	Exemplar     bool       `json:"exemplar,omitempty"`
	Instant      bool       `json:"instant,omitempty"`
	Range        bool       `json:"range,omitempty"`
	Format       string     `json:"format,omitempty"`
}

// A Transformation reshapes what the targets yield before it is drawn.
type Transformation struct {
	ID      string         `json:"id"`
	Options map[string]any `json:"options"`
}

// Generate writes the dashboard as JSON that ends in a newline; the same
// dashboard always gives the same bytes.
func Generate() ([]byte, error) {
	data, err := json.MarshalIndent(Seam(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write dashboard %s: %w", dashboardUID, err)
	}
	return append(data, '\n'), nil
}
