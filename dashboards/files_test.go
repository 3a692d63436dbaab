package dashboards_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/seamtest/seam/dashboards"
)

var update = flag.Bool("update", false, "write the generated dashboard")

const committed = "grafana/dashboards/seam.json"

func TestCommittedDashboardIsTheGenerated(t *testing.T) {
	want, err := dashboards.Generate()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(committed, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs from what Generate writes; run go generate ./dashboards (-want +got):\n%s", committed, diff)
	}
}

func TestProvisionedSourcesAreThoseOfTheDashboard(t *testing.T) {
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
	for _, panel := range dashboards.Seam().Panels {
		for _, target := range panel.Targets {
			if !slices.Contains(uids, target.Datasource.UID) {
				t.Errorf("panel %q asks %q, which is not provisioned", panel.Title, target.Datasource.UID)
			}
		}
	}
}

func TestComposeFileLoads(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := project.ServiceNames()
	slices.Sort(names)
	if diff := cmp.Diff([]string{"grafana", "jaeger", "prometheus", "shop"}, names); diff != "" {
		t.Fatalf("services (-want +got):\n%s", diff)
	}
	for name, service := range project.Services {
		if name != "shop" && service.NetworkMode != "service:shop" {
			t.Errorf("%s has network %q; seam answers only to who shares the shop's", name, service.NetworkMode)
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes port %s beyond this computer", name, port.Published)
			}
		}
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(filepath.Clean(volume.Source)); err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
	}
}
