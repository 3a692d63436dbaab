package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trivial is the smallest service that one would still call one.
const trivial = `package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`

// upBar is how much longer a system may take to be up than its services.
const upBar = 300 * time.Millisecond

// BenchmarkUp starts two trivial services by hand and by `seam up`, in turn,
// and holds the median of the differences to the bar.
func BenchmarkUp(b *testing.B) {
	seam := buildSeam(b)
	file := writeFiles(b, map[string]string{
		"main.go": trivial, "go.mod": "module trivial\n",
		"seam.yaml": "seam: 1\nservices:\n  web: { run: [./trivial], calls: [api] }\n  api: { run: [./trivial] }\nentry: web\n",
	})
	build := exec.Command("go", "build", "-o", "trivial", ".")
	build.Dir = filepath.Dir(file)
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the service: %v\n%s", err, out)
	}
	var alone, up, more []time.Duration
	for b.Loop() {
		byHand := startByHand(b, filepath.Join(filepath.Dir(file), "trivial"))
		bySeam := startBySeam(b, seam, file)
		alone, up, more = append(alone, byHand), append(up, bySeam), append(more, bySeam-byHand)
	}
	for name, took := range map[string][]time.Duration{"alone": alone, "up": up, "overhead": more} {
		slices.Sort(took)
		b.ReportMetric(ms(took[len(took)/2]), "ms-"+name)
		b.ReportMetric(ms(took[len(took)*9/10]), "ms-"+name+"-p90")
	}
	if median := more[len(more)/2]; median > upBar {
		b.Errorf("seam up adds %s, at most %s is allowed", median, upBar)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// startByHand starts two services at once and waits until both can be called.
func startByHand(b *testing.B, program string) time.Duration {
	b.Helper()
	ports := []string{unused(b), unused(b)}
	began := time.Now()
	for _, port := range ports {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), "PORT="+port)
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }() // it is killed, so there is an error
	}
	for _, port := range ports {
		for {
			conn, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err == nil {
				conn.Close()
				break
			}
			time.Sleep(time.Millisecond / 2)
		}
	}
	return time.Since(began)
}

func unused(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// startBySeam runs `seam up` until it says that the system is up.
func startBySeam(b *testing.B, seam, file string) time.Duration {
	b.Helper()
	cmd := exec.Command(seam, "up", "-q", "-f", file, "--page", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "is up") {
	}
	took := time.Since(began)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	for lines.Scan() { // until it has closed its output
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != exitInterrupted {
		b.Fatalf("seam up ended with %s", cmd.ProcessState)
	}
	return took
}

// BenchmarkVersion is the start of the binary itself.
func BenchmarkVersion(b *testing.B) {
	const bar, most = 50 * time.Millisecond, 45 << 20
	seam := buildSeam(b)
	info, err := os.Stat(seam)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if out, err := exec.Command(seam, "version").CombinedOutput(); err != nil {
			b.Fatalf("seam version: %v\n%s", err, out)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(ms(took[len(took)/2]), "ms-median")
	b.ReportMetric(ms(took[len(took)*9/10]), "ms-p90")
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
	if median := took[len(took)/2]; median > bar || info.Size() > most {
		b.Errorf("%s and %d bytes, at most %s and %d bytes are allowed", median, info.Size(), bar, most)
	}
}
