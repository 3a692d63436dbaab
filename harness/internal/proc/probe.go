package proc

// Executable says why a program could not be run in dir with env; nil where it
// could.
func Executable(program, dir string, env []string) error {
	_, err := lookPath(program, dir, env)
	return err
}

// PortRange is from where FreePort takes: from inclusive, to exclusive.
func PortRange() (from, to int) { return portRange() }
