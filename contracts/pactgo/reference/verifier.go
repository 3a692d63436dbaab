//go:build pactffi

package reference

/*
#include <stdint.h>
#include <stdlib.h>

typedef struct VerifierHandle VerifierHandle;
VerifierHandle *pactffi_verifier_new_for_application(const char *name, const char *version);
void pactffi_verifier_set_provider_info(VerifierHandle *handle, const char *name, const char *scheme, const char *host, unsigned short port, const char *path);
void pactffi_verifier_add_provider_transport(VerifierHandle *handle, const char *protocol, unsigned short port, const char *path, const char *scheme);
void pactffi_verifier_add_file_source(VerifierHandle *handle, const char *file);
void pactffi_verifier_set_provider_state(VerifierHandle *handle, const char *url, unsigned char teardown, unsigned char body);
int pactffi_verifier_execute(VerifierHandle *handle);
char *pactffi_verifier_json(const VerifierHandle *handle);
void pactffi_verifier_shutdown(VerifierHandle *handle);
void pactffi_string_delete(char *string);
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

// A Verified is what the library's verifier says of one interaction.
type Verified struct {
	Description, Result string
}

// Passed says whether the provider kept to the interaction.
func (v Verified) Passed() bool { return v.Result == "OK" }

// A Provider is where the library's verifier finds one: a port of 127.0.0.1,
// and the paths of its messages and of its states; "" for none.
type Provider struct {
	Port             int
	Messages, States string
}

// Verify replays the pact of a file against a provider. It prints its report
// to the standard output.
func Verify(file string, p Provider) ([]Verified, error) {
	var held []unsafe.Pointer
	defer func() {
		for _, at := range held {
			C.free(at)
		}
	}()
	text := func(s string) *C.char {
		raw := C.CString(s)
		held = append(held, unsafe.Pointer(raw))
		return raw
	}
	port := C.ushort(p.Port)
	handle := C.pactffi_verifier_new_for_application(text("seam"), text("1"))
	defer C.pactffi_verifier_shutdown(handle)
	C.pactffi_verifier_set_provider_info(handle, text("p"), text("http"), text("127.0.0.1"), port, text("/"))
	if p.Messages != "" {
		C.pactffi_verifier_add_provider_transport(handle, text("message"), port, text(p.Messages), text("http"))
	}
	if p.States != "" {
		C.pactffi_verifier_set_provider_state(handle, text(fmt.Sprintf("http://127.0.0.1:%d%s", p.Port, p.States)), 0, 1)
	}
	C.pactffi_verifier_add_file_source(handle, text(file))
	if code := C.pactffi_verifier_execute(handle); code > 1 {
		return nil, fmt.Errorf("the reference's verifier ends with code %d", code)
	}
	report := C.pactffi_verifier_json(handle)
	if report == nil {
		return nil, fmt.Errorf("the reference's verifier has no report")
	}
	defer C.pactffi_string_delete(report)
	var whole struct {
		InteractionResults []Verified `json:"interactionResults"`
	}
	if err := json.Unmarshal([]byte(C.GoString(report)), &whole); err != nil {
		return nil, fmt.Errorf("report of the reference's verifier: %w", err)
	}
	return whole.InteractionResults, nil
}
