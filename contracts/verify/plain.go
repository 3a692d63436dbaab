package verify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/seamtest/seam/contracts"
)

// cannotRun says what an interaction needs that is not there.
func (r *replay) cannotRun(i *contracts.Interaction) error {
	switch {
	case r.cfg.Provider == nil || r.cfg.Provider.Host == "":
		return errors.New("there is no address of the provider; try: give its base URL, such as http://127.0.0.1:8080")
	case len(i.Plugins) > 0:
		names := slices.Sorted(maps.Keys(i.Plugins))
		return fmt.Errorf("needs the Pact plugin %s, which cannot be run here; try: verify this interaction with a verifier that has it", strings.Join(names, ", "))
	case i.Kind == contracts.HTTP && i.Transport != "" && i.Transport != "http" && i.Transport != "https":
		return fmt.Errorf("needs the transport %q; only HTTP can be verified here", i.Transport)
	case i.Kind == contracts.HTTP && (i.Request == nil || i.Response == nil),
		i.Kind != contracts.HTTP && len(i.Messages) == 0:
		return errors.New("the interaction is not complete; try: read it with contracts.Read")
	}
	return nil
}

// unreachable puts a failed exchange into words that say what to do.
func unreachable(who string, target *url.URL, err error) error {
	at := target.Redacted()
	if inner := (*url.Error)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	var timeout net.Error
	var stranger x509.UnknownAuthorityError
	var plain tls.RecordHeaderError
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s at %s: cancelled before it answered", who, at)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s at %s: connection refused; try: start it, or correct its address", who, at)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%s at %s: no answer in time (%w); try: see what it waits for, or allow more time", who, at, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s at %s: the answer ended before it was whole; try: see in its output why it broke off", who, at)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%s at %s: the connection was closed without an answer; try: see in its output whether it ended, and whether it speaks https", who, at)
	case errors.As(err, &stranger):
		return fmt.Errorf("%s at %s: its certificate is signed by nobody who is trusted here; try: name the file of the certificate that signed it in SSL_CERT_FILE", who, at)
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s at %s: it does not speak https; try: http://", who, at)
	}
	return fmt.Errorf("%s at %s: %w", who, at, err)
}
