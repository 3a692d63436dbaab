//go:build pactffi

package reference

/*
#cgo LDFLAGS: -lpact_ffi
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// What is used of the library's interface, version 0.4.
typedef struct Message Message;
typedef struct Mismatches Mismatches;
typedef struct Mismatch Mismatch;
typedef struct MismatchesIterator MismatchesIterator;

const char *pactffi_version(void);
void pactffi_string_delete(char *string);
Message *pactffi_message_new_from_json(unsigned int index, const char *json, int specification);
Mismatches *pactffi_match_message(Message *one, Message *two);
MismatchesIterator *pactffi_mismatches_get_iter(Mismatches *all);
Mismatch *pactffi_mismatches_iter_next(MismatchesIterator *at);
char *pactffi_mismatch_to_json(Mismatch *one);
void pactffi_mismatches_iter_delete(MismatchesIterator *at);
void pactffi_mismatches_delete(Mismatches *all);
int32_t pactffi_create_mock_server(const char *pact, const char *address, bool tls);
bool pactffi_mock_server_matched(int32_t port);
char *pactffi_mock_server_mismatches(int32_t port);
bool pactffi_cleanup_mock_server(int32_t port);
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

// Version is the library's.
func Version() string { return C.GoString(C.pactffi_version()) }

// A Mismatch is one difference as the library tells it.
type Mismatch struct {
	Type, Path, Mismatch string
}

// messageV3 is the library's number of version 3 of the specification.
const messageV3 = 4

// MatchMessage compares two messages, each as it stands in a pact of version
// 3. The library gives no reason when it cannot read one.
func MatchMessage(want, got string) ([]Mismatch, error) {
	one, err := newMessage("expected", want)
	if err != nil {
		return nil, err
	}
	two, err := newMessage("actual", got)
	if err != nil {
		return nil, err
	}
	all := C.pactffi_match_message(one, two) // takes both messages
	if all == nil {
		return nil, fmt.Errorf("the reference compared nothing")
	}
	defer C.pactffi_mismatches_delete(all)
	at := C.pactffi_mismatches_get_iter(all)
	defer C.pactffi_mismatches_iter_delete(at)
	var found []Mismatch
	for one := C.pactffi_mismatches_iter_next(at); one != nil; one = C.pactffi_mismatches_iter_next(at) {
		text := C.pactffi_mismatch_to_json(one)
		var m Mismatch
		err := json.Unmarshal([]byte(C.GoString(text)), &m)
		C.pactffi_string_delete(text)
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

func newMessage(which, text string) (*C.Message, error) {
	raw := C.CString(text)
	defer C.free(unsafe.Pointer(raw))
	m := C.pactffi_message_new_from_json(0, raw, messageV3)
	if m == nil {
		return nil, fmt.Errorf("the reference cannot read the %s message", which)
	}
	return m, nil
}

// A Mock is the library's mock server for one pact, on 127.0.0.1.
type Mock struct{ port C.int32_t }

// NewMock starts a mock server. Close stops it.
func NewMock(pact string) (*Mock, error) {
	raw, address := C.CString(pact), C.CString("127.0.0.1:0")
	defer C.free(unsafe.Pointer(raw))
	defer C.free(unsafe.Pointer(address))
	port := C.pactffi_create_mock_server(raw, address, false)
	if port <= 0 {
		return nil, fmt.Errorf("the reference starts no mock server: error %d", port)
	}
	return &Mock{port}, nil
}

// Address is the host and the port of the mock server.
func (m *Mock) Address() string { return fmt.Sprintf("127.0.0.1:%d", int(m.port)) }

// Matched says whether all that came was as the pact says.
func (m *Mock) Matched() bool { return bool(C.pactffi_mock_server_matched(m.port)) }

// Mismatches are what went wrong, as JSON.
func (m *Mock) Mismatches() string { return C.GoString(C.pactffi_mock_server_mismatches(m.port)) }

// Close stops the mock server.
func (m *Mock) Close() { C.pactffi_cleanup_mock_server(m.port) }
