package descriptortest_test

import (
	"net"
	"testing"

	"go.uber.org/goleak"

	"github.com/seamtest/seam/harness/load/descriptor/descriptortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server that was stopped answers nobody and leaves no goroutine,
// whatever it offered.
func TestAServerThatIsStoppedIsGone(t *testing.T) {
	for _, offered := range []descriptortest.Reflection{descriptortest.Both, descriptortest.V1Alpha, descriptortest.None} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stop, err := descriptortest.Serve(listener, offered)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
			t.Errorf("%s: it still accepts connections", offered)
		}
	}
}
