package dashboards_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func composed(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

var pinned = regexp.MustCompile(`^[\w./-]+:v?\d+\.\d+\.\d+$`)

func TestComposeFileLoads(t *testing.T) {
	project := composed(t)
	names := project.ServiceNames()
	slices.Sort(names)
	if diff := cmp.Diff([]string{"customers", "grafana", "jaeger", "prometheus", "seam"}, names); diff != "" {
		t.Fatalf("services (-want +got):\n%s", diff)
	}
	taken := map[string]string{}
	for name, service := range project.Services {
		if service.Build == nil && !pinned.MatchString(service.Image) {
			t.Errorf("%s: the image %q is not pinned by a whole version", name, service.Image)
		}
		if service.HealthCheck == nil || !service.HealthCheck.Disable && len(service.HealthCheck.Test) < 2 {
			t.Errorf("%s has no health check", name)
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes port %s beyond this computer", name, port.Published)
			}
			if other := taken[port.Published]; other != "" {
				t.Errorf("%s and %s publish port %s", name, other, port.Published)
			}
			taken[port.Published] = name
		}
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(filepath.Clean(volume.Source)); err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
			if !volume.ReadOnly {
				t.Errorf("%s may write to %s", name, volume.Source)
			}
		}
		for needed, how := range service.DependsOn {
			if how.Condition == types.ServiceConditionHealthy && (project.Services[needed].HealthCheck == nil || project.Services[needed].HealthCheck.Disable) {
				t.Errorf("%s waits for %s to be healthy, which has no check", name, needed)
			}
		}
	}
}

// What one container is told of another must be what that one listens on.
func TestComposedPartsFindEachOther(t *testing.T) {
	project := composed(t)
	seam := strings.Join(project.Services["seam"].Command, " ")
	for _, flag := range []string{"--listen=0.0.0.0:7326", "--allow-host=seam", "--entry=0.0.0.0:8080", "--publish=http://jaeger:4318"} {
		if !strings.Contains(seam, flag) {
			t.Errorf("seam is started without %s: %s", flag, seam)
		}
	}
	var prometheus struct {
		Scrapes []struct {
			Static []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/prometheus.yml")), &prometheus); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"seam:7326"}, prometheus.Scrapes[0].Static[0].Targets); diff != "" {
		t.Errorf("what Prometheus scrapes (-want +got):\n%s", diff)
	}
	for path, addresses := range map[string][]string{
		"grafana/provisioning/datasources/seam.yaml": {"http://prometheus:9090", "http://jaeger:16686"},
		"jaeger/config.yaml":                         {"http://prometheus:9090", `"0.0.0.0:16686"`, `"0.0.0.0:4318"`, `"0.0.0.0:13133"`},
	} {
		for _, address := range addresses {
			if !strings.Contains(read(t, path), address) {
				t.Errorf("%s does not name %s", path, address)
			}
		}
	}
	if command := strings.Join(project.Services["customers"].Command, " "); !strings.Contains(command, "http://seam:8080/") {
		t.Errorf("the customers call elsewhere than the entry: %s", command)
	}
	for service, file := range map[string]string{"jaeger": "/etc/jaeger/config.yaml", "prometheus": "/etc/prometheus/prometheus.yml"} {
		if command := strings.Join(project.Services[service].Command, " "); !strings.Contains(command, file) {
			t.Errorf("%s reads another file than is mounted: %s", service, command)
		}
		if !slices.ContainsFunc(project.Services[service].Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == file }) {
			t.Errorf("%s is not mounted into %s", file, service)
		}
	}
}

// The containers are of the versions that the tests run against.
func TestComposedVersionsAreTheTested(t *testing.T) {
	tools := read(t, "../.ci/tools")
	version := func(name string) string {
		match := regexp.MustCompile(`\b` + name + `=v(\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(tools)
		if match == nil {
			t.Fatalf(".ci/tools names no version of %s", name)
		}
		return strings.Join(match[1:], ".")
	}
	project := composed(t)
	// The module v0.316.0 is the release 3.16.0; Jaeger's module v1.76.0 is the release 2.13.0 (its change log).
	for service, want := range map[string][2]string{
		"prometheus": {version("PROMETHEUS"), "0.316.0 prom/prometheus:v3.16.0"},
		"jaeger":     {version("JAEGER"), "1.76.0 jaegertracing/jaeger:2.13.0"},
	} {
		if got := want[0] + " " + project.Services[service].Image; got != want[1] {
			t.Errorf("%s: the test runs against %s, want %s", service, got, want[1])
		}
	}
	match := regexp.MustCompile(`(?m)^FROM golang:(\d+\.\d+)\.\d+-bookworm$`).FindStringSubmatch(read(t, "../examples/shop/Dockerfile"))
	if match == nil || !strings.Contains(read(t, "../go.mod"), "\ngo "+match[1]+".") {
		t.Errorf("examples/shop/Dockerfile has another Go than go.mod: %v", match)
	}
}

// The commands in the file are ones that seam understands: a flag that it does
// not know would leave with 2.
func TestComposedCommandsAreUnderstood(t *testing.T) {
	seam := filepath.Join(t.TempDir(), "seam")
	build(t, seam, "../cmd/seam")
	project := composed(t)
	for _, test := range []struct {
		args, changed []string
		code          int
		says, reason  string
	}{
		{project.Services["seam"].Command, []string{"--file=/nowhere/seam.yaml"}, 2, "/nowhere/seam.yaml", "all but the file is understood"},
		{project.Services["customers"].Command, []string{"http://" + nobody(t) + "/", "--for=10ms"}, 0, "refused", "all is understood, and nobody answers"},
		{project.Services["seam"].HealthCheck.Test[2:], []string{"--page=" + nobody(t)}, 3, "no page answers", "the health check fails where there is no page"},
	} {
		args := slices.Clone(test.args)
		for _, change := range test.changed {
			name, _, _ := strings.Cut(change, "=")
			i := slices.IndexFunc(args, func(arg string) bool {
				return strings.HasPrefix(arg, name+"=") || strings.Contains(change, "://") && strings.HasPrefix(arg, "http://seam")
			})
			if i < 0 {
				t.Fatalf("no argument to replace by %s in %q", change, args)
			}
			args[i] = change
		}
		out, err := exec.CommandContext(t.Context(), seam, args...).CombinedOutput()
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != test.code || !strings.Contains(string(out), test.says) {
			t.Errorf("seam %q: %v, want exit code %d with %q (%s):\n%s", args, err, test.code, test.says, test.reason, out)
		}
	}
}

// nobody is an address where nobody listens, and nobody can while the test
// runs: that of the near end of a connection.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
