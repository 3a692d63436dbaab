package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/seamtest/seam/examples/shop/internal/recent"
	"github.com/seamtest/seam/examples/shop/internal/serve"
)

// An item is a book on the shelf. Prices are in the smallest unit of Currency.
type item struct {
	SKU       string  `json:"sku"`
	Title     string  `json:"title"`
	Price     int     `json:"price"`
	Currency  string  `json:"currency"`
	WeightKG  float64 `json:"weight_kg"`
	Available int     `json:"available"`
}

type line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// A reservation holds what an order may take.
type reservation struct {
	ID       string `json:"id"`
	Total    int    `json:"total"`
	Currency string `json:"currency"`
	lines    []line
	released bool
}

// A shortage is more asked for than there is.
type shortage struct {
	sku       string
	available int
}

func (s *shortage) Error() string { return fmt.Sprintf("%s: %d left", s.sku, s.available) }

// A store holds the shelf in memory.
type store struct {
	mu           sync.Mutex
	items        []item                   // in a fixed order; guarded by mu
	reservations recent.Map[*reservation] // what it points to is guarded by mu
}

const plenty = 10_000_000 // a load test must not empty the shelf

func newStore() *store {
	return &store{items: []item{
		{"book-1", "The Seams of Cloth", 1250, "EUR", 0.35, plenty},
		{"book-2", "A Short History of Thread", 990, "EUR", 0.28, plenty},
		{"book-3", "Needles and Their Makers", 2400, "EUR", 0.61, plenty},
		{"book-4", "Patterns, Cut and Kept", 1875, "EUR", 0.47, plenty},
	}}
}

func (s *store) list() []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]item(nil), s.items...)
}

func (s *store) item(sku string) (item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(sku); found != nil {
		return *found, true
	}
	return item{}, false
}

// find needs mu.
func (s *store) find(sku string) *item {
	for i := range s.items {
		if s.items[i].SKU == sku {
			return &s.items[i]
		}
	}
	return nil
}

// reserve takes all lines off the shelf, or none. An item that is not known
// is as short as one that is sold out.
func (s *store) reserve(lines []line) (reservation, error) {
	if len(lines) == 0 {
		return reservation{}, errors.New("items: none are asked for")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := map[string]int{}
	made := &reservation{ID: "res-" + strings.ToLower(rand.Text()[:12]), Currency: "EUR", lines: lines}
	for _, l := range lines {
		if l.Quantity < 1 || l.Quantity > 1000 {
			return reservation{}, fmt.Errorf("items: quantity %d of %s is not between 1 and 1000", l.Quantity, l.SKU)
		}
		asked[l.SKU] += l.Quantity
		found := s.find(l.SKU)
		if found == nil || found.Available < asked[l.SKU] {
			short := &shortage{sku: l.SKU}
			if found != nil {
				short.available = found.Available
			}
			return reservation{}, short
		}
		made.Total += found.Price * l.Quantity
	}
	for sku, quantity := range asked {
		s.find(sku).Available -= quantity
	}
	s.reservations.Put(made.ID, made)
	return *made, nil
}

// release puts a reservation back on the shelf, once.
func (s *store) release(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.reservations.Get(id)
	if !ok || made.released {
		return false
	}
	made.released = true
	for _, l := range made.lines {
		s.find(l.SKU).Available += l.Quantity
	}
	return true
}

func (s *store) states() serve.States {
	type shelf struct {
		SKU       string `json:"sku"`
		Available int    `json:"available"`
	}
	left := serve.StateOf(func(p shelf) (any, error) { return p, s.setAvailable(p.SKU, p.Available) })
	return serve.States{
		"item book-1 has 5 left":  left,
		"item book-2 is sold out": left,
		"a reservation exists": serve.StateOf(func(p struct {
			ID string `json:"id"`
		}) (any, error) {
			s.reservations.Put(p.ID, &reservation{ID: p.ID, Currency: "EUR"})
			return p, nil
		}),
	}
}

func (s *store) setAvailable(sku string, available int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(sku)
	if found == nil {
		return fmt.Errorf("no item %q", sku)
	}
	found.Available = available
	return nil
}
