package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/seamtest/seam/examples/shop/internal/recent"
	"github.com/seamtest/seam/examples/shop/internal/serve"
)

// A charge is money taken. Amounts are in the smallest unit of Currency.
type charge struct {
	ID       string    `json:"id"`
	Status   string    `json:"status"` // approved
	Amount   int       `json:"amount"`
	Currency string    `json:"currency"`
	At       time.Time `json:"at"`
}

// A ledger holds the charges and the cards that are known to be bad.
type ledger struct {
	charges  recent.Map[charge]
	declined recent.Map[bool]
}

// testCard is declined always, as with real payment providers.
const testCard = "4000000000000002"

var (
	cardNumber = regexp.MustCompile(`^\d{16}$`)
	currency   = regexp.MustCompile(`^[A-Z]{3}$`)
)

func (l *ledger) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /charges", l.post)
	mux.HandleFunc("GET /charges/{id}", func(w http.ResponseWriter, r *http.Request) {
		c, ok := l.charges.Get(r.PathValue("id"))
		if !ok {
			serve.Refuse(w, http.StatusNotFound, "unknown_charge", "no charge "+r.PathValue("id"))
			return
		}
		serve.JSON(w, http.StatusOK, c)
	})
	return mux
}

func (l *ledger) post(w http.ResponseWriter, r *http.Request) {
	asked, ok := serve.Decode[struct {
		Amount         int
		Currency, Card string
	}](w, r)
	if !ok {
		return
	}
	bad, _ := l.declined.Get(asked.Card)
	switch {
	case asked.Amount <= 0:
		serve.Refuse(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("amount %d is not positive", asked.Amount))
	case !currency.MatchString(asked.Currency):
		serve.Refuse(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("currency %q is no ISO 4217 code", asked.Currency))
	case !cardNumber.MatchString(asked.Card):
		serve.Refuse(w, http.StatusBadRequest, "bad_request", "the card number has not 16 digits")
	case bad || asked.Card == testCard:
		tell(r, "declined")
		serve.Refuse(w, http.StatusPaymentRequired, "card_declined", "the card was declined by its bank")
	default:
		tell(r, "charged")
		serve.JSON(w, http.StatusCreated, l.book(asked.Amount, asked.Currency))
	}
}

func (l *ledger) book(amount int, currency string) charge {
	c := charge{
		ID: "ch-" + strings.ToLower(rand.Text()[:12]), Status: "approved",
		Amount: amount, Currency: currency, At: time.Now().UTC().Truncate(time.Second),
	}
	l.charges.Put(c.ID, c)
	return c
}

func (l *ledger) states() serve.States {
	type card struct {
		Card string `json:"card"`
	}
	return serve.States{
		"the card is declined": serve.StateOf(func(p card) (any, error) {
			l.declined.Put(p.Card, true)
			return p, nil
		}),
		"a charge exists": serve.StateOf(func(p charge) (any, error) {
			p.Status, p.At = "approved", time.Now().UTC().Truncate(time.Second)
			l.charges.Put(p.ID, p)
			return map[string]string{"id": p.ID}, nil
		}),
	}
}
