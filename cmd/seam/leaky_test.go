package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/uber/jaeger-client-go/config"
)

// hush is the secret that a carrier is given: whoever finds it knows which one
// leaked.
func hush(carrier string) string { return "hush-" + carrier + "-4711" }

// Secrets that are known by their looks; none opens anything.
const (
	hushCard = "4000056655665556"
	hushAWS  = "AKIAHUSH4711HUSH4711"
	hushJWT  = "eyJodXNoIjoiNDcxMSJ9.eyJodXNoIjoiNDcxMSJ9.aHVzaC00NzEx"
	hushPEM  = "-----BEGIN PRIVATE KEY-----\nMIIEhush4711\nMIIEhush4712\n-----END PRIVATE KEY-----\n"
)

// leaky is a service that puts a secret into everything that can carry one:
// into its calls and answers, into spans of three kinds, and into what it prints.
func leaky() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: http.HandlerFunc(leak), ReadHeaderTimeout: time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func leak(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/die":
		mutter()
		os.Exit(9)
	case "/ready":
		return
	case "/fail":
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"password": %q, "why": "Authorization: Bearer %s"}`, hush("failure"), hush("failure"))
		return
	}
	mutter()
	if orders := os.Getenv("ORDERS_URL"); orders != "" {
		if err := callOrders(r, orders); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	if err := sendSpans(r); err != nil {
		fmt.Fprintln(os.Stderr, err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	respond(w)
}

// respond has a secret in each part of an answer.
func respond(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Add("Set-Cookie", "id="+hush("set-cookie")+"; Path=/")
	w.Header().Set("X-Auth-Token", hush("response-header"))
	w.Header().Set("X-Seen", hushJWT)
	_ = json.NewEncoder(w).Encode(map[string]any{"name": "lamp", "access_token": hush("response-body"), "next": "/x?token=" + hush("response-url"), "key": hushAWS})
}

// mutter prints secrets in each way that a program has of writing them.
func mutter() {
	fmt.Fprintf(os.Stderr, "%spassword: \"%s x\"\n{\"msg\":\"{\\\"password\\\":\\\"%s\\\"}\"}\nAuthorization: Bearer %s\nCookie: a=b; c=%s\ndial postgres://joe:%s@db/x\ntoken=%s\nsaw %s and %s and %s\nout of cheese\n",
		hushPEM, hush("log"), hush("log-json"), hush("log-header"), hush("log-cookie"), hush("log-url"), hush("log-pair"), hushAWS, hushJWT, hushCard)
}

// callOrders calls the other service with a secret in each part of a request.
func callOrders(r *http.Request, orders string) error {
	body, err := json.Marshal(map[string]any{
		"name": "ann", "password": hush("request-body"), "card": hushCard, "seen": hushJWT, "pem": hushPEM, "raw": `{"token":"` + hush("request-json") + `"}`,
	})
	if err != nil {
		return err
	}
	form := url.Values{"name": {"ann"}, "password": {hush("form")}, "card": {"4000 0566 5566 5556"}}.Encode()
	for _, call := range []struct{ path, media, body string }{
		{"/orders?name=ann&token=" + hush("query"), "application/json", string(body)},
		{"/forms?next=" + url.QueryEscape("/x?sig="+hush("query-encoded")), "application/x-www-form-urlencoded", form},
		{"/parts", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + hush("part") + "\r\n--b--\r\n"},
		{"/texts", "text/plain", "name: ann\npassword: " + hush("text")},
		{"/proxy/" + url.PathEscape("http://joe:"+hush("path-userinfo")+"@h") + "/x", "", ""},
	} {
		ask, err := http.NewRequestWithContext(r.Context(), http.MethodPost, orders+call.path, strings.NewReader(call.body))
		if err != nil {
			return err
		}
		ask.Header = http.Header{
			"Traceparent": r.Header["Traceparent"], "Content-Type": {call.media}, "Authorization": {"Bearer " + hush("request-header")}, "Cookie": {"id=" + hush("cookie")},
			"X-Api-Key": {hush("api-key")}, "Baggage": {"name=ann,token=" + hush("baggage")}, "Tracestate": {"a=b,token=" + hush("tracestate")}, "User-Agent": {"http://joe:" + hush("user-agent") + "@h"},
		}
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			return err
		}
		answer.Body.Close()
	}
	return nil
}

// sendSpans tells of a request in the three ways that seam takes spans.
func sendSpans(r *http.Request) error {
	parts := strings.Split(r.Header.Get("Traceparent"), "-")
	if len(parts) != 4 {
		return fmt.Errorf("traceparent %q", r.Header.Get("Traceparent"))
	}
	now := time.Now()
	kept := func(key, value string) map[string]any {
		return map[string]any{"key": key, "value": map[string]any{"stringValue": value}}
	}
	attrs := []any{
		kept("app.api_key", hush("otlp")), kept("http.request.header.authorization", hush("otlp-header")), kept("app.sent", `{"name":"ann","password":"`+hush("otlp-json")+`"}`),
		kept("peer", "amqp://joe:"+hush("otlp-url")+"@h"), kept("saw", hushJWT+" "+hushAWS+" "+hushCard+" "+hushPEM),
	}
	otlp := map[string]any{"resourceSpans": []any{map[string]any{
		"resource": map[string]any{"attributes": append(attrs, kept("service.name", os.Getenv("OTEL_SERVICE_NAME")))},
		"scopeSpans": []any{map[string]any{"scope": map[string]any{"name": "lib", "attributes": attrs}, "spans": []any{map[string]any{
			"traceId": parts[1], "parentSpanId": parts[2], "spanId": hex.EncodeToString([]byte("leak" + os.Getenv("PORT")[:4])), "name": "work?token=" + hush("otlp-name"), "kind": 1,
			"startTimeUnixNano": fmt.Sprint(now.UnixNano()), "endTimeUnixNano": fmt.Sprint(now.Add(time.Microsecond).UnixNano()), "traceState": "a=b,token=" + hush("otlp-state"),
			"attributes": attrs, "status": map[string]any{"code": 2, "message": "no user for password=" + hush("otlp-status")},
			"events": []any{map[string]any{"name": "token=" + hush("otlp-event"), "timeUnixNano": fmt.Sprint(now.UnixNano()), "attributes": attrs}},
			"links":  []any{map[string]any{"traceId": parts[1], "spanId": parts[2], "attributes": attrs, "traceState": "token=" + hush("otlp-link")}},
		}}}},
	}}}
	zipkin := []any{map[string]any{
		"traceId": parts[1], "parentId": parts[2], "id": hex.EncodeToString([]byte("zip" + os.Getenv("PORT")[:5])), "name": "zipkin", "timestamp": now.UnixMicro(), "duration": 5,
		"localEndpoint": map[string]any{"serviceName": os.Getenv("OTEL_SERVICE_NAME")}, "tags": map[string]string{"db.password": hush("zipkin"), "http.url": "http://h/?token=" + hush("zipkin-url")},
		"annotations": []any{map[string]any{"timestamp": now.UnixMicro(), "value": "password=" + hush("zipkin-event")}},
	}}
	base := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	for to, what := range map[string]any{base + "/v1/traces": otlp, base + "/api/v2/spans": zipkin} {
		body, err := json.Marshal(what)
		if err != nil {
			return err
		}
		answer, err := http.Post(to, "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		said, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode/100 != 2 {
			return fmt.Errorf("%s answered %s: %s", to, answer.Status, said)
		}
	}
	return sendJaeger(r)
}

func sendJaeger(r *http.Request) error {
	cfg, err := config.FromEnv()
	if err != nil {
		return err
	}
	tracer, closer, err := cfg.NewTracer()
	if err != nil {
		return err
	}
	parent, err := tracer.Extract(opentracing.HTTPHeaders, opentracing.HTTPHeadersCarrier(r.Header))
	if err != nil {
		return err
	}
	span := tracer.StartSpan("jaeger", opentracing.ChildOf(parent), opentracing.Tag{Key: "db.password", Value: hush("jaeger")})
	span.LogKV("event", "login", "message", "Cookie: a="+hush("jaeger-log"))
	span.Finish()
	return closer.Close() // after all was sent
}
