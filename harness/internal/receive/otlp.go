package receive

import (
	"encoding/json"
	"net/http"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// serveOTLP speaks OTLP over HTTP (OTLP specification 1.9, "OTLP/HTTP").
func (r *Receiver) serveOTLP(w http.ResponseWriter, req *http.Request, contentType string) {
	in := wayIn{protocol: OTLPHTTP}
	switch contentType {
	case protobufType:
		in.decode = decodeOTLP
	case jsonType:
		in = wayIn{OTLPJSON, decodeJSON}
	}
	if req.URL.Path == pathTraces {
		answerOTLP(w, r.takeHTTP(w, req, in), contentType)
		return
	}
	err := acceptable(w, req, in.decode != nil)
	if err == nil {
		err = r.discard(req.Body)
	}
	if err != nil {
		r.stats.refuse(in.protocol, err, 0)
		answerOTLP(w, outcome{err: err}, contentType)
		return
	}
	r.stats.other(req.URL.Path == pathMetrics)
	answerOTLP(w, outcome{}, contentType)
}

// answerOTLP answers in the encoding that was asked in: an export response, or
// a google.rpc.Status with the status code.
func answerOTLP(w http.ResponseWriter, o outcome, contentType string) {
	status, asJSON, asProto := http.StatusOK, exportResponseJSON, exportResponse
	if o.err != nil {
		refusal := refused(o.err)
		inviteRetry(w, refusal)
		status, asJSON, asProto = refusal.status, statusJSON, statusProto
	}
	body := asProto
	if contentType == jsonType {
		body = asJSON
	} else {
		contentType = protobufType
	}
	w.Header().Set("Content-Type", contentType)
	content := body(o)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(status)
	_, _ = w.Write(content) // a sender that left does not hear the answer
}

// exportResponse is an ExportTraceServiceResponse; it is empty, as the other
// signals' are, unless spans were refused.
func exportResponse(o outcome) []byte {
	if o.refused == 0 {
		return nil
	}
	var partial []byte
	partial = protowire.AppendTag(partial, 1, protowire.VarintType)
	partial = protowire.AppendVarint(partial, uint64(o.refused))
	partial = protowire.AppendTag(partial, 2, protowire.BytesType)
	partial = protowire.AppendString(partial, o.why.Error())
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

func exportResponseJSON(o outcome) []byte {
	if o.refused == 0 {
		return []byte("{}")
	}
	content, _ := json.Marshal(map[string]any{"partialSuccess": map[string]string{
		"rejectedSpans": strconv.Itoa(o.refused), "errorMessage": o.why.Error(),
	}}) // strings always marshal
	return content
}

const retryInfo = "type.googleapis.com/google.rpc.RetryInfo"

// statusProto is a google.rpc.Status, with a RetryInfo where a retry may help.
func statusProto(o outcome) []byte {
	refusal := refused(o.err)
	var s []byte
	s = protowire.AppendTag(s, 1, protowire.VarintType)
	s = protowire.AppendVarint(s, uint64(refusal.code))
	s = protowire.AppendTag(s, 2, protowire.BytesType)
	s = protowire.AppendString(s, text(refusal.Error()))
	if !refusal.retry() {
		return s
	}
	delay := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), retryAfter)
	info := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), delay)
	var detail []byte
	detail = protowire.AppendString(protowire.AppendTag(detail, 1, protowire.BytesType), retryInfo)
	detail = protowire.AppendBytes(protowire.AppendTag(detail, 2, protowire.BytesType), info)
	return protowire.AppendBytes(protowire.AppendTag(s, 3, protowire.BytesType), detail)
}

func statusJSON(o outcome) []byte {
	refusal := refused(o.err)
	status := map[string]any{"code": refusal.code, "message": refusal.Error()}
	if refusal.retry() {
		status["details"] = []any{map[string]string{"@type": retryInfo, "retryDelay": strconv.Itoa(retryAfter) + "s"}}
	}
	content, _ := json.Marshal(status) // strings and numbers always marshal
	return content
}
