package proc

// Done is closed when the process itself has ended and its last lines were
// read. Its children may live on, until Stop.
func (p *Process) Done() <-chan struct{} { return p.done }
