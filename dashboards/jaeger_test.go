package dashboards_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// monitor starts the real Jaeger with the committed configuration and wants
// the figures of its monitor tab: rate, errors and latency of each operation.
func monitor(t *testing.T, prometheus string) {
	t.Helper()
	config := read(t, "jaeger/config.yaml")
	pages := freeAddress(t)
	mine := strings.NewReplacer("http://prometheus:9090", prometheus, "0.0.0.0:16686", pages, "0.0.0.0:16685", freeAddress(t),
		"0.0.0.0:4317", freeAddress(t), "0.0.0.0:4318", freeAddress(t), "0.0.0.0:13133", freeAddress(t)).Replace(config)
	mine = strings.Replace(mine, "service:\n", "service:\n  telemetry: { metrics: { level: none } }\n", 1) // it has a fixed port
	if strings.Contains(mine, "0.0.0.0") || !strings.Contains(mine, prometheus) {
		t.Fatalf("jaeger/config.yaml has addresses that this test does not replace:\n%s", config)
	}
	path := filepath.Join(t.TempDir(), "jaeger.yaml")
	write(t, path, mine)
	start(t, tool(t, "jaeger"), "--config", path)
	for _, metric := range []string{"calls", "errors", "latencies"} {
		query := url.Values{
			"service": {"web"}, "groupByOperation": {"true"}, "spanKind": {"server"}, "quantile": {"0.95"}, "step": {"1000"}, "ratePer": {"5000"},
			"lookback": {strconv.FormatInt((3 * time.Minute).Milliseconds(), 10)}, "endTs": {strconv.FormatInt(time.Now().UnixMilli(), 10)},
		}
		wait(t, "Jaeger's monitor shows "+metric, func() error {
			top, operations, err := monitored("http://" + pages + "/api/metrics/" + metric + "?" + query.Encode())
			switch {
			case err != nil:
				return err
			case top <= 0:
				return fmt.Errorf("no figure above 0 of %v", operations)
			case !strings.Contains(strings.Join(operations, ","), "GET /"):
				return fmt.Errorf("only operations %v", operations)
			}
			return nil
		})
	}
}

// monitored is the highest figure, and whose figures there are.
func monitored(address string) (top float64, operations []string, err error) {
	var answer struct {
		Metrics []struct {
			Labels       []struct{ Name, Value string }
			MetricPoints []struct{ GaugeValue struct{ DoubleValue any } }
		}
	}
	if err := get(address, &answer); err != nil {
		return 0, nil, err
	}
	for _, m := range answer.Metrics {
		for _, label := range m.Labels {
			if label.Name == "operation" {
				operations = append(operations, label.Value)
			}
		}
		for _, p := range m.MetricPoints {
			if value, ok := p.GaugeValue.DoubleValue.(float64); ok {
				top = max(top, value)
			}
		}
	}
	return top, operations, nil
}
