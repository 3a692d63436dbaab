//go:build amd64 || arm64

package load

import "syscall"

// loopsCan reports whether all requests are plain HTTP/1.1 to one host.
func (r *runner) loopsCan() bool {
	u, ok := r.job.origin()
	return ok && u.Scheme == "http" && r.dial == nil && !r.job.calls() && (r.job.Protocol == "" || r.job.Protocol == "http/1.1")
}

// loops makes the workers with their first connections.
func (r *runner) loops() ([]func(), error) {
	var work []func()
	var made []*loop
	for i := range r.tapes {
		l, err := newLoop(r, i)
		if err != nil {
			for _, l := range made {
				l.close()
			}
			return nil, err
		}
		made = append(made, l)
	}
	for _, l := range made {
		l.prepare()
		work = append(work, l.run)
		r.looks = append(r.looks, func() int { return int(l.looks.Load()) })
	}
	return work, nil
}

// address is the target as the kernel wants it.
func (r *runner) address() syscall.Sockaddr {
	port := int(r.target.Port())
	if a := r.target.Addr(); a.Is4() {
		return &syscall.SockaddrInet4{Port: port, Addr: a.As4()}
	}
	return &syscall.SockaddrInet6{Port: port, Addr: r.target.Addr().As16()}
}
