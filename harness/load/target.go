package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Address is where the one host of the job's requests is. The error says that
// nobody knows the host, or that it may not be loaded.
func (j *Job) Address(ctx context.Context) (netip.AddrPort, error) {
	u, ok := j.origin()
	if !ok {
		return netip.AddrPort{}, errors.New("load: the requests go to more than one host")
	}
	return j.resolve(ctx, u)
}

// resolve finds the address of the host of u, and refuses one that may not be
// loaded. Of several the first that accepts a connection is taken.
func (j *Job) resolve(ctx context.Context, u *url.URL) (netip.AddrPort, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("load: %s: %w", u, err)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(addresses) == 0 {
		return netip.AddrPort{}, &HostError{Host: u.Hostname(), Err: err, Why: fmt.Sprintf(
			"is not known to the name service (%v): check its spelling, or name an address; a host elsewhere also needs --allow-host %s", err, u.Hostname())}
	}
	var found []netip.AddrPort
	for _, address := range addresses {
		if err := j.permit(u.Hostname(), address); err != nil {
			return netip.AddrPort{}, err
		}
		found = append(found, netip.AddrPortFrom(address.Unmap(), uint16(number)))
	}
	if len(found) > 1 {
		slices.SortStableFunc(found, func(a, b netip.AddrPort) int { return a.Addr().BitLen() - b.Addr().BitLen() })
		for _, address := range found {
			if reachable(ctx, address) {
				return address, nil
			}
		}
	}
	return found[0], nil
}

func reachable(ctx context.Context, address netip.AddrPort) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address.String())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// A HostError says why a host is not loaded: nobody knows it, or it is neither
// this machine nor in a private network and was not named.
type HostError struct {
	Host string
	Why  string
	Err  error // of the name service; nil for a host that is forbidden
}

func (e *HostError) Error() string { return "load: " + e.Host + " " + e.Why }

func (e *HostError) Unwrap() error { return e.Err }

// permit refuses an address that is neither here nor private, unless its host is allowed.
func (j *Job) permit(host string, address netip.Addr) error {
	a := address.Unmap()
	if a.IsLoopback() || a.IsPrivate() || a.IsUnspecified() || slices.ContainsFunc(j.AllowHosts, func(name string) bool { return sameHost(name, host) }) {
		return nil
	}
	return &HostError{Host: host, Why: fmt.Sprintf("(%s) is neither this machine nor a private address; if you may load it, say --allow-host %s", a, host)}
}

// sameHost compares names of hosts, whose letters have no case; an address of
// IPv6 may stand in brackets, as in a URL.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "[]"), strings.Trim(b, "[]"))
}
