package serve

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/seamtest/seam/examples/shop/internal/call"
)

// JSON answers with a value. What cannot be sent cannot be reported either:
// the caller has gone.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Refuse answers with a code that programs read and a message that people do.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	JSON(w, status, map[string]string{"error": code, "message": message})
}

// Fail answers for an error: the refusal of another service is passed on, its
// failure is 502, and one of our own 500.
func Fail(w http.ResponseWriter, err error) {
	var refusal *call.Refusal
	switch {
	case errors.As(err, &refusal):
		Refuse(w, refusal.Status, refusal.Code, refusal.Message)
	case errors.Is(err, call.ErrUpstream):
		Refuse(w, http.StatusBadGateway, "upstream", err.Error())
	default:
		Refuse(w, http.StatusInternalServerError, "internal", err.Error())
	}
}

// Decode reads a body of at most 64 KiB, and answers 400 itself where that
// is not the JSON of a T.
func Decode[T any](w http.ResponseWriter, r *http.Request) (T, bool) {
	var v T
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&v); err != nil {
		Refuse(w, http.StatusBadRequest, "bad_request", "the body: "+err.Error())
		return v, false
	}
	return v, true
}
