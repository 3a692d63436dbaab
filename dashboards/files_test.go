package dashboards_test

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/dashboards"
)

func TestProvisionedSourcesAreThoseOfTheDashboards(t *testing.T) {
	data, err := fs.ReadFile(dashboards.Provisioning, "grafana/provisioning/datasources/seam.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Datasources []struct {
			UID      string
			JSONData struct {
				Destinations []struct {
					Name string
					UID  string `yaml:"datasourceUid"`
				} `yaml:"exemplarTraceIdDestinations"`
			} `yaml:"jsonData"`
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var uids, destinations []string
	for _, source := range file.Datasources {
		uids = append(uids, source.UID)
		for _, d := range source.JSONData.Destinations {
			destinations = append(destinations, d.Name+" in "+d.UID)
		}
	}
	if diff := cmp.Diff([]string{"seam-prometheus", "seam-jaeger"}, uids); diff != "" {
		t.Errorf("data sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"trace_id in seam-jaeger"}, destinations); diff != "" {
		t.Errorf("where exemplars lead (-want +got):\n%s", diff)
	}
	for _, b := range boards(t) {
		for _, v := range b.Templating.List {
			if !slices.Contains(uids, v.Datasource.UID) {
				t.Errorf("%s: variable %s asks %q, which is not provisioned", b.UID, v.Name, v.Datasource.UID)
			}
		}
		for _, panel := range b.Panels {
			for _, target := range panel.Targets {
				if !slices.Contains(uids, target.Datasource.UID) {
					t.Errorf("%s: panel %q asks %q, which is not provisioned", b.UID, panel.Title, target.Datasource.UID)
				}
			}
		}
	}
}
