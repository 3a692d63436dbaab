// Command stock is the shop's warehouse: what there is, and what is put aside
// for an order. It calls nobody.
package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/harness/wrap"
)

func main() { os.Exit(serve.Main(run)) }

func run(ctx context.Context, getenv func(string) string, log io.Writer) (err error) {
	fault, err := serve.FaultOf("stock", getenv)
	if err != nil {
		return err
	}
	telemetry, err := wrap.Start(ctx, wrap.Config{Service: "stock"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, telemetry.Shutdown(context.WithoutCancel(ctx))) }()

	s := newStore()
	handler := wrap.Handler(serve.Broken{Number: "available", Field: "title"}.Break(fault, routes(s)))
	if fault == serve.NoContext {
		handler = serve.Forget(handler)
	}
	return serve.Run(ctx, serve.Service{Name: "stock", Handler: handler, States: s.states()}, getenv, log)
}

func routes(s *store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, r *http.Request) {
		all := s.list()
		count(r, len(all))
		serve.JSON(w, http.StatusOK, all)
	})
	mux.HandleFunc("GET /items/{sku}", func(w http.ResponseWriter, r *http.Request) {
		item, ok := s.item(r.PathValue("sku"))
		if !ok {
			serve.Refuse(w, http.StatusNotFound, "unknown_item", "no item "+r.PathValue("sku"))
			return
		}
		serve.JSON(w, http.StatusOK, item)
	})
	mux.HandleFunc("POST /reservations", s.postReservation)
	mux.HandleFunc("DELETE /reservations/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.release(r.PathValue("id")) {
			serve.Refuse(w, http.StatusNotFound, "unknown_reservation", "no reservation "+r.PathValue("id"))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (s *store) postReservation(w http.ResponseWriter, r *http.Request) {
	asked, ok := serve.Decode[struct{ Items []line }](w, r)
	if !ok {
		return
	}
	count(r, len(asked.Items))
	made, err := s.reserve(asked.Items)
	var short *shortage
	switch {
	case errors.As(err, &short):
		serve.Refuse(w, http.StatusConflict, "sold_out", err.Error())
	case err != nil:
		serve.Refuse(w, http.StatusBadRequest, "bad_request", err.Error())
	default:
		w.Header().Set("Location", "/reservations/"+made.ID)
		serve.JSON(w, http.StatusCreated, made)
	}
}

// count tells the request's span how many items it is about.
func count(r *http.Request, items int) {
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.Int("shop.items", items))
}
