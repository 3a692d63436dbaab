package contracts

import "strings"

// messageV3 reads one of the "messages" of a V3 pact.
func (r *reader) messageV3(n *node) Interaction {
	o := r.object(n)
	if n.shape() != isObject {
		return Interaction{Kind: AsyncMessage}
	}
	i := r.common(o)
	i.Kind = AsyncMessage
	m := r.aroundContents(o)
	m.Contents = r.bodyV3(o.take("contents", "content"), metadataContentType(m.Metadata))
	i.Messages = []Message{m}
	i.Unknown = r.unknown(o)
	return i
}

// messageV4 reads what makes a message out of the members of o.
func (r *reader) messageV4(o *object) Message {
	m := r.aroundContents(o)
	m.Contents = r.bodyV4(o.take("contents"), metadataContentType(m.Metadata))
	return m
}

func (r *reader) aroundContents(o *object) Message {
	return Message{
		Metadata:   r.valueMap(o.take("metadata", "metaData")),
		Rules:      r.rules(o.take("matchingRules")),
		Generators: r.generators(o.take("generators")),
	}
}

// exchangeV4 reads the request of a synchronous message and its responses.
func (r *reader) exchangeV4(o *object) []Message {
	request := r.needed(o, "request")
	if request == nil {
		return nil
	}
	messages := []Message{r.partV4(request)}
	response := o.take("response")
	if response != nil && response.shape() == isObject {
		r.warn(response, "one response where a list is expected")
		return append(messages, r.partV4(response))
	}
	for _, n := range r.list(response) {
		messages = append(messages, r.partV4(n))
	}
	return messages
}

func (r *reader) partV4(n *node) Message {
	o := r.object(n)
	m := r.messageV4(o)
	m.Unknown = r.unknown(o)
	return m
}

// metadataContentType finds the content type among the metadata. Of several
// spellings the first in order counts.
func metadataContentType(metadata map[string]any) string {
	found, value := "", ""
	for k, v := range metadata {
		s, ok := v.(string)
		if !ok || found != "" && k > found {
			continue
		}
		if strings.EqualFold(k, "contentType") || strings.EqualFold(k, "content-type") {
			found, value = k, s
		}
	}
	return value
}
