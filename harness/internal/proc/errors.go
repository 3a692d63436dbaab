package proc

import (
	"fmt"
	"strings"
	"time"
)

// An End tells how a process came to its end: by an exit code, by a signal,
// or unseen because the guard was lost.
type End struct {
	ExitCode int
	Signal   string // such as "killed" or "segmentation fault"; "" where it exited
	Cause    error  // nil where the end was seen
}

func (e End) String() string {
	switch {
	case e.Cause != nil:
		return fmt.Sprintf("was lost (%v)", e.Cause)
	case e.Signal != "":
		return fmt.Sprintf("was ended by a signal (%s)", e.Signal)
	default:
		return fmt.Sprintf("exited with code %d", e.ExitCode)
	}
}

// A DiedError is a service that ended although nobody asked it to.
type DiedError struct {
	Service  string
	Argv     []string
	Dir      string
	WasReady bool
	After    time.Duration // since it was launched
	End
	Tail []string        // its last lines
	Port *PortTakenError // who sits on its port; nil where nobody does
}

func (e *DiedError) Error() string {
	when := "before it was ready"
	if e.WasReady {
		when = "after it was ready"
	}
	hint := "its last lines tell why; to see it alone: " + byHand(e.Dir, e.Argv)
	switch {
	case e.Cause != nil:
		hint = "run it again; the guard must not be killed while services run"
	case e.Port != nil:
		hint = e.Port.remedy()
	case e.Signal == "killed":
		hint = "look for what killed it: often the system, out of memory (dmesg)"
	case e.ExitCode == 0 && e.Signal == "":
		hint = "a service must stay in the foreground; run it without its daemon or detach option"
	}
	var port string
	if e.Port != nil {
		port = fmt.Sprintf("; port %d is held by %s", e.Port.Port, e.Port.Who)
	}
	return fmt.Sprintf("%s died %s: %s %s after %s%s%s\ntry: %s",
		e.Service, when, argvText(e.Argv), e.End, e.After, port, lastLines(e.Tail), hint)
}

// Unwrap yields the *PortTakenError, where a taken port explains the death.
func (e *DiedError) Unwrap() error {
	if e.Port == nil {
		return nil
	}
	return e.Port
}

// A NotReadyError is a service that runs and cannot be called.
type NotReadyError struct {
	Service string
	Within  time.Duration
	Why     string          // what the last look at it showed
	Hint    string          // what to do
	Tail    []string        // its last lines
	Port    *PortTakenError // a stranger on its port; nil otherwise
}

func (e *NotReadyError) Error() string {
	limit := fmt.Sprintf(" within %s", e.Within)
	if e.Port != nil {
		limit = "" // there was no point in waiting longer
	}
	return fmt.Sprintf("%s was not ready%s: %s%s\ntry: %s", e.Service, limit, e.Why, lastLines(e.Tail), e.Hint)
}

// Unwrap yields the *PortTakenError, where there is one.
func (e *NotReadyError) Unwrap() error {
	if e.Port == nil {
		return nil
	}
	return e.Port
}

// A PortTakenError is a service whose port somebody else holds.
type PortTakenError struct {
	Service string
	Port    int
	Who     string // "pid 4711 (node server.js)"
}

func (e *PortTakenError) Error() string {
	return fmt.Sprintf("%s cannot listen on port %d: it is held by %s\ntry: %s", e.Service, e.Port, e.Who, e.remedy())
}

func (e *PortTakenError) remedy() string {
	return fmt.Sprintf("end that process, give %s another port, or leave its port out so that seam chooses a free one", e.Service)
}

// A StartError is a command that could not be started at all.
type StartError struct {
	Service string
	Argv    []string
	Dir     string
	Err     error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("start %s: %s in %s: %v", e.Service, argvText(e.Argv), e.Dir, e.Err)
}

// Unwrap yields the cause.
func (e *StartError) Unwrap() error { return e.Err }

// A FailedError is a command that ran to an end other than exit code 0.
type FailedError struct {
	Service string
	Argv    []string
	Dir     string
	End
	Tail []string // its last lines
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%s: %s %s%s\ntry: %s", e.Service, argvText(e.Argv), e.End, lastLines(e.Tail), byHand(e.Dir, e.Argv))
}

// lastLines is how an error shows output, from a line of its own on.
func lastLines(tail []string) string {
	if len(tail) == 0 {
		return "; it wrote nothing"
	}
	return "; its last lines:\n  | " + strings.Join(tail, "\n  | ")
}

// argvText is a command as one would type it, cut after 200 bytes.
func argvText(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = quote(word)
	}
	return "`" + clip(strings.Join(words, " "), 200) + "`"
}

func byHand(dir string, argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = quote(word)
	}
	return fmt.Sprintf("cd %s && %s", quote(dir), strings.Join(words, " "))
}

// quote leaves a plain word alone and quotes any other for a shell.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
