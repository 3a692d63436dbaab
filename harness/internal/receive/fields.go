package receive

// The messages of OTLP's traces, as opentelemetry-proto 1.11 numbers them.

var kindNames = map[string]int{
	"SPAN_KIND_UNSPECIFIED": 0, "SPAN_KIND_INTERNAL": 1, "SPAN_KIND_SERVER": 2,
	"SPAN_KIND_CLIENT": 3, "SPAN_KIND_PRODUCER": 4, "SPAN_KIND_CONSUMER": 5,
}

var codeNames = map[string]int{"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}

func requestFields(name string) rule {
	switch name {
	case "resourceSpans", "resource_spans":
		return rule{number: 1, as: asMessage, repeated: true, of: resourceSpansFields}
	}
	return rule{}
}

func resourceSpansFields(name string) rule {
	switch name {
	case "resource":
		return rule{number: 1, as: asMessage, of: resourceFields}
	case "scopeSpans", "scope_spans":
		return rule{number: 2, as: asMessage, repeated: true, of: scopeSpansFields}
	case "schemaUrl", "schema_url":
		return rule{number: 3, as: asText}
	}
	return rule{}
}

func resourceFields(name string) rule {
	switch name {
	case "attributes":
		return rule{number: 1, as: asMessage, repeated: true, of: keyValueFields}
	case "droppedAttributesCount", "dropped_attributes_count":
		return rule{number: 2, as: asInt}
	}
	return rule{}
}

func scopeSpansFields(name string) rule {
	switch name {
	case "scope":
		return rule{number: 1, as: asMessage, of: scopeFields}
	case "spans":
		return rule{number: 2, as: asMessage, repeated: true, of: spanFields}
	case "schemaUrl", "schema_url":
		return rule{number: 3, as: asText}
	}
	return rule{}
}

func scopeFields(name string) rule {
	switch name {
	case "name":
		return rule{number: 1, as: asText}
	case "version":
		return rule{number: 2, as: asText}
	case "attributes":
		return rule{number: 3, as: asMessage, repeated: true, of: keyValueFields}
	case "droppedAttributesCount", "dropped_attributes_count":
		return rule{number: 4, as: asInt}
	}
	return rule{}
}

func spanFields(name string) rule {
	switch name {
	case "traceId", "trace_id":
		return rule{number: 1, as: asHex}
	case "spanId", "span_id":
		return rule{number: 2, as: asHex}
	case "traceState", "trace_state":
		return rule{number: 3, as: asText}
	case "parentSpanId", "parent_span_id":
		return rule{number: 4, as: asHex}
	case "name":
		return rule{number: 5, as: asText}
	case "kind":
		return rule{number: 6, as: asEnum, names: kindNames}
	case "startTimeUnixNano", "start_time_unix_nano":
		return rule{number: 7, as: asFixed64}
	case "endTimeUnixNano", "end_time_unix_nano":
		return rule{number: 8, as: asFixed64}
	case "attributes":
		return rule{number: 9, as: asMessage, repeated: true, of: keyValueFields}
	case "droppedAttributesCount", "dropped_attributes_count":
		return rule{number: 10, as: asInt}
	case "events":
		return rule{number: 11, as: asMessage, repeated: true, of: eventFields}
	case "droppedEventsCount", "dropped_events_count":
		return rule{number: 12, as: asInt}
	case "links":
		return rule{number: 13, as: asMessage, repeated: true, of: linkFields}
	case "droppedLinksCount", "dropped_links_count":
		return rule{number: 14, as: asInt}
	case "status":
		return rule{number: 15, as: asMessage, of: statusFields}
	case "flags":
		return rule{number: 16, as: asFixed32}
	}
	return rule{}
}

func eventFields(name string) rule {
	switch name {
	case "timeUnixNano", "time_unix_nano":
		return rule{number: 1, as: asFixed64}
	case "name":
		return rule{number: 2, as: asText}
	case "attributes":
		return rule{number: 3, as: asMessage, repeated: true, of: keyValueFields}
	case "droppedAttributesCount", "dropped_attributes_count":
		return rule{number: 4, as: asInt}
	}
	return rule{}
}

func linkFields(name string) rule {
	switch name {
	case "traceId", "trace_id":
		return rule{number: 1, as: asHex}
	case "spanId", "span_id":
		return rule{number: 2, as: asHex}
	case "traceState", "trace_state":
		return rule{number: 3, as: asText}
	case "attributes":
		return rule{number: 4, as: asMessage, repeated: true, of: keyValueFields}
	case "droppedAttributesCount", "dropped_attributes_count":
		return rule{number: 5, as: asInt}
	case "flags":
		return rule{number: 6, as: asFixed32}
	}
	return rule{}
}

func statusFields(name string) rule {
	switch name {
	case "message":
		return rule{number: 2, as: asText}
	case "code":
		return rule{number: 3, as: asEnum, names: codeNames}
	}
	return rule{}
}

func keyValueFields(name string) rule {
	switch name {
	case "key":
		return rule{number: 1, as: asText}
	case "value":
		return rule{number: 2, as: asMessage, of: anyValueFields}
	}
	return rule{}
}

func anyValueFields(name string) rule {
	switch name {
	case "stringValue", "string_value":
		return rule{number: 1, as: asText}
	case "boolValue", "bool_value":
		return rule{number: 2, as: asBool}
	case "intValue", "int_value":
		return rule{number: 3, as: asInt}
	case "doubleValue", "double_value":
		return rule{number: 4, as: asDouble}
	case "arrayValue", "array_value":
		return rule{number: 5, as: asMessage, of: arrayFields}
	case "kvlistValue", "kvlist_value":
		return rule{number: 6, as: asMessage, of: kvlistFields}
	case "bytesValue", "bytes_value":
		return rule{number: 7, as: asBase64}
	}
	return rule{}
}

func arrayFields(name string) rule {
	if name == "values" {
		return rule{number: 1, as: asMessage, repeated: true, of: anyValueFields}
	}
	return rule{}
}

func kvlistFields(name string) rule {
	if name == "values" {
		return rule{number: 1, as: asMessage, repeated: true, of: keyValueFields}
	}
	return rule{}
}
