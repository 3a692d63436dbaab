package harness

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"

	"github.com/seamtest/seam/contracts/verify"
	"github.com/seamtest/seam/harness/system"
	"github.com/seamtest/seam/mocks"
)

// startStub plays a service from its pacts, behind a socket of its own, so
// that an edge meets it like any other provider.
func (h *Harness) startStub(ctx context.Context, s *system.Service) (url string, err error) {
	address := "127.0.0.1:0"
	if s.Port != 0 {
		address = fmt.Sprintf("127.0.0.1:%d", s.Port)
	}
	return h.play(ctx, s.Name, s.Stub, address)
}

func (h *Harness) play(ctx context.Context, provider string, stub *system.Stub, address string) (url string, err error) {
	sources, err := verify.Sources(ctx, stub.Pacts)
	if err != nil {
		return "", fmt.Errorf("service %s: stub: %w", provider, err)
	}
	for _, source := range sources {
		if !slices.ContainsFunc(h.contracts, func(c Contract) bool { return c.Source == source.Name }) {
			h.warn(source) // else it was said already
		}
	}
	handler, err := mocks.New(verify.Of(sources, provider)...)
	if err != nil {
		return "", fmt.Errorf("service %s: stub: %w", provider, err)
	}
	handler.Latency, handler.StateHeader = stub.Latency, stub.StateHeader
	if stub.State != "" {
		if handler.State, err = regexp.Compile(stub.State); err != nil {
			return "", fmt.Errorf("service %s: stub: state: %w", provider, err)
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("service %s: stub: listen on %s: %w; choose another port:, or remove it to have one chosen", provider, address, err)
	}
	played := serve(handler.Front(listener), handler)
	h.mu.Lock()
	h.stubs = append(h.stubs, played)
	h.mu.Unlock()
	return "http://" + played.addr, nil
}

// StubDownstream has every call of the service answered from the pacts
// instead of by its providers, until restore is called.
func (h *Harness) StubDownstream(ctx context.Context, service string, pacts []string) (restore func(), err error) {
	var changed []*Edge
	restore = func() {
		for _, e := range changed {
			e.proxy.Forward(parse(h.services[e.Name.Provider].URL))
		}
	}
	for _, e := range h.Edges() {
		if e.Name.Consumer != service {
			continue
		}
		url, err := h.play(ctx, e.Name.Provider, &system.Stub{Pacts: pacts}, "127.0.0.1:0")
		if err != nil {
			restore()
			return nil, err
		}
		e.proxy.Forward(parse(url))
		changed = append(changed, e)
	}
	return restore, nil
}

// EdgeFor finds the edge between two parties, and opens one where seam.yaml
// declares none: a pact may come from a consumer that is not in the system. The
// error names a provider that is not in it either.
func (h *Harness) EdgeFor(consumer, provider string) (*Edge, error) {
	h.opening.Lock()
	defer h.opening.Unlock()
	if e := h.Edge(consumer, provider); e != nil {
		return e, nil
	}
	if err := h.openEdge(system.Edge{Consumer: consumer, Provider: provider}, system.Call{}); err != nil {
		return nil, err
	}
	e := h.Edge(consumer, provider)
	e.proxy.Forward(parse(h.services[provider].URL))
	return e, nil
}
