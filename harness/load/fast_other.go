//go:build !linux || !(amd64 || arm64)

package load

// loopsCan is false where there is no epoll: net/http sends everything.
func (r *runner) loopsCan() bool { return false }

func (r *runner) loops() ([]func(), error) { return nil, nil }
