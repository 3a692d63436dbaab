package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/seamtest/seam/harness/trace"
)

const tracesPath = "/v1/traces"

// overHTTP sends protobuf over HTTP (OTLP specification 1.9, "OTLP/HTTP").
type overHTTP struct {
	target  string
	headers map[string]string
	zip     bool
	client  *http.Client
	buffers sync.Pool // of *buffer
}

type buffer struct {
	plain  []byte
	zipped bytes.Buffer
}

func newHTTP(cfg Config, u *url.URL) *overHTTP {
	target := strings.TrimSuffix(strings.TrimSuffix(cfg.Endpoint, "/"), tracesPath) + tracesPath
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: cfg.Senders, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}
	return &overHTTP{
		target: target, headers: cfg.Headers, zip: !local(u.Hostname()), client: &http.Client{Transport: transport, CheckRedirect: follow},
		buffers: sync.Pool{New: func() any { return new(buffer) }},
	}
}

// follow goes nowhere: a redirection makes a GET of a POST, whose answer would
// say nothing of the spans, and it may lead the headers to a stranger.
func follow(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// local reports whether the endpoint is on this machine, where compressing
// costs more than it saves.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (o *overHTTP) close() error {
	o.client.CloseIdleConnections()
	return nil
}

func (o *overHTTP) send(ctx context.Context, spans []*trace.Span) (rejected, error) {
	body, err := o.body(spans)
	if err != nil {
		return rejected{}, err
	}
	return o.post(ctx, body)
}

func (o *overHTTP) post(ctx context.Context, body []byte) (rejected, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.target, bytes.NewReader(body))
	if err != nil {
		return rejected{}, err
	}
	for name, value := range o.headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	if o.zip {
		request.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := o.client.Do(request)
	var broken *url.Error
	if errors.As(err, &broken) {
		err = broken.Err // whoever tells of it names the endpoint
	}
	if err != nil {
		return rejected{}, passing{err, 0}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return rejected{}, passing{fmt.Errorf("read the answer: %w", err), 0}
	}
	return judge(answer, text)
}

// zipped is the body as it is sent.
func (o *overHTTP) zipped(body []byte) ([]byte, error) {
	if !o.zip {
		return body, nil
	}
	var to bytes.Buffer
	zip, err := gzip.NewWriterLevel(&to, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = zip.Write(body)
	err = errors.Join(err, zip.Close()) // which writes the rest
	return to.Bytes(), err
}

// body is the request's own, since the transport may still read it after an
// answer has come; what it is made in is used again.
func (o *overHTTP) body(spans []*trace.Span) ([]byte, error) {
	b := o.buffers.Get().(*buffer)
	defer o.buffers.Put(b)
	b.plain = encode(b.plain[:0], spans)
	if !o.zip {
		return bytes.Clone(b.plain), nil
	}
	b.zipped.Reset()
	zip, err := gzip.NewWriterLevel(&b.zipped, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = zip.Write(b.plain)
	if err := errors.Join(err, zip.Close()); err != nil {
		return nil, fmt.Errorf("compress %d spans: %w", len(spans), err)
	}
	return bytes.Clone(b.zipped.Bytes()), nil
}

// judge follows "OTLP/HTTP Response" of the OTLP specification 1.9.
func judge(answer *http.Response, text []byte) (rejected, error) {
	if answer.StatusCode < http.StatusMultipleChoices {
		return partial(text), nil
	}
	err := answered(strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))), reason(answer, text))
	if to, moved := answer.Location(); moved == nil && answer.StatusCode < http.StatusBadRequest {
		to = &url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}
		return rejected{}, fmt.Errorf("%w: it has moved, so name the endpoint that is at %s", err, clip(to.String()))
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return rejected{}, passing{err, retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	case http.StatusRequestEntityTooLarge:
		return rejected{}, fmt.Errorf("%w: %w", errTooLarge, err)
	}
	return rejected{}, err
}

// answered is an endpoint's refusal, with the reason where it gave one.
func answered(status, why string) error {
	if why == "" {
		return fmt.Errorf("answered %s", status)
	}
	return fmt.Errorf("answered %s: %s", status, why)
}

// partial reads how much of a batch that was taken was rejected. An answer that
// is no such message, as some endpoints give, means that all was taken.
func partial(text []byte) rejected {
	var n int64
	var why string
	sound := eachField(text, func(tag uint64, v []byte, _ uint64) bool {
		return tag != 1<<3|uint64(protowire.BytesType) || eachField(v, func(tag uint64, v []byte, number uint64) bool {
			switch tag {
			case 1<<3 | uint64(protowire.VarintType):
				n = int64(number)
			case 2<<3 | uint64(protowire.BytesType):
				why = string(v)
			}
			return true
		})
	})
	if !sound || n <= 0 {
		return rejected{}
	}
	return rejected{int(min(n, 1<<31-1)), fmt.Sprintf("%d spans rejected: %s", n, clip(why))}
}

// eachField calls take with each field of a message: its number and wire type,
// and its content or, for a varint, its number. It reports whether the message
// is sound, and ends early where take says false.
func eachField(message []byte, take func(tag uint64, content []byte, number uint64) bool) bool {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return false
		}
		message = message[n:]
		var content []byte
		var value uint64
		switch kind {
		case protowire.BytesType:
			content, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 || !take(protowire.EncodeTag(number, kind), content, value) {
			return false
		}
		message = message[n:]
	}
	return true
}

// reason is the message of a google.rpc.Status, or what stands there instead.
func reason(answer *http.Response, text []byte) string {
	var status spb.Status
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/x-protobuf") && proto.Unmarshal(text, &status) == nil {
		return clip(status.GetMessage())
	}
	return clip(string(bytes.TrimSpace(text)))
}

// clip keeps a foreign text short and printable.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, valid(s))
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 where it
// says nothing sensible.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
